// Lines of the client that the server never answers, prefaces of balancers too, anywhere in a
// session: no verdict is false.
// SPDX-License-Identifier: GPL-2.0-or-later
#include "cmocka.hpp"
#include "tamper.hpp"
#include "verdicts.hpp"

using namespace pop3ana_test;

namespace {

Capture with_lines(const Subject &subject, Random &random) {
    return with_unanswered_lines(subject.capture, random);
}

void unanswered_lines_give_no_false_verdict(void **) {
    assert_true(no_false_verdict("law.unanswered", {{"unanswered lines", with_lines, 0.95}}, 30));
}

} // namespace

int main() {
    const CMUnitTest tests[] = {cmocka_unit_test(unanswered_lines_give_no_false_verdict)};
    return cmocka_run_group_tests_name("law.unanswered", tests, nullptr, nullptr);
}
