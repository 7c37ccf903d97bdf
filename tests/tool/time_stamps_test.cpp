// Times of lines and of JSON, also where no capture has them.
// SPDX-License-Identifier: GPL-2.0-or-later
#include "cmocka.hpp"
#include "output/time_stamps.hpp"

#include <array>
#include <cstdlib>
#include <ctime>
#include <limits>
#include <string>
#include <string_view>

using namespace pop3dump;

namespace {

constexpr std::int64_t kLeastNs = std::numeric_limits<std::int64_t>::min();
constexpr std::int64_t kMostNs = std::numeric_limits<std::int64_t>::max();
constexpr std::int64_t kNsPerSecond = 1'000'000'000;

std::string utc_time(std::int64_t ts_ns) {
    std::array<char, kUtcTimeBytes + 8> text;
    text.fill('#');
    const char *const end = write_utc_time(text.data(), ts_ns);
    assert_int_equal(end - text.data(), kUtcTimeBytes);
    return {static_cast<const char *>(text.data()), end};
}

/// What the next line begins with; a copy, since the next call writes over it.
std::string next(TimeStamps &stamps, std::int64_t ts_ns) {
    return std::string(stamps.next(ts_ns));
}

int use_utc(void **) {
    return setenv("TZ", "UTC", 1);
}

void times_of_json_are_those_of_rfc_3339(void **) {
    struct Time {
        std::int64_t ts_ns;
        const char *text;
    };
    for (const Time &time :
         {Time{0, "1970-01-01T00:00:00.000000Z"}, Time{999, "1970-01-01T00:00:00.000000Z"},
          Time{-1, "1969-12-31T23:59:59.999999Z"},
          Time{1'172'750'400'123'456'789, "2007-03-01T12:00:00.123456Z"},
          Time{951'782'399'999'999'999, "2000-02-28T23:59:59.999999Z"},
          Time{951'782'400 * kNsPerSecond, "2000-02-29T00:00:00.000000Z"},
          Time{4'611'686'018'427'387'903, "2116-02-20T23:53:38.427387Z"},
          Time{kMostNs, "2262-04-11T23:47:16.854775Z"},
          Time{kLeastNs, "1677-09-21T00:12:43.145224Z"}})
        assert_string_equal(utc_time(time.ts_ns).c_str(), time.text);
}

void times_of_json_are_what_strftime_says(void **) {
    for (std::int64_t seconds = -9'000'000'000; seconds < 9'000'000'000; seconds += 12'345'677) {
        const std::time_t time = seconds;
        std::tm parts{};
        gmtime_r(&time, &parts);
        std::array<char, 64> wanted{};
        std::strftime(wanted.data(), wanted.size(), "%Y-%m-%dT%H:%M:%S.000000Z", &parts);
        assert_string_equal(utc_time(seconds * kNsPerSecond).c_str(), wanted.data());
    }
}

void the_first_line_is_the_reference_of_elapsed_times(void **) {
    TimeStamps stamps(TimeStampFormat::kElapsed);
    assert_string_equal(next(stamps, 5 * kNsPerSecond).c_str(), " 00:00:00.000000 ");
    assert_string_equal(next(stamps, 6 * kNsPerSecond + 1'999).c_str(), " 00:00:01.000001 ");
    assert_string_equal(next(stamps, 4 * kNsPerSecond).c_str(), "-00:00:01.000000 ");
    assert_string_equal(next(stamps, (5 + 90'061) * kNsPerSecond).c_str(), " 25:01:01.000000 ");
}

void the_line_before_is_the_reference_of_deltas(void **) {
    TimeStamps stamps(TimeStampFormat::kDelta);
    assert_string_equal(next(stamps, 5 * kNsPerSecond).c_str(), " 00:00:00.000000 ");
    assert_string_equal(next(stamps, 6 * kNsPerSecond).c_str(), " 00:00:01.000000 ");
    assert_string_equal(next(stamps, 6 * kNsPerSecond).c_str(), " 00:00:00.000000 ");
    assert_string_equal(next(stamps, 5'999'999'000).c_str(), "-00:00:00.000001 ");
}

void dates_are_local(void **) {
    TimeStamps stamps(TimeStampFormat::kDate);
    assert_string_equal(next(stamps, 1'172'750'400'123'456'789).c_str(),
                        "2007-03-01 12:00:00.123456 ");
    assert_string_equal(next(stamps, -1).c_str(), "1969-12-31 23:59:59.999999 ");
    setenv("TZ", "<+0530>-5:30", 1);
    tzset();
    assert_string_equal(next(stamps, 1'172'750'400'123'456'789).c_str(),
                        "2007-03-01 17:30:00.123456 ");
    setenv("TZ", "UTC", 1);
    tzset();
}

void texts_of_any_time_are_bounded(void **) {
    for (const TimeStampFormat format :
         {TimeStampFormat::kDelta, TimeStampFormat::kDate, TimeStampFormat::kElapsed}) {
        TimeStamps stamps(format);
        for (const std::int64_t ts_ns : {kLeastNs, kMostNs, kLeastNs + 1, std::int64_t{0}, kMostNs})
            assert_in_range(next(stamps, ts_ns).size(), 17, 27);
    }
}

void formats_that_begin_with_no_text_of_their_own(void **) {
    for (const TimeStampFormat format : {TimeStampFormat::kEpoch, TimeStampFormat::kNone}) {
        TimeStamps stamps(format);
        assert_string_equal(next(stamps, kNsPerSecond).c_str(), "");
    }
}

void names_and_letters_mean_the_same(void **) {
    constexpr std::string_view kNames[] = {"none", "epoch", "delta", "date", "elapsed"};
    int count = 0;
    for (const std::string_view name : kNames) {
        assert_true(time_stamp_format(name).has_value());
        assert_true(time_stamp_format(name) == time_stamp_format(++count));
    }
    for (const int wrong : {-1, 0, 6})
        assert_false(time_stamp_format(wrong).has_value());
    for (const std::string_view wrong : {"", "Date", "dat", "date "})
        assert_false(time_stamp_format(wrong).has_value());
}

} // namespace

int main() {
    const CMUnitTest tests[] = {
        cmocka_unit_test(times_of_json_are_those_of_rfc_3339),
        cmocka_unit_test(times_of_json_are_what_strftime_says),
        cmocka_unit_test(the_first_line_is_the_reference_of_elapsed_times),
        cmocka_unit_test(the_line_before_is_the_reference_of_deltas),
        cmocka_unit_test(dates_are_local),
        cmocka_unit_test(texts_of_any_time_are_bounded),
        cmocka_unit_test(formats_that_begin_with_no_text_of_their_own),
        cmocka_unit_test(names_and_letters_mean_the_same),
    };
    return cmocka_run_group_tests_name("time_stamps", tests, use_utc, nullptr);
}
