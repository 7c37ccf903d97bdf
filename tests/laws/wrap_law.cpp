// The same traffic behind any link layer, in any tunnel and in fragments gives the same log.
// SPDX-License-Identifier: GPL-2.0-or-later
#include "cmocka.hpp"
#include "dialogue.hpp"
#include "mutate.hpp"
#include "run.hpp"
#include "wrap.hpp"

using namespace pop3ana_test;

namespace {

/// A larger capture is wrapped only once, in one of the ways.
constexpr std::size_t kFramesForAllWraps = 150;

bool keeps_its_log(const std::string &name, const Capture &capture, const Wrap &wrap,
                   const Options &options, const Outcome &expected) {
    const auto changed = wrapped(capture, wrap);
    const auto why = difference_of_logs(expected, run(changed, options));
    return holds("wrap-" + name + '-' + wrap.name, why, capture, changed);
}

bool random_sessions_keep_their_log(Random &random) {
    const auto capture = random_sessions(random, 10);
    Options options;
    options.config.verify_checksums = 1;
    const auto expected = run(capture, options);
    for (const auto &wrap : all_wraps())
        if (!keeps_its_log("random", capture, wrap, options, expected)) return false;
    return true;
}

bool captures_keep_their_log() {
    Random random(announced_seed("law.wrap"));
    for (const auto &[file, capture] : complete_captures()) {
        Options options;
        options.config.ports = file.ports.c_str();
        const auto expected = run(capture, options);
        for (const auto &wrap : all_wraps()) {
            const bool all = capture.size() <= kFramesForAllWraps;
            const auto &chosen = all ? wrap : random.pick(all_wraps());
            if (!keeps_its_log(file.name, capture, chosen, options, expected)) return false;
            if (!all) break;
        }
    }
    return !complete_captures().empty();
}

void random_sessions_give_the_same_log_however_they_are_wrapped(void **) {
    assert_true(holds_for_rounds("law.wrap", 10, random_sessions_keep_their_log));
}

void captures_give_the_same_log_however_they_are_wrapped(void **) {
    assert_true(captures_keep_their_log());
}

} // namespace

int main() {
    const CMUnitTest tests[] = {
        cmocka_unit_test(random_sessions_give_the_same_log_however_they_are_wrapped),
        cmocka_unit_test(captures_give_the_same_log_however_they_are_wrapped),
    };
    return cmocka_run_group_tests_name("law.wrap", tests, nullptr, nullptr);
}
