// Any segmentation of the same bytes gives the same lines.
// SPDX-License-Identifier: GPL-2.0-or-later
#include "cmocka.hpp"
#include "dialogue.hpp"
#include "mutate.hpp"
#include "run.hpp"

using namespace pop3ana_test;

namespace {

bool random_sessions_keep_their_lines(Random &random) {
    const auto capture = random_sessions(random, 10);
    const auto expected = run(capture);
    for (const std::size_t longest : {1U, 2U, 3U, 10U, 100U}) {
        const auto cut = resegment(capture, random, longest);
        if (!holds("split", difference(expected, run(cut)), capture, cut)) return false;
    }
    return true;
}

bool captures_keep_their_lines() {
    Random random(announced_seed("law.split"));
    for (const auto &[file, capture] : complete_captures()) {
        Options options;
        options.config.ports = file.ports.c_str();
        const auto cut = resegment(capture, random, 1);
        const auto why = difference(run(capture, options), run(cut, options));
        if (!holds("split-" + file.name, why, capture, cut)) return false;
    }
    return !complete_captures().empty();
}

void random_sessions_give_the_same_lines_in_any_segmentation(void **) {
    assert_true(holds_for_rounds("law.split", 20, random_sessions_keep_their_lines));
}

void captures_give_the_same_lines_in_segments_of_one_byte(void **) {
    assert_true(captures_keep_their_lines());
}

} // namespace

int main() {
    const CMUnitTest tests[] = {
        cmocka_unit_test(random_sessions_give_the_same_lines_in_any_segmentation),
        cmocka_unit_test(captures_give_the_same_lines_in_segments_of_one_byte),
    };
    return cmocka_run_group_tests_name("law.split", tests, nullptr, nullptr);
}
