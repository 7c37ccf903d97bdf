// The LINKTYPE_ value of a frame, as in capture files, from Wireshark's own numbers for
// encapsulations, whose table Wireshark does not export.
// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <cstdint>
#include <wiretap/wtap.h>

namespace pop3ana_plugin {

/// A value that stands for no link type that the core decodes.
inline constexpr std::uint32_t kNoLinkType = 0xffffffff;

constexpr std::uint32_t link_type_of(int encapsulation) {
    switch (encapsulation) {
    case WTAP_ENCAP_ETHERNET: return 1;
    case WTAP_ENCAP_PPP: return 9;
    case WTAP_ENCAP_RAW_IP: return 101;
    case WTAP_ENCAP_IEEE_802_11: return 105;
    case WTAP_ENCAP_LOOP: return 108;
    case WTAP_ENCAP_SLL: return 113;
    case WTAP_ENCAP_RAW_IP4: return 228;
    case WTAP_ENCAP_RAW_IP6: return 229;
    case WTAP_ENCAP_SLL2: return 276;
    case WTAP_ENCAP_NULL: return 0;
    default: return kNoLinkType;
    }
}

} // namespace pop3ana_plugin
