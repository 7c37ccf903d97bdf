// What a sensor sends to a bucket of the server: see functions/.
// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <bit>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace pop3fleet {

enum class EntryKind : char {
    kError = 1,
    kClientFailed = 2,
    kUserFailed = 3,
    kClientSucceeded = 4,
    kUserSucceeded = 5,
    kOwnWarning = 6,
    kClientInferred = 7,
    kStlsOffered = 8,
    kStlsMissing = 9,
};

/// Four bytes each: see judge() in functions/.
using EntryNumber = std::uint32_t;

inline void append_big_endian(std::string &to, std::uint64_t value, unsigned bytes) {
    for (unsigned shift = 8 * bytes; shift != 0; shift -= 8)
        to += static_cast<char>(value >> (shift - 8));
}

/// `name`: whom it is about, at most 255 bytes.
inline std::string pack_entry(std::int64_t time_us, std::uint64_t position, EntryKind kind,
                              EntryNumber first, EntryNumber second, std::string_view name) {
    std::string packed;
    append_big_endian(packed, std::bit_cast<std::uint64_t>(static_cast<double>(time_us)), 8);
    append_big_endian(packed, std::bit_cast<std::uint64_t>(static_cast<double>(position)), 8);
    packed += static_cast<char>(kind);
    append_big_endian(packed, first, 4);
    append_big_endian(packed, second, 4);
    packed += static_cast<char>(name.size());
    packed += name;
    return packed;
}

struct Verdict {
    static constexpr std::size_t kBytes = 17;

    std::uint64_t position = 0;
    std::uint32_t alert = 0; ///< POP3ANA_ALERT_*
    std::uint64_t count = 0;
};

/// The first one of a text of whole verdicts. Numbers that no server writes are 0.
inline Verdict unpack_verdict(std::string_view packed) {
    const auto number_at = [&](std::size_t at) {
        std::uint64_t value = 0;
        for (std::size_t i = 0; i < 8; ++i)
            value = value << 8U | static_cast<unsigned char>(packed[at + i]);
        const double number = std::bit_cast<double>(value);
        constexpr double kMost = 1e15; // whole numbers below are exact
        return number >= 0 && number < kMost ? static_cast<std::uint64_t>(number) : 0;
    };
    return {number_at(0), static_cast<unsigned char>(packed[8]), number_at(9)};
}

} // namespace pop3fleet
