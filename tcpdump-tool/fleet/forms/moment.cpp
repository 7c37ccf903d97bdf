// SPDX-License-Identifier: GPL-2.0-or-later
#include "fleet/forms/moment.hpp"

#include <array>
#include <charconv>
#include <chrono>
#include <cmath>
#include <cstddef>

namespace pop3fleet {
namespace {

namespace chrono = std::chrono;

constexpr std::int64_t kSecondsPerDay = 86400;
/// The first second of the year 10000.
constexpr double kEndOfTime = 253402300800.0;
constexpr std::size_t kDecimals = 6;

/// Takes `digits` digits and, unless it is NUL, the character behind them off `text`.
bool take(std::string_view &text, std::size_t digits, char behind, std::int64_t &number) {
    const std::size_t length = digits + (behind != '\0' ? 1 : 0);
    if (text.size() < length || (behind != '\0' && text[digits] != behind)) return false;
    number = 0;
    for (const char digit : text.substr(0, digits)) {
        if (digit < '0' || digit > '9') return false;
        number = number * 10 + (digit - '0');
    }
    text.remove_prefix(length);
    return true;
}

/// Appends with leading zeros.
void append_digits(std::string &out, std::int64_t number, std::size_t digits) {
    std::array<char, 24> text{};
    const auto *const end = std::to_chars(text.begin(), text.end(), number).ptr;
    const auto length = static_cast<std::size_t>(end - text.data());
    out.append(digits > length ? digits - length : 0, '0').append(text.data(), length);
}

} // namespace

std::optional<std::int64_t> parse_utc(std::string_view text) {
    std::int64_t year = 0;
    std::int64_t month = 0;
    std::int64_t day = 0;
    std::int64_t hour = 0;
    std::int64_t minute = 0;
    std::int64_t second = 0;
    std::int64_t fraction = 0;
    if (!take(text, 4, '-', year) || !take(text, 2, '-', month) || !take(text, 2, 'T', day) ||
        !take(text, 2, ':', hour) || !take(text, 2, ':', minute) || !take(text, 2, '.', second) ||
        !take(text, kDecimals, 'Z', fraction) || !text.empty())
        return std::nullopt;
    const chrono::year_month_day date{chrono::year(static_cast<int>(year)),
                                      chrono::month(static_cast<unsigned>(month)),
                                      chrono::day(static_cast<unsigned>(day))};
    if (!date.ok() || year < 1970 || hour > 23 || minute > 59 || second > 59) return std::nullopt;
    const std::int64_t days = chrono::sys_days(date).time_since_epoch().count();
    return ((days * 24 + hour) * 60 + minute) * 60 * kMicrosecondsPerSecond +
           second * kMicrosecondsPerSecond + fraction;
}

std::optional<std::int64_t> microseconds_of(double seconds) {
    if (!(seconds >= 0 && seconds < kEndOfTime)) return std::nullopt; // NaN too
    return std::llround(seconds * static_cast<double>(kMicrosecondsPerSecond));
}

void append_utc(std::string &out, std::int64_t microseconds, std::string_view zone) {
    const std::int64_t seconds = microseconds / kMicrosecondsPerSecond;
    const chrono::year_month_day date{
        chrono::sys_days(chrono::days(static_cast<int>(seconds / kSecondsPerDay)))};
    const std::int64_t of_day = seconds % kSecondsPerDay;
    append_digits(out, static_cast<int>(date.year()), 4);
    append_digits(out += '-', static_cast<unsigned>(date.month()), 2);
    append_digits(out += '-', static_cast<unsigned>(date.day()), 2);
    append_digits(out += 'T', of_day / 3600, 2);
    append_digits(out += ':', of_day / 60 % 60, 2);
    append_digits(out += ':', of_day % 60, 2);
    append_digits(out += '.', microseconds % kMicrosecondsPerSecond, kDecimals);
    out += zone;
}

void append_seconds(std::string &out, std::int64_t microseconds) {
    append_digits(out, microseconds / kMicrosecondsPerSecond, 1);
    append_digits(out += '.', microseconds % kMicrosecondsPerSecond, kDecimals);
}

} // namespace pop3fleet
