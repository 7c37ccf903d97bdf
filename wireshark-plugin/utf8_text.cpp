// SPDX-License-Identifier: GPL-2.0-or-later
#include "utf8_text.hpp"

#include <glib.h>

namespace pop3ana_plugin {
namespace {

bool prints(gunichar letter) {
    switch (g_unichar_type(letter)) {
    case G_UNICODE_CONTROL:
    case G_UNICODE_FORMAT:
    case G_UNICODE_UNASSIGNED:
    case G_UNICODE_PRIVATE_USE:
    case G_UNICODE_SURROGATE:
    case G_UNICODE_LINE_SEPARATOR:
    case G_UNICODE_PARAGRAPH_SEPARATOR: return false;
    case G_UNICODE_SPACE_SEPARATOR: return letter == ' ';
    default: return true;
    }
}

} // namespace

std::size_t write_utf8(pop3ana_slice text, char *to) {
    char *const start = to;
    while (text.len != 0) {
        const gunichar letter = g_utf8_get_char_validated(text.ptr, static_cast<gssize>(text.len));
        constexpr gunichar kIncomplete = static_cast<gunichar>(-2); // And -1: not valid.
        std::size_t bytes = 1;
        if (*text.ptr != '\0' && letter < kIncomplete && prints(letter)) {
            bytes = static_cast<std::size_t>(g_unichar_to_utf8(letter, to));
            to += bytes;
        } else {
            to += pop3ana_escape({text.ptr, 1}, to, room_for_utf8({text.ptr, 1}));
        }
        text = {text.ptr + bytes, text.len - bytes};
    }
    *to = '\0';
    return static_cast<std::size_t>(to - start);
}

} // namespace pop3ana_plugin
