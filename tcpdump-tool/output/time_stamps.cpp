// SPDX-License-Identifier: GPL-2.0-or-later
#include "output/time_stamps.hpp"

#include "base/decimal.hpp"

#include <chrono>
#include <ctime>
#include <fmt/core.h>
#include <utility>

namespace pop3dump {
namespace {

constexpr std::int64_t kUsPerSecond = 1'000'000;
constexpr std::int64_t kNsPerSecond = 1'000'000'000;

/// A time as whole seconds, and microseconds from 0 on, also before 1970.
struct SplitTime {
    std::int64_t seconds;
    std::int64_t microseconds;

    explicit SplitTime(std::int64_t ts_ns) {
        const std::int64_t ns = ts_ns % kNsPerSecond;
        const bool borrows = ns < 0;
        seconds = ts_ns / kNsPerSecond - (borrows ? 1 : 0);
        microseconds = (borrows ? ns + kNsPerSecond : ns) / 1000;
    }
};

std::string date_and_time(std::int64_t ts_ns) {
    const SplitTime split(ts_ns);
    const std::time_t seconds = split.seconds;
    std::tm local{};
    ::localtime_r(&seconds, &local);
    return fmt::format("{:04}-{:02}-{:02} {:02}:{:02}:{:02}.{:06} ", local.tm_year + 1900,
                       local.tm_mon + 1, local.tm_mday, local.tm_hour, local.tm_min, local.tm_sec,
                       split.microseconds);
}

/// With a sign or a blank before it; hours go on beyond a day.
std::string difference(std::int64_t us) {
    const std::int64_t size = us < 0 ? -us : us;
    const std::int64_t seconds = size / kUsPerSecond;
    return fmt::format("{}{:02}:{:02}:{:02}.{:06} ", us < 0 ? '-' : ' ', seconds / 3600,
                       seconds / 60 % 60, seconds % 60, size % kUsPerSecond);
}

/// Two digits and what stands behind them; returns the end.
char *write_two(char *to, unsigned value, char behind) {
    to[0] = static_cast<char>('0' + value / 10);
    to[1] = static_cast<char>('0' + value % 10);
    to[2] = behind;
    return to + 3;
}

} // namespace

std::optional<TimeStampFormat> time_stamp_format(std::string_view name) {
    constexpr std::pair<std::string_view, TimeStampFormat> kNames[] = {
        {"none", TimeStampFormat::kNone},       {"epoch", TimeStampFormat::kEpoch},
        {"delta", TimeStampFormat::kDelta},     {"date", TimeStampFormat::kDate},
        {"elapsed", TimeStampFormat::kElapsed},
    };
    for (const auto &[known, format] : kNames)
        if (name == known) return format;
    return std::nullopt;
}

std::optional<TimeStampFormat> time_stamp_format(int count) {
    switch (count) {
    case 1: return TimeStampFormat::kNone;
    case 2: return TimeStampFormat::kEpoch;
    case 3: return TimeStampFormat::kDelta;
    case 4: return TimeStampFormat::kDate;
    case 5: return TimeStampFormat::kElapsed;
    default: return std::nullopt;
    }
}

std::string_view TimeStamps::next(std::int64_t ts_ns) {
    switch (format_) {
    case TimeStampFormat::kEpoch:
    case TimeStampFormat::kNone: return "";
    case TimeStampFormat::kDate: return text_ = date_and_time(ts_ns);
    case TimeStampFormat::kDelta:
    case TimeStampFormat::kElapsed: break;
    }
    const std::int64_t us = ts_ns / 1000;
    text_ = difference(us - reference_us_.value_or(us));
    if (!reference_us_ || format_ == TimeStampFormat::kDelta) reference_us_ = us;
    return text_;
}

char *write_utc_time(char *to, std::int64_t ts_ns) {
    const SplitTime split(ts_ns);
    const std::chrono::sys_seconds time{std::chrono::seconds(split.seconds)};
    const auto midnight = std::chrono::floor<std::chrono::days>(time);
    const std::chrono::year_month_day date(midnight);
    const auto year = static_cast<unsigned>(static_cast<int>(date.year()));
    const auto seconds = static_cast<unsigned>((time - midnight).count());
    to = write_two(to, year / 100, ' ') - 1;
    to = write_two(to, year % 100, '-');
    to = write_two(to, static_cast<unsigned>(date.month()), '-');
    to = write_two(to, static_cast<unsigned>(date.day()), 'T');
    to = write_two(to, seconds / 3600, ':');
    to = write_two(to, seconds / 60 % 60, ':');
    to = write_two(to, seconds % 60, '.');
    const auto microseconds = static_cast<std::uint64_t>(split.microseconds);
    pop3ana::store_word(to, (pop3ana::eight_digits(microseconds) + pop3ana::every_byte('0')) >> 16);
    to[6] = 'Z';
    return to + 7;
}

} // namespace pop3dump
