// Packets that the capture moved by a few places, repeated or overlapped give the same lines for
// each connection.
// SPDX-License-Identifier: GPL-2.0-or-later
#include "cmocka.hpp"
#include "dialogue.hpp"
#include "mutate.hpp"
#include "run.hpp"

using namespace pop3ana_test;

namespace {

constexpr std::size_t kPlaces = 8;

Capture moved(const Capture &capture, Random &random) {
    return move_packets(capture, random, kPlaces);
}
Capture repeated(const Capture &capture, Random &random) {
    return duplicate(capture, random, 0.3);
}
Capture overlapped(const Capture &capture, Random &random) {
    return overlap(capture, random, 0.5);
}
Capture all_at_once(const Capture &capture, Random &random) {
    return moved(repeated(overlapped(resegment(capture, random, 200), random), random), random);
}

using Change = Capture (*)(const Capture &, Random &);

bool random_sessions_keep_their_lines(Random &random) {
    const auto capture = random_sessions(random, 10);
    const auto expected = run(capture);
    for (const Change change : {moved, repeated, overlapped, all_at_once}) {
        const auto changed = change(capture, random);
        if (!holds("order", difference(expected, run(changed)), capture, changed)) return false;
    }
    return true;
}

bool captures_keep_their_lines(Change change) {
    Random random(announced_seed("law.order"));
    for (const auto &[file, capture] : complete_captures()) {
        Options options;
        options.config.ports = file.ports.c_str();
        const auto changed = change(capture, random);
        const auto why = difference(run(capture, options), run(changed, options));
        if (!holds("order-" + file.name, why, capture, changed)) return false;
    }
    return !complete_captures().empty();
}

void random_sessions_give_the_same_lines_in_any_order(void **) {
    assert_true(holds_for_rounds("law.order", 100, random_sessions_keep_their_lines));
}

void captures_give_the_same_lines_when_packets_move_by_up_to_eight_places(void **) {
    assert_true(captures_keep_their_lines(moved));
}

void captures_give_the_same_lines_when_packets_are_repeated(void **) {
    assert_true(captures_keep_their_lines(repeated));
}

void captures_give_the_same_lines_when_packets_overlap(void **) {
    assert_true(captures_keep_their_lines(overlapped));
}

} // namespace

int main() {
    const CMUnitTest tests[] = {
        cmocka_unit_test(random_sessions_give_the_same_lines_in_any_order),
        cmocka_unit_test(captures_give_the_same_lines_when_packets_move_by_up_to_eight_places),
        cmocka_unit_test(captures_give_the_same_lines_when_packets_are_repeated),
        cmocka_unit_test(captures_give_the_same_lines_when_packets_overlap),
    };
    return cmocka_run_group_tests_name("law.order", tests, nullptr, nullptr);
}
