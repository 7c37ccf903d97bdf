// Each connection is captured from any of its packets on, those of clients that pipeline too: no
// verdict is false.
// SPDX-License-Identifier: GPL-2.0-or-later
#include "cmocka.hpp"
#include "damage.hpp"
#include "verdicts.hpp"

using namespace pop3ana_test;

namespace {

Capture starting_late(const Subject &subject, Random &random) {
    return start_late(subject.capture, random);
}

void late_starts_give_no_false_verdict(void **) {
    assert_true(no_false_verdict("law.start", {{"late start", starting_late, 0.58}}, 30));
}

} // namespace

int main() {
    const CMUnitTest tests[] = {cmocka_unit_test(late_starts_give_no_false_verdict)};
    return cmocka_run_group_tests_name("law.start", tests, nullptr, nullptr);
}
