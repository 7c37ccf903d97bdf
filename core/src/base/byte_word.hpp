// Eight bytes at once. Most texts of POP3 are so short that a call of memchr(3) or memcpy(3) takes
// longer than what it does.
// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string_view>
#include <type_traits>

namespace pop3ana {

/// Eight bytes as a number, the first one lowest on every machine.
using ByteWord = std::uint64_t;

/// `byte` eight times.
constexpr ByteWord every_byte(std::uint8_t byte) {
    return 0x0101010101010101U * byte;
}

inline constexpr ByteWord kHighBits = every_byte(0x80);

/// Four bytes; the caller has checked that they are there.
inline ByteWord load_half(const void *bytes) {
    std::uint32_t half;
    std::memcpy(&half, bytes, sizeof(half));
    return std::endian::native == std::endian::little ? half : __builtin_bswap32(half);
}

/// Eight bytes; the caller has checked that they are there.
inline ByteWord load_word(const void *bytes) {
    ByteWord word;
    std::memcpy(&word, bytes, sizeof(word));
    return std::endian::native == std::endian::little ? word : __builtin_bswap64(word);
}

/// Writes eight bytes, the lowest one first.
inline void store_word(void *bytes, ByteWord word) {
    if (std::endian::native == std::endian::big) word = __builtin_bswap64(word);
    std::memcpy(bytes, &word, sizeof(word));
}

/// Fewer than eight bytes; those that are missing are zero.
[[gnu::always_inline]] constexpr ByteWord load_short(std::string_view bytes) {
    const std::size_t size = bytes.size();
    const auto at = [&](std::size_t i) {
        return ByteWord{static_cast<std::uint8_t>(bytes[i])} << 8 * i;
    };
    if (std::is_constant_evaluated()) {
        ByteWord word = 0;
        for (std::size_t i = 0; i < size; ++i)
            word |= at(i);
        return word;
    }
    // Two halves that overlap; or first, middle and last byte: a loop would be mispredicted.
    if (size >= 4)
        return load_half(bytes.data()) | load_half(bytes.data() + size - 4) << 8 * (size - 4);
    return size == 0 ? 0 : at(0) | at(size / 2) | at(size - 1);
}

/// Copies a text that most often is short. kCopySlack bytes behind the copy are changed.
inline constexpr std::size_t kCopySlack = sizeof(ByteWord);
inline void copy_text(char *to, std::string_view text) {
    for (; text.size() >= sizeof(ByteWord); text.remove_prefix(sizeof(ByteWord))) {
        store_word(to, load_word(text.data()));
        to += sizeof(ByteWord);
    }
    store_word(to, load_short(text));
}

/// Which bytes of `word` are `byte`, as high bits.
constexpr ByteWord equal_bytes(ByteWord word, std::uint8_t byte) {
    const ByteWord zero_where_equal = word ^ every_byte(byte);
    return ~(((zero_where_equal & ~kHighBits) + ~kHighBits) | zero_where_equal | ~kHighBits);
}

/// Index of the first byte whose high bit is set; there must be one.
constexpr std::size_t first_index(ByteWord high_bits) {
    return static_cast<std::size_t>(std::countr_zero(high_bits)) / 8;
}

/// Whether every byte is a printing character of ASCII.
constexpr bool all_printing(ByteWord word) {
    return ((word | (word - every_byte(0x20)) | (word + every_byte(1))) & kHighBits) == 0;
}

/// The small letters of ASCII as capitals.
constexpr ByteWord in_capitals(ByteWord word) {
    const ByteWord low_bits = word & ~kHighBits;
    const ByteWord from_a = low_bits + every_byte(0x80 - 'a');
    const ByteWord above_z = low_bits + every_byte(0x80 - 'z' - 1);
    return word - ((from_a & ~above_z & ~word & kHighBits) >> 2);
}

static_assert(all_printing(every_byte(' ')) && all_printing(every_byte('~')));
static_assert(!all_printing(0x7f) && !all_printing(every_byte('a') - 'a') &&
              !all_printing(every_byte(0xa0)));
static_assert(in_capitals(0xe17b7a61605b5a41) == 0xe17b5a41605b5a41);
static_assert(equal_bytes(0x0a0b0a8a0a, '\n') == 0x8000800080 && load_short("abc") == 0x636261);
static_assert(first_index(equal_bytes(0x0a610a6161, '\n')) == 2);

} // namespace pop3ana
