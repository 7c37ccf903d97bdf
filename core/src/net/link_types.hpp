// The link types that the core decodes.
// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <cstdint>

namespace pop3ana {

/// LINKTYPE_ values of the registry of capture file link types.
enum class LinkType : std::uint32_t {
    kNull = 0,
    kEthernet = 1,
    kPpp = 9,
    kRawBsd = 12,
    kRawOpenBsd = 14,
    kPppHdlc = 50,
    kPppEthernet = 51,
    kRaw = 101,
    kCiscoHdlc = 104,
    kIeee80211 = 105,
    kLoop = 108,
    kEnc = 109,
    kLinuxSll = 113,
    kPflog = 117,
    kIeee80211Prism = 119,
    kIeee80211Radiotap = 127,
    kIeee80211Avs = 163,
    kPpi = 192,
    kErf = 197,
    kPppWithDirection = 204,
    kIpnet = 226,
    kIpv4 = 228,
    kIpv6 = 229,
    kNflog = 239,
    kPktap = 258,
    kLinuxSll2 = 276,
};

/// Of what a record of Endace's Extensible Record Format holds behind its own headers; kErf: of
/// none of these link types.
constexpr LinkType link_type_of_erf(std::uint8_t type) {
    switch (type & 0x7f) { // the rest: extension headers follow
    case 2:                // ETH
    case 11:               // COLOR_ETH
    case 16:               // DSM_COLOR_ETH
    case 20:               // COLOR_HASH_ETH
        return LinkType::kEthernet;
    case 22: return LinkType::kIpv4;
    case 23: return LinkType::kIpv6;
    default: return LinkType::kErf;
    }
}

/// All of them.
inline constexpr LinkType kLinkTypes[] = {
    LinkType::kNull,
    LinkType::kEthernet,
    LinkType::kPpp,
    LinkType::kRawBsd,
    LinkType::kRawOpenBsd,
    LinkType::kPppHdlc,
    LinkType::kPppEthernet,
    LinkType::kRaw,
    LinkType::kCiscoHdlc,
    LinkType::kIeee80211,
    LinkType::kLoop,
    LinkType::kEnc,
    LinkType::kLinuxSll,
    LinkType::kPflog,
    LinkType::kIeee80211Prism,
    LinkType::kIeee80211Radiotap,
    LinkType::kIeee80211Avs,
    LinkType::kPpi,
    LinkType::kErf,
    LinkType::kPppWithDirection,
    LinkType::kIpnet,
    LinkType::kIpv4,
    LinkType::kIpv6,
    LinkType::kNflog,
    LinkType::kPktap,
    LinkType::kLinuxSll2,
};

} // namespace pop3ana
