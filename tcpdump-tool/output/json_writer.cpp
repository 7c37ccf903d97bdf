// Numbers, and the escapes of texts.
// SPDX-License-Identifier: GPL-2.0-or-later
#include "output/json_writer.hpp"

#include "base/byte_word.hpp"
#include "base/hex.hpp"
#include "system/diagnostics.hpp"

#include <algorithm>
#include <bit>

namespace pop3dump {
namespace {

using pop3ana::ByteWord;
using pop3ana::every_byte;

/// The high bit of the first byte that is not written as itself, and perhaps of some behind it.
constexpr ByteWord escaped_bytes(ByteWord word) {
    const ByteWord no_quote = word ^ every_byte('"');
    const ByteWord no_backslash = word ^ every_byte('\\');
    const ByteWord control = word - every_byte(' ');
    const ByteWord from_delete = word + every_byte(1);
    return (word | control | from_delete | (no_quote - every_byte(1)) |
            (no_backslash - every_byte(1))) &
           pop3ana::kHighBits;
}

char *put(char *to, std::string_view text) {
    return std::copy(text.begin(), text.end(), to);
}

char *write_code_unit(char *to, std::uint32_t unit) {
    constexpr std::string_view kDigits = "0123456789ABCDEF";
    to = put(to, "\\u");
    for (int shift = 12; shift >= 0; shift -= 4)
        *to++ = kDigits[unit >> shift & 0xf];
    return to;
}

/// The text \xhh, whose backslash JSON escapes.
char *write_foreign(char *to, std::uint8_t byte) {
    return pop3ana::write_hex(put(to, "\\\\x"), byte);
}

char *write_ascii(char *to, std::uint8_t byte) {
    switch (byte) {
    case '\b': return put(to, "\\b");
    case '\t': return put(to, "\\t");
    case '\n': return put(to, "\\n");
    case '\f': return put(to, "\\f");
    case '\r': return put(to, "\\r");
    case '"': return put(to, "\\\"");
    case '\\': return put(to, "\\\\");
    case 0x7f: return put(to, "\\u007f"); // JSON would let it stand as itself, terminals do not
    default: return write_code_unit(to, byte);
    }
}

/// Takes the first character off `text`, one that is not written as itself.
char *write_escaped(char *to, std::string_view &text) {
    char32_t code_point = 0;
    const auto byte = static_cast<std::uint8_t>(text.front());
    const std::size_t length = utf8_sequence(text, code_point);
    text.remove_prefix(std::max<std::size_t>(length, 1));
    if (length == 0) return write_foreign(to, byte);
    if (length == 1) return write_ascii(to, byte);
    if (code_point < 0x10000) return write_code_unit(to, code_point);
    const std::uint32_t beyond = code_point - 0x10000; // surrogates: RFC 8259 s.7
    to = write_code_unit(to, 0xd800 | beyond >> 10);
    return write_code_unit(to, 0xdc00 | (beyond & 0x3ff));
}

/// As many bytes as a word has, or all, with blanks in place of those that are missing.
ByteWord first_word(std::string_view text) {
    if (text.size() >= sizeof(ByteWord)) return pop3ana::load_word(text.data());
    return pop3ana::load_short(text) | every_byte(' ') << 8 * text.size();
}

} // namespace

char *JsonWriter::write_text(char *to, std::string_view text) {
    while (!text.empty()) {
        const ByteWord word = first_word(text);
        pop3ana::store_word(to, word);
        const ByteWord escaped = escaped_bytes(word);
        std::size_t plain = std::min(text.size(), sizeof(word));
        if (escaped != 0) plain = static_cast<std::size_t>(std::countr_zero(escaped)) / 8;
        to += plain;
        text.remove_prefix(plain);
        if (escaped != 0) to = write_escaped(to, text);
    }
    return to;
}

} // namespace pop3dump
