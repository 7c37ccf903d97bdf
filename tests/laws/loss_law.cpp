// Lost packets: no verdict is false, hardly another line, and enough lines are found.
// SPDX-License-Identifier: GPL-2.0-or-later
#include "cmocka.hpp"
#include "mutate.hpp"
#include "verdicts.hpp"

using namespace pop3ana_test;

namespace {

Capture untouched(const Subject &subject, Random &) {
    return subject.capture;
}
Capture lose_5(const Subject &subject, Random &random) {
    return lose(subject.capture, random, 0.05);
}
Capture lose_20(const Subject &subject, Random &random) {
    return lose(subject.capture, random, 0.20);
}
Capture lose_runs(const Subject &subject, Random &random) {
    return lose_bursts(subject.capture, random);
}
Capture snapped(const Subject &subject, Random &random) {
    return snap(subject.capture, random.between(60, 160));
}
Capture without_start(const Subject &subject, Random &random) {
    return cut_start(subject.capture, random);
}
Capture swapped(const Subject &subject, Random &random) {
    return swap_neighbours(subject.capture, random, 0.1);
}
Capture lossy_disorder(const Subject &subject, Random &random) {
    const auto lossy = lose(duplicate(subject.capture, random, 0.3), random, 0.05);
    const bool only_syn_ack = random.chance(0.5);
    return move_packets(lose_handshakes(lossy, random, only_syn_ack), random, 8);
}
Capture lossy_end(const Subject &subject, Random &random) {
    return move_packets(lose(cut_start(subject.capture, random), random, 0.10), random, 4);
}

const std::vector<Damage> kDamages = {
    {"nothing lost", untouched, 0.99},
    {"5 % lost", lose_5, 0.80},
    {"20 % lost", lose_20, 0.50},
    {"bursts lost", lose_runs, 0.82},
    {"snap length 60 to 160", snapped, 0.60},
    {"start cut off", without_start, 0.50},
    {"neighbours swapped", swapped, 0.98},
    {"5 % lost, moved, handshake too", lossy_disorder, 0.70},
    {"10 % lost, moved, start cut off", lossy_end, 0.25},
};

void lost_packets_give_no_false_verdict(void **) {
    assert_true(no_false_verdict("law.loss", kDamages, 20));
}

} // namespace

int main() {
    const CMUnitTest tests[] = {cmocka_unit_test(lost_packets_give_no_false_verdict)};
    return cmocka_run_group_tests_name("law.loss", tests, nullptr, nullptr);
}
