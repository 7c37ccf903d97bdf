// Connections that run at the same time do not touch each other: each gives the lines that it
// gives alone. (Error counts do belong to a client and not to a connection; dialogs test them.)
// SPDX-License-Identifier: GPL-2.0-or-later
#include "cmocka.hpp"
#include "dialogue.hpp"
#include "mutate.hpp"
#include "run.hpp"

#include <algorithm>

using namespace pop3ana_test;

namespace {

/// What the captures say alone, each between its own hosts, must be what they say together.
bool keep_their_lines(const std::vector<Capture> &captures, Random &random) {
    std::vector<Capture> moved;
    Outcome expected;
    for (const auto &capture : captures) {
        moved.push_back(move_hosts(capture, static_cast<std::uint8_t>(moved.size() + 1)));
        expected.connections.merge(run(moved.back()).connections);
    }
    const auto mixed = interleave(moved, random);
    return holds("mix", difference(expected, run(mixed)), moved[0], mixed);
}

bool random_sessions_keep_their_lines(Random &random) {
    std::vector<Capture> sessions;
    for (std::size_t i = 0; i < 20; ++i)
        sessions.push_back(random_sessions(random, 2));
    return keep_their_lines(sessions, random);
}

bool captures_keep_their_lines(Random &random) {
    const auto &all = complete_captures();
    if (all.empty()) return false;
    std::vector<Capture> chosen;
    for (std::size_t i = 0; i < 10; ++i)
        chosen.push_back(random.pick(all).capture);
    return keep_their_lines(chosen, random);
}

void random_sessions_give_the_same_lines_when_mixed(void **) {
    assert_true(holds_for_rounds("law.mix", 20, random_sessions_keep_their_lines));
}

void captures_give_the_same_lines_when_mixed(void **) {
    assert_true(holds_for_rounds("law.mix", 20, captures_keep_their_lines));
}

} // namespace

int main() {
    const CMUnitTest tests[] = {
        cmocka_unit_test(random_sessions_give_the_same_lines_when_mixed),
        cmocka_unit_test(captures_give_the_same_lines_when_mixed),
    };
    return cmocka_run_group_tests_name("law.mix", tests, nullptr, nullptr);
}
