// SPDX-License-Identifier: GPL-2.0-or-later
#include "net/tcp_seq.hpp"
#include "support.hpp"

using namespace pop3ana;

namespace {

struct Row {
    const char *name;
    StreamPosition reference;
    std::uint32_t sequence_number;
    StreamPosition position;
};

constexpr StreamPosition kRound = StreamPosition{1} << 32;

constexpr Row kRows[] = {
    {"the_same_number_is_the_same_position", kRound + 77, 77, kRound + 77},
    {"a_later_number_is_ahead", kRound + 77, 79, kRound + 79},
    {"an_earlier_number_is_behind", kRound + 77, 70, kRound + 70},
    {"after_the_wrap_comes_the_next_round", kRound + 0xffffffff, 0, 2 * kRound},
    {"before_the_wrap_was_the_last_round", 2 * kRound, 0xffffffff, kRound + 0xffffffff},
    {"positions_before_the_start_stay_positive", kRound, 0xffffffff, kRound - 1},
    {"rounds_add_up", 9 * kRound + 5, 7, 9 * kRound + 7},
    {"one_less_than_half_a_round_is_ahead", kRound, 0x7fffffff, kRound + 0x7fffffff},
    {"more_than_half_a_round_is_behind", kRound, 0x80000001, kRound - 0x7fffffff},
};

bool unwraps(const Row &row) {
    return unit::same(row.name, unwrap(row.sequence_number, row.reference), row.position);
}

bool random_position_survives(unit::Random &random) {
    const StreamPosition first = first_position(random.number());
    const StreamPosition reference = first + (random.next() >> 16);
    const auto distance = static_cast<std::int64_t>(random.below(0xfffffffe)) - 0x7fffffff;
    const StreamPosition position = reference + static_cast<StreamPosition>(distance);
    return unit::same("position", unwrap(static_cast<std::uint32_t>(position), reference),
                      position);
}

bool any_position_within_half_a_round_is_found_by_its_number() {
    return unit::holds_for_rounds("unit.tcp_seq", 20'000, random_position_survives);
}

bool first_position_leaves_a_round_before_it() {
    return unit::same("of 0", first_position(0), kRound) &&
           unit::same("of the last", first_position(0xffffffff), 2 * kRound - 1);
}

} // namespace

int main() {
    std::vector<CMUnitTest> tests{
        UNIT_TEST(first_position_leaves_a_round_before_it),
        UNIT_TEST(any_position_within_half_a_round_is_found_by_its_number)};
    unit::add_rows<unwraps>(tests, kRows);
    return unit::run("unit.tcp_seq", tests);
}
