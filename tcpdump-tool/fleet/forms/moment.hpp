// Times, in whole microseconds: what the log has.
// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace pop3fleet {

inline constexpr std::int64_t kMicrosecondsPerSecond = 1'000'000;

/// Microseconds since 1970-01-01 UTC of a time like "2026-11-23T08:37:35.102722Z". Nothing before
/// that day.
std::optional<std::int64_t> parse_utc(std::string_view text);

/// Microseconds of a number of seconds, rounded; nothing where it is negative or beyond the year
/// 9999. A double tells microseconds apart up to 2^32 s, the year 2106.
std::optional<std::int64_t> microseconds_of(double seconds);

/// Appends such a time with six decimals, and `zone` behind it: "Z" or "+0000".
void append_utc(std::string &out, std::int64_t microseconds, std::string_view zone);

/// Appends a number of seconds with six decimals.
void append_seconds(std::string &out, std::int64_t microseconds);

} // namespace pop3fleet
