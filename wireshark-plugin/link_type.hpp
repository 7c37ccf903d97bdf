// The LINKTYPE_ value of a frame, as in capture files, from Wireshark's own number of it.
// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <cstdint>
#include <epan/packet.h>

namespace pop3ana_plugin {

/// A value that stands for no link type that the core decodes.
inline constexpr std::uint32_t kNoLinkType = 0xffffffff;

/// Of the frame as Wireshark hands it out, once it has been dissected. Of several link types that
/// Wireshark does not tell apart it is any.
std::uint32_t link_type_of(const packet_info &packet);

} // namespace pop3ana_plugin
