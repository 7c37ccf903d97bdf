// Lines that every server reads as we do (docs/semantics.md section 3, K16).
// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include "base/byte_word.hpp"
#include "base/limits.hpp"

#include <string_view>

namespace pop3ana {

// Whether a byte is below 32 and no TAB.
constexpr bool has_control_byte(ByteWord word) {
    const ByteWord below_32 = ~(word | word >> 1 | word >> 2) & every_byte(0x20);
    return below_32 != 0 && (below_32 & ~(equal_bytes(word, '\t') >> 2)) != 0;
}
static_assert(has_control_byte(every_byte(' ') - 1) && has_control_byte(0x2020200d20202020));
static_assert(!has_control_byte(every_byte(' ')) && !has_control_byte(every_byte('\t')) &&
              !has_control_byte(every_byte(0xff)) && !has_control_byte(every_byte(0x80)));

/// Whether the text of a known command is one that every server reads as we do. Inlined where each
/// line of a client passes.
[[gnu::always_inline]] inline bool is_plain_text(std::string_view text) {
    if (text.size() > kPlainLineBytes) return false;
    for (; text.size() >= sizeof(ByteWord); text.remove_prefix(sizeof(ByteWord)))
        if (has_control_byte(load_word(text.data()))) return false;
    // Bytes that are not there count as blanks.
    return !has_control_byte(load_short(text) | every_byte(' ') << 8 * text.size());
}

} // namespace pop3ana
