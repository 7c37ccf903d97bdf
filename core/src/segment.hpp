// What the packet stage hands on: one TCP segment and the connection that it names.
// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include "bytes.hpp"
#include "hash.hpp"

#include <array>
#include <compare>
#include <cstring>

namespace pop3ana {

/// An IPv4 or IPv6 address; the unused bytes of an IPv4 address are zero.
struct Address {
    std::array<std::uint8_t, 16> bytes{};
    std::uint8_t family = 0; ///< 4 or 6

    friend bool operator==(const Address &, const Address &) = default;
};

/// TCP control bits (RFC 9293 s.3.1).
enum TcpFlag : std::uint8_t { kFin = 1, kSyn = 2, kRst = 4, kAck = 16 };

/// A TCP segment inside a captured frame. The payload is borrowed from the frame, or from the
/// datagram that was reassembled for it.
struct Segment {
    std::array<std::uint8_t, 16> source; ///< address; its first 4 bytes, or all 16
    std::array<std::uint8_t, 16> destination;
    Bytes payload;                   ///< what was captured of it
    std::uint32_t payload_bytes = 0; ///< what was sent
    std::uint32_t sequence_number = 0;
    std::uint32_t acknowledgement = 0;
    std::uint16_t source_port = 0;
    std::uint16_t destination_port = 0;
    std::uint8_t flags = 0;
    std::uint8_t address_family = 0; ///< 4 or 6

    [[nodiscard]] bool has(TcpFlag flag) const { return (flags & flag) != 0; }
};

/// Both ends of a connection, in an order that does not depend on who sends.
struct FlowKey {
    std::array<std::array<std::uint8_t, 16>, 2> address{};
    std::array<std::uint16_t, 2> port{};
    std::uint32_t family = 0;

    friend bool operator==(const FlowKey &a, const FlowKey &b) {
        return std::memcmp(&a, &b, sizeof(FlowKey)) == 0;
    }

    [[nodiscard]] Address address_of(unsigned end) const {
        return {address[end], static_cast<std::uint8_t>(family)};
    }
};
static_assert(sizeof(FlowKey) == 40 && std::has_unique_object_representations_v<FlowKey>,
              "the key is hashed as plain bytes");

/// Replaces the hash of plain bytes. Most keys are IPv4, and a hash of their parts, each read as it
/// was written, does not wait until the key as a whole is in memory.
inline std::size_t seeded_hash(const FlowKey &key, std::uint64_t seed) {
    if (key.family != 4) return seeded_hash<FlowKey>(key, seed);
    const auto end = [&](unsigned which) {
        std::uint32_t address;
        std::memcpy(&address, key.address[which].data(), sizeof(address));
        return std::uint64_t{address} << 32 | key.port[which];
    };
    return seeded_hash(std::array<std::uint64_t, 2>{end(0), end(1)}, seed);
}

/// The key of a segment, and which of its two ends sent it. Address and port together decide: both
/// hosts may have the same address.
struct SegmentKey {
    FlowKey key;
    unsigned sender = 0;

    explicit SegmentKey(const Segment &segment) {
        if (segment.address_family == 4)
            fill<4>(segment);
        else
            fill<16>(segment);
        key.family = segment.address_family;
    }

private:
    // As memcmp(3), which is a call even for four bytes.
    template <std::size_t AddressBytes>
    static int compare(const std::uint8_t *a, const std::uint8_t *b) {
        if constexpr (AddressBytes != 4) return std::memcmp(a, b, AddressBytes);
        return static_cast<int>(be32(a) > be32(b)) - static_cast<int>(be32(a) < be32(b));
    }

    template <std::size_t AddressBytes> void fill(const Segment &segment) {
        int order = compare<AddressBytes>(segment.source.data(), segment.destination.data());
        if (order == 0) order = segment.source_port < segment.destination_port ? -1 : 1;
        sender = order < 0 ? 0 : 1;
        std::memcpy(key.address[sender].data(), segment.source.data(), AddressBytes);
        std::memcpy(key.address[1 - sender].data(), segment.destination.data(), AddressBytes);
        key.port[sender] = segment.source_port;
        key.port[1 - sender] = segment.destination_port;
    }
};

} // namespace pop3ana
