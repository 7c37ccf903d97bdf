// The same IP datagrams behind other link layers, in tunnels and in fragments: one function each.
// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include "wire.hpp"

#include <span>
#include <string_view>

namespace pop3ana_test {

/// An IP datagram taken out of its frame.
struct Datagram {
    std::int64_t ts_ns = 0;
    Bytes bytes;
    std::uint32_t number = 0; ///< of the frame; fragments and sequence numbers need one
    [[nodiscard]] bool v4() const { return bytes[0] >> 4 == 4; }
    [[nodiscard]] std::uint16_t ether_type() const { return v4() ? kEtherIpv4 : kEtherIpv6; }
};

/// Appends the frames that carry `datagram`.
struct Wrap {
    const char *name;
    void (*add)(Capture &capture, const Datagram &datagram);
    std::uint8_t family = 0; ///< 4 or 6: for these datagrams only; 0: for both
};

const std::vector<Wrap> &all_wraps();

/// Each plain IP datagram wrapped; other frames as they are.
Capture wrapped(const Capture &capture, const Wrap &wrap);

} // namespace pop3ana_test
