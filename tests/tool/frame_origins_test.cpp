// Which file a frame of an extract comes from, and its number there: names, comments, and one
// number for each frame of all files.
// SPDX-License-Identifier: GPL-2.0-or-later
#include "capture/capture_limits.hpp"
#include "capture/capture_names.hpp"
#include "capture/frame_numbers.hpp"
#include "capture/frame_origin.hpp"
#include "cmocka.hpp"
#include "seed.hpp"

#include <algorithm>
#include <initializer_list>
#include <limits>
#include <string>
#include <vector>

using namespace pop3dump;
using pop3ana_test::holds_for_rounds;
using pop3ana_test::Random;

namespace {

void a_name_has_one_number(void **) {
    CaptureNames names;
    const std::uint32_t b = names.add("b"), a = names.add("a");
    assert_int_equal(b, 1);
    assert_int_equal(names.add("b"), b);
    assert_int_not_equal(a, b);
    assert_true(names.name(a) == "a");
    assert_true(names.name(0).empty());
    assert_true(names.is_before(a, b));
    assert_false(names.is_before(b, a));
    assert_false(names.is_before(a, a));
    assert_true(names.is_before(0, a));
    assert_int_equal(names.add(""), 0);
}

void names_are_bounded(void **) {
    CaptureNames names;
    assert_int_not_equal(names.add(std::string(kCaptureNameBytes, 'x')), 0);
    assert_int_equal(names.add(std::string(kCaptureNameBytes + 1, 'x')), 0);
    std::size_t bytes = 0;
    for (std::uint32_t number = 1; bytes < 2 * kCaptureNamesBytes; ++number) {
        const std::string name = std::to_string(number) + std::string(kCaptureNameBytes / 2, 'y');
        if (names.add(name) == 0) break;
        bytes += name.size();
    }
    assert_true(bytes > kCaptureNamesBytes / 2);
    assert_true(bytes <= kCaptureNamesBytes);
    assert_int_not_equal(names.add(std::string(kCaptureNameBytes, 'x')), 0); // is known
}

void a_comment_gives_the_origin_back(void **) {
    constexpr std::int64_t kLeast = std::numeric_limits<std::int64_t>::min();
    for (const FrameOrigin &origin :
         {FrameOrigin{1, std::nullopt}, FrameOrigin{kFrameNumbers, std::nullopt}, FrameOrigin{7, 0},
          FrameOrigin{8, kLeast}, FrameOrigin{9, -(kLeast + 1)}})
        assert_true(parse_origin(comment_of(origin)) == origin);
    assert_string_equal(comment_of({7, std::nullopt}).c_str(), "frame 7");
    assert_string_equal(comment_of({7, 12}).c_str(), "frame 7, after 12 ns");
    for (const char *other :
         {"", "frame", "frame ", "frame x", "frame 0", "frame -1", "frame +1", "Frame 1",
          "frame 1 ", "frame 1,", "frame 1, after", "frame 1x", "frame 1, after 1",
          "frame 1, after 1 nss", "frame 1, after x ns", "frame 1099511627777",
          "frame 99999999999999999999", "frame 1, after 9223372036854775808 ns"})
        assert_false(parse_origin(other).has_value());
}

void frames_of_one_file_keep_their_numbers(void **) {
    FrameNumbers numbers;
    assert_false(numbers.is_used());
    assert_int_equal(numbers.find(5).frame, 5);
    for (const std::uint64_t frame : std::initializer_list<std::uint64_t>{3, 4, 9, 100'000})
        assert_int_equal(numbers.add({1, frame}, 1), frame);
    assert_true(numbers.is_used());
    assert_int_equal(numbers.find(100'000).origin, 1);
}

/// Law: numbers grow, and each gives its frame back.
bool numbers_grow_and_give_frames_back(Random &random) {
    FrameNumbers numbers;
    struct Seen {
        std::uint64_t number;
        FrameNumbers::Original original;
    };
    std::vector<Seen> seen;
    std::uint64_t plain = random.below(20); // frames before are of no extract
    std::uint64_t last = plain;
    for (std::uint64_t round = 0; round < 500; ++round) {
        FrameNumbers::Original original{static_cast<std::uint32_t>(random.below(3)), ++plain};
        if (original.origin != 0) {
            constexpr std::uint64_t kSpans[] = {10, 100'000, kFrameNumbers};
            original.frame = 1 + random.below(kSpans[random.below(3)]);
        }
        const std::uint64_t number = numbers.add(original, plain);
        if (number <= last) return false;
        last = number;
        seen.push_back({number, original});
    }
    return std::all_of(seen.begin(), seen.end(), [&](const Seen &one) {
        const FrameNumbers::Original found = numbers.find(one.number);
        return found.origin == one.original.origin && found.frame == one.original.frame;
    });
}

void numbers_grow(void **) {
    assert_true(holds_for_rounds("frame_numbers", 300, numbers_grow_and_give_frames_back));
}

void the_first_of_too_many_runs_are_forgotten(void **) {
    FrameNumbers numbers;
    const std::uint64_t first = numbers.add({1, 7}, 1);
    for (std::uint32_t run = 0; run < kFrameRuns; ++run)
        numbers.add({2 + run % 2, 7}, 1);
    assert_int_equal(numbers.find(first).frame, 0);
    assert_int_equal(numbers.find(first).origin, 0);
    assert_int_equal(numbers.find(first + 1).frame, 7);
    assert_int_equal(numbers.find(first + kFrameRuns).origin, 3);
}

} // namespace

int main() {
    const CMUnitTest tests[] = {
        cmocka_unit_test(a_name_has_one_number),
        cmocka_unit_test(names_are_bounded),
        cmocka_unit_test(a_comment_gives_the_origin_back),
        cmocka_unit_test(frames_of_one_file_keep_their_numbers),
        cmocka_unit_test(numbers_grow),
        cmocka_unit_test(the_first_of_too_many_runs_are_forgotten),
    };
    return cmocka_run_group_tests_name("frame_origins", tests, nullptr, nullptr);
}
