// Each packet is captured twice, and of some only one copy arrives: no verdict is false.
// SPDX-License-Identifier: GPL-2.0-or-later
#include "cmocka.hpp"
#include "damage.hpp"
#include "verdicts.hpp"

using namespace pop3ana_test;

namespace {

Capture with_lost_copies(const Subject &subject, Random &random) {
    return lose_copies(subject.capture, random);
}

void copies_of_which_one_is_lost_give_no_false_verdict(void **) {
    assert_true(no_false_verdict("law.copies", {{"copies, one lost", with_lost_copies, 0.96}}, 30));
}

} // namespace

int main() {
    const CMUnitTest tests[] = {
        cmocka_unit_test(copies_of_which_one_is_lost_give_no_false_verdict)};
    return cmocka_run_group_tests_name("law.copies", tests, nullptr, nullptr);
}
