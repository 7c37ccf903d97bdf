// EtherType values (IEEE 802 numbers) that the packet stage knows.
// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <cstddef>
#include <cstdint>

namespace pop3ana {

enum EtherType : std::uint16_t {
    kEtherIpv4 = 0x0800,
    kEtherIpv6 = 0x86dd,
    kEtherBridging = 0x6558, ///< an Ethernet frame (RFC 1701)
    kEtherMpls = 0x8847,
    kEtherMplsMulticast = 0x8848,
    kEtherPppoeSession = 0x8864,
    kEtherPpp = 0x880b, ///< in GRE (RFC 2637 s.4.1)
    kEtherErspanTypeII = 0x88be,
    kEtherErspanTypeIII = 0x22eb,
    kEtherProviderBackbone = 0x88e7, ///< an Ethernet frame behind an I-TAG (IEEE 802.1Q s.9.7)
};

/// What lies between the EtherType of a tag and the one that it hides, and that one; 0: no tag.
constexpr std::size_t tag_bytes(std::uint16_t type) {
    switch (type) {
    case 0x8100: // 802.1Q
    case 0x88a8: // 802.1ad
    case 0x8200: // and those that older switches use for the outer tag
    case 0x9100:
    case 0x9200:
    case 0x9300: return 4;
    case 0x8926: return 6; // VN-Tag
    case 0x893f:           // E-TAG (IEEE 802.1BR s.7)
    case 0x8909:           // Cisco metadata: a security group
    case 0x8988: return 8; // Cisco: time of capture, in 48 bits
    default: return 0;
    }
}

/// Stands for the type of a frame that has none.
inline constexpr std::uint16_t kNoEtherType = 0;

/// Smaller values are the length of an IEEE 802.3 frame.
constexpr bool is_ether_type(std::uint16_t value) {
    return value >= 0x0600;
}

} // namespace pop3ana
