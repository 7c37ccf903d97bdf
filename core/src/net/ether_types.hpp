// EtherType values (IEEE 802 numbers) that the packet stage knows.
// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <cstdint>

namespace pop3ana {

enum EtherType : std::uint16_t {
    kEtherIpv4 = 0x0800,
    kEtherIpv6 = 0x86dd,
    kEtherBridging = 0x6558, ///< an Ethernet frame (RFC 1701)
    kEtherMpls = 0x8847,
    kEtherMplsMulticast = 0x8848,
    kEtherPppoeSession = 0x8864,
    kEtherErspanTypeII = 0x88be,
    kEtherErspanTypeIII = 0x22eb,
};

/// 802.1Q, 802.1ad, and the two values that older switches use for the outer tag.
constexpr bool is_vlan_tag(std::uint16_t type) {
    return type == 0x8100 || type == 0x88a8 || type == 0x9100 || type == 0x9200;
}

/// Stands for the type of a frame that has none.
inline constexpr std::uint16_t kNoEtherType = 0;

/// Smaller values are the length of an IEEE 802.3 frame.
constexpr bool is_ether_type(std::uint16_t value) {
    return value >= 0x0600;
}

} // namespace pop3ana
