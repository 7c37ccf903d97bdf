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
    kRaw = 101,
    kIeee80211 = 105,
    kLoop = 108,
    kLinuxSll = 113,
    kIeee80211Radiotap = 127,
    kIpv4 = 228,
    kIpv6 = 229,
    kLinuxSll2 = 276,
};

/// All of them.
inline constexpr LinkType kLinkTypes[] = {
    LinkType::kNull,     LinkType::kEthernet,          LinkType::kPpp,
    LinkType::kRawBsd,   LinkType::kRawOpenBsd,        LinkType::kPppHdlc,
    LinkType::kRaw,      LinkType::kIeee80211,         LinkType::kLoop,
    LinkType::kLinuxSll, LinkType::kIeee80211Radiotap, LinkType::kIpv4,
    LinkType::kIpv6,     LinkType::kLinuxSll2,
};

} // namespace pop3ana
