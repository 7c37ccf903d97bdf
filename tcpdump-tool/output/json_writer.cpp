// Numbers, and the escapes of texts.
// SPDX-License-Identifier: GPL-2.0-or-later
#include "output/json_writer.hpp"

#include "system/diagnostics.hpp"

#include <algorithm>
#include <bit>

namespace pop3dump {
namespace {

// Eight bytes of a text at once, the first one lowest on every machine.
using Word = std::uint64_t;

constexpr Word every_byte(std::uint8_t byte) {
    return 0x0101010101010101U * byte;
}

constexpr Word kHighBits = every_byte(0x80);

constexpr Word in_order(Word word) {
    return std::endian::native == std::endian::little ? word : __builtin_bswap64(word);
}

/// The high bit of the first byte that is not written as itself, and perhaps of some behind it.
constexpr Word escaped_bytes(Word word) {
    const Word no_quote = word ^ every_byte('"');
    const Word no_backslash = word ^ every_byte('\\');
    const Word control = word - every_byte(' ');
    const Word from_delete = word + every_byte(1);
    return (word | control | from_delete | (no_quote - every_byte(1)) |
            (no_backslash - every_byte(1))) &
           kHighBits;
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
    constexpr std::string_view kDigits = "0123456789abcdef";
    to = put(to, "\\\\x");
    *to++ = kDigits[byte >> 4];
    *to++ = kDigits[byte & 0xf];
    return to;
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

Word load_word(const char *bytes) {
    Word word;
    std::memcpy(&word, bytes, sizeof(word));
    return in_order(word);
}

void store_word(char *bytes, Word word) {
    word = in_order(word);
    std::memcpy(bytes, &word, sizeof(word));
}

/// Four bytes.
Word load_half(const char *bytes) {
    std::uint32_t half;
    std::memcpy(&half, bytes, sizeof(half));
    return std::endian::native == std::endian::little ? half : __builtin_bswap32(half);
}

/// As many bytes as a word has, or all, with blanks in place of those that are missing.
Word first_word(std::string_view text) {
    const std::size_t size = text.size();
    if (size >= sizeof(Word)) return load_word(text.data());
    Word word = every_byte(' ') << 8 * size;
    // Two halves that overlap.
    if (size >= 4)
        return word | load_half(text.data()) | load_half(text.data() + size - 4) << 8 * (size - 4);
    for (std::size_t i = 0; i < size; ++i)
        word |= Word{static_cast<std::uint8_t>(text[i])} << 8 * i;
    return word;
}

// The digits of a number below 100,000,000, one a byte: 10000s, 100s, then 1s are split in all
// parts side by side. The quotients by 100 and 10 are products that are exact for values this
// small.
constexpr Word eight_digits(std::uint64_t value) {
    const std::uint64_t fours = value / 10'000 | value % 10'000 << 32;
    const std::uint64_t hundreds = fours * 10'486 >> 20 & 0x7f'0000'007f;
    const std::uint64_t twos = hundreds | (fours - hundreds * 100) << 16;
    const std::uint64_t tens = twos * 103 >> 10 & 0x000f'000f'000f'000f;
    return tens | (twos - tens * 10) << 8;
}
static_assert(eight_digits(12'345'678) == 0x0807060504030201 && eight_digits(9) == Word{9} << 56);
static_assert(eight_digits(99'999'999) == every_byte(9) && eight_digits(0) == 0);

} // namespace

char *JsonWriter::write_number(char *to, std::uint64_t value) {
    constexpr std::uint64_t kEightDigits = 100'000'000;
    if (value >= kEightDigits) {
        to = write_number(to, value / kEightDigits);
        store_word(to, eight_digits(value % kEightDigits) + every_byte('0'));
        return to + sizeof(Word);
    }
    const Word digits = eight_digits(value);
    const int zeros = std::countr_zero(digits | Word{1} << 56) / 8; // 0 has one digit too.
    store_word(to, (digits + every_byte('0')) >> 8 * zeros);
    return to + sizeof(Word) - zeros;
}

char *JsonWriter::write_seconds(char *to, std::uint64_t microseconds) {
    constexpr std::uint64_t kSecond = 1'000'000;
    to = write_number(to, microseconds / kSecond);
    *to++ = '.';
    store_word(to, (eight_digits(microseconds % kSecond) + every_byte('0')) >> 16);
    return to + 6;
}

char *JsonWriter::write_text(char *to, std::string_view text) {
    while (!text.empty()) {
        const Word word = first_word(text);
        store_word(to, word);
        const Word escaped = escaped_bytes(word);
        std::size_t plain = std::min(text.size(), sizeof(word));
        if (escaped != 0) plain = static_cast<std::size_t>(std::countr_zero(escaped)) / 8;
        to += plain;
        text.remove_prefix(plain);
        if (escaped != 0) to = write_escaped(to, text);
    }
    return to;
}

} // namespace pop3dump
