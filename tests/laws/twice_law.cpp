// A status that the server says twice: no verdict is false.
// SPDX-License-Identifier: GPL-2.0-or-later
#include "cmocka.hpp"
#include "tamper.hpp"
#include "verdicts.hpp"

using namespace pop3ana_test;

namespace {

/// The copies are printed, as the server did say them.
constexpr double kCopies = 0.04;

Capture with_ok_twice(const Subject &subject, Random &random) {
    return with_statuses_twice(subject.capture, subject.outcome, true, random);
}
Capture with_any_twice(const Subject &subject, Random &random) {
    return with_statuses_twice(subject.capture, subject.outcome, false, random);
}

void statuses_that_come_twice_give_no_false_verdict(void **) {
    assert_true(no_false_verdict("law.twice",
                                 {{"+OK twice", with_ok_twice, 0.98, kCopies},
                                  {"any status twice", with_any_twice, 0.98, kCopies, true}},
                                 20));
}

} // namespace

int main() {
    const CMUnitTest tests[] = {cmocka_unit_test(statuses_that_come_twice_give_no_false_verdict)};
    return cmocka_run_group_tests_name("law.twice", tests, nullptr, nullptr);
}
