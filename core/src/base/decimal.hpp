// Numbers in decimal digits, eight at once: std::to_chars takes twice the time for those of a log.
// All write behind the digits too: kDecimalSlack bytes beyond the end are changed.
// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include "base/byte_word.hpp"

#include <bit>
#include <cstddef>
#include <cstdint>

namespace pop3ana {

inline constexpr std::size_t kDecimalSlack = sizeof(ByteWord);

/// The digits of a number below 100,000,000, one a byte, the first one lowest. 10000s, 100s, then
/// 1s are split in all parts side by side; the quotients by 100 and 10 are products that are exact
/// for values this small.
constexpr ByteWord eight_digits(std::uint64_t value) {
    const std::uint64_t fours = value / 10'000 | value % 10'000 << 32;
    const std::uint64_t hundreds = fours * 10'486 >> 20 & 0x7f'0000'007f;
    const std::uint64_t twos = hundreds | (fours - hundreds * 100) << 16;
    const std::uint64_t tens = twos * 103 >> 10 & 0x000f'000f'000f'000f;
    return tens | (twos - tens * 10) << 8;
}
static_assert(eight_digits(12'345'678) == 0x0807060504030201 && eight_digits(9) == ByteWord{9}
                                                                                       << 56);
static_assert(eight_digits(99'999'999) == every_byte(9) && eight_digits(0) == 0);

/// Writes a number; returns the end of its digits, 20 at most.
inline char *write_decimal(char *to, std::uint64_t value) {
    constexpr std::uint64_t kEightDigits = 100'000'000;
    if (value >= kEightDigits) {
        to = write_decimal(to, value / kEightDigits);
        store_word(to, eight_digits(value % kEightDigits) + every_byte('0'));
        return to + sizeof(ByteWord);
    }
    const ByteWord digits = eight_digits(value);
    const int zeros = std::countr_zero(digits | ByteWord{1} << 56) / 8; // 0 has one digit too
    store_word(to, (digits + every_byte('0')) >> 8 * zeros);
    return to + sizeof(ByteWord) - zeros;
}

/// Writes a number of microseconds as seconds with six decimals; returns the end.
inline char *write_seconds(char *to, std::uint64_t microseconds) {
    constexpr std::uint64_t kSecond = 1'000'000;
    to = write_decimal(to, microseconds / kSecond);
    *to++ = '.';
    store_word(to, (eight_digits(microseconds % kSecond) + every_byte('0')) >> 16);
    return to + 6;
}

} // namespace pop3ana
