// Times as people read them: those of log lines, by -t to -ttttt as in tcpdump, and of JSON.
// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace pop3dump {

/// How a log line begins.
enum class TimeStampFormat : std::uint8_t {
    kEpoch,   ///< seconds since 1970
    kNone,    ///< no time
    kDelta,   ///< since the line before
    kDate,    ///< date and time, local
    kElapsed, ///< since the first line
};

/// The format that -t, given so many times, asks for; none when there is no such.
std::optional<TimeStampFormat> time_stamp_format(int count);

/// The format with this name: none, epoch, delta, date or elapsed; none when there is no such.
std::optional<TimeStampFormat> time_stamp_format(std::string_view name);

/// Times of the lines of a log, in their order. Digits below a microsecond are cut, not rounded.
class TimeStamps {
public:
    explicit TimeStamps(TimeStampFormat format) : format_(format) {}

    /// What the next line begins with, for all formats but kEpoch, with the blank behind it; valid
    /// until the next call.
    std::string_view next(std::int64_t ts_ns);

private:
    TimeStampFormat format_;
    std::optional<std::int64_t> reference_us_; ///< what kDelta and kElapsed count from
    std::string text_;
};

/// What write_utc_time() writes: "2007-03-01T12:00:00.123456Z".
inline constexpr std::size_t kUtcTimeBytes = 27;

/// Writes the time of RFC 3339 section 5.6, in UTC with microseconds, from 1677 to 2262, which is
/// what `ts_ns` can hold. Returns the end; up to 8 bytes behind it are changed.
char *write_utc_time(char *to, std::int64_t ts_ns);

} // namespace pop3dump
