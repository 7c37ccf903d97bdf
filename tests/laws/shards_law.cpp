// Several engines that share the connections of a capture give, with one judge, what one engine
// gives: the same log, numbers and warnings included, and the same counters.
// SPDX-License-Identifier: GPL-2.0-or-later
#include "cmocka.hpp"
#include "dialogue.hpp"
#include "mutate.hpp"
#include "run.hpp"

using namespace pop3ana_test;

namespace {

bool gives_the_same(const Capture &capture, std::uint16_t engines, Options options = {}) {
    const auto expected = run(capture, options);
    options.engines = engines;
    const auto found = run(capture, options);
    auto why = difference_of_logs(expected, found);
    if (why.empty()) why = difference_of_counters(expected, found);
    return holds("shards", why, capture, capture);
}

bool random_sessions_give_the_same(Random &random) {
    const auto engines = static_cast<std::uint16_t>(random.between(2, 8));
    std::vector<Capture> sessions;
    for (std::uint8_t i = 1; i <= 6; ++i)
        sessions.push_back(
            move_hosts(random_sessions(random, 3), static_cast<std::uint8_t>(i % 3)));
    return gives_the_same(interleave(sessions, random), engines);
}

void random_sessions_give_the_same_log(void **) {
    assert_true(holds_for_rounds("law.shards", 40, random_sessions_give_the_same));
}

// One frame shows that all of them have been idle for too long, and what waits behind their holes
// is reported.
bool connections_given_up_together_do(Random &random) {
    constexpr std::int64_t kLongTime = 25 * 3600 * kSecond;
    std::vector<Capture> sessions;
    for (std::uint8_t i = 1; i <= 8; ++i) {
        Capture session = lose(random_sessions(random, 1), random, 0.3);
        session.resize(session.size() - random.between(0, session.size() / 2));
        sessions.push_back(move_hosts(session, i));
    }
    Capture capture = interleave(sessions, random);
    Capture late = move_hosts(random_sessions(random, 1), 9);
    for (Frame &frame : late) {
        frame.ts_ns += kLongTime;
        capture.push_back(std::move(frame));
    }
    return gives_the_same(capture, static_cast<std::uint16_t>(random.between(2, 8)));
}

void connections_given_up_together_give_the_same_log(void **) {
    assert_true(holds_for_rounds("law.shards", 40, connections_given_up_together_do));
}

void captures_give_the_same_log(void **) {
    const auto files = capture_files();
    assert_true(!files.empty());
    for (const auto &file : files) {
        Capture capture;
        std::string error;
        load_capture(file.path, capture, error); // damaged ones end early
        Options options;
        options.config.ports = file.ports.c_str();
        for (const std::uint16_t engines : {std::uint16_t{2}, std::uint16_t{5}})
            assert_true(gives_the_same(capture, engines, options));
    }
}

} // namespace

int main() {
    const CMUnitTest tests[] = {
        cmocka_unit_test(random_sessions_give_the_same_log),
        cmocka_unit_test(connections_given_up_together_give_the_same_log),
        cmocka_unit_test(captures_give_the_same_log),
    };
    return cmocka_run_group_tests_name("law.shards", tests, nullptr, nullptr);
}
