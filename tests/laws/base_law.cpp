// Sequence numbers that wrap inside a connection change nothing.
// SPDX-License-Identifier: GPL-2.0-or-later
#include "cmocka.hpp"
#include "dialogue.hpp"
#include "mutate.hpp"
#include "run.hpp"

using namespace pop3ana_test;

namespace {

bool random_sessions_keep_their_log(Random &random) {
    const auto capture = resegment(random_sessions(random, 10), random, 100);
    const auto changed = wrap_sequences(capture, random);
    return holds("base", difference_of_logs(run(capture), run(changed)), capture, changed);
}

bool captures_keep_their_log() {
    Random random(announced_seed("law.base"));
    for (const auto &[file, capture] : complete_captures()) {
        Options options;
        options.config.ports = file.ports.c_str();
        const auto changed = wrap_sequences(capture, random);
        const auto why = difference_of_logs(run(capture, options), run(changed, options));
        if (!holds("base-" + file.name, why, capture, changed)) return false;
    }
    return !complete_captures().empty();
}

void random_sessions_give_the_same_log_when_their_numbers_wrap(void **) {
    assert_true(holds_for_rounds("law.base", 50, random_sessions_keep_their_log));
}

void captures_give_the_same_log_when_their_numbers_wrap(void **) {
    assert_true(captures_keep_their_log());
}

} // namespace

int main() {
    const CMUnitTest tests[] = {
        cmocka_unit_test(random_sessions_give_the_same_log_when_their_numbers_wrap),
        cmocka_unit_test(captures_give_the_same_log_when_their_numbers_wrap),
    };
    return cmocka_run_group_tests_name("law.base", tests, nullptr, nullptr);
}
