// An IP address, and the two ends of a connection.
// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <algorithm>
#include <array>
#include <cstdint>

namespace pop3ana {

/// An IPv4 or IPv6 address; the unused bytes of an IPv4 address are zero.
struct Address {
    std::array<std::uint8_t, 16> bytes{};
    std::uint8_t family = 0; ///< 4 or 6

    friend bool operator==(const Address &, const Address &) = default;
};

/// The address of a family whose bytes stand at `bytes`, which are 16.
inline Address address_of(const std::uint8_t *bytes, std::uint8_t family) {
    Address address;
    std::copy_n(bytes, address.bytes.size(), address.bytes.begin());
    address.family = family;
    return address;
}

struct ConnectionEnds {
    Address client;
    Address server;
    std::uint64_t connection = 0; ///< its number
    std::uint16_t originator_port = 0;
    std::uint16_t responder_port = 0;
    bool saw_handshake = false; ///< both SYNs of TCP
};

} // namespace pop3ana
