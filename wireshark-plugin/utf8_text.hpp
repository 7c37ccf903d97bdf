// Bytes from packets, as Wireshark shows texts.
// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <cstddef>
#include <pop3ana/pop3ana.h>

namespace pop3ana_plugin {

/// Bytes that write_utf8() may write.
constexpr std::size_t room_for_utf8(const pop3ana_slice &text) {
    constexpr std::size_t kLongestEscape = 4;
    return kLongestEscape * text.len + 1;
}

/// Writes `text` and a final NUL: UTF-8 as it is; what is none, and what does not print or changes
/// the direction of lines, with the escapes of the log. Returns the length.
std::size_t write_utf8(pop3ana_slice text, char *to);

} // namespace pop3ana_plugin
