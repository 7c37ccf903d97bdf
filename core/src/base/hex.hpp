// Bytes and numbers in hexadecimal digits.
// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include "base/bytes.hpp"

#include <array>
#include <optional>
#include <string>
#include <vector>

namespace pop3ana {

constexpr char hex_digit(unsigned nibble) {
    return "0123456789abcdef"[nibble & 15];
}

/// Writes two digits; returns their end.
inline char *write_hex(char *to, std::uint8_t byte) {
    *to++ = hex_digit(byte >> 4U);
    *to++ = hex_digit(byte);
    return to;
}

inline std::string to_hex(Bytes bytes) {
    std::string text(2 * bytes.size(), '\0');
    char *to = text.data();
    for (const std::uint8_t byte : bytes)
        to = write_hex(to, byte);
    return text;
}

/// Four digits.
inline std::string to_hex(std::uint16_t number) {
    return to_hex(
        std::array{static_cast<std::uint8_t>(number >> 8), static_cast<std::uint8_t>(number)});
}

/// The bytes of digits of either case; none: something else is there.
inline std::optional<std::vector<std::uint8_t>> parse_hex(std::string_view text) {
    const auto nibble = [](char digit) {
        if (digit >= '0' && digit <= '9') return digit - '0';
        if (digit >= 'a' && digit <= 'f') return digit - 'a' + 10;
        if (digit >= 'A' && digit <= 'F') return digit - 'A' + 10;
        return -1;
    };
    if (text.size() % 2 != 0) return std::nullopt;
    std::vector<std::uint8_t> bytes(text.size() / 2);
    for (std::size_t i = 0; i < bytes.size(); ++i) {
        const int high = nibble(text[2 * i]), low = nibble(text[2 * i + 1]);
        if (high < 0 || low < 0) return std::nullopt;
        bytes[i] = static_cast<std::uint8_t>(high << 4 | low);
    }
    return bytes;
}

} // namespace pop3ana
