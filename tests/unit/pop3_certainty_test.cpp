// Certain or silent (docs/semantics.md section 3, K16), and a status cut by a gap (K17), rule by
// rule.
// SPDX-License-Identifier: GPL-2.0-or-later
#include "pop3/certainty.hpp"
#include "session_script.hpp"

namespace {

constexpr unit::ScriptRow kRows[] = {
    // Plain lines.
    {"honest_pipelining_is_certain", "S +OK; C USER al; C PASS pw; C STAT; S +OK; S -ERR; S -ERR",
     "< OK; > USER al; < OK; > PASS pw; failed al/pw; < ERR; ? STAT needs transaction; < ERR = "
     "AUTHORIZATION"},
    {"behind_a_line_that_is_not_plain_nothing_is_certain",
     "S +OK; C XYZZY; C USER al; C PASS pw; S -ERR; S +OK; S -ERR; S -ERR",
     "< OK; !unknown_command XYZZY; < ERR; > USER al; < OK; > PASS pw; !uncertain; < ERR; < ERR = "
     "UNKNOWN"},
    {"until_the_client_waits_again", "S +OK; C XYZZY; C USER al; S -ERR; S +OK; C PASS pw; S +OK",
     "< OK; !unknown_command XYZZY; < ERR; > USER al; < OK; > PASS pw; login al/pw; < OK = "
     "TRANSACTION"},
    {"a_control_byte_is_not_plain", "S +OK; C USER a\x01l; C PASS pw; S +OK; S +OK",
     "< OK; > USER a\x01l; < OK; > PASS pw; !uncertain; < OK = UNKNOWN"},
    {"a_tab_is_plain", "S +OK; C USER a\tl; C PASS pw; S +OK; S +OK",
     "< OK; > USER a\tl; < OK; > PASS pw; login a\tl/pw; < OK = TRANSACTION"},

    // What the server had received.
    {"a_status_sent_before_the_command_came_answers_nothing",
     "S@0 +OK; C@5 USER al; S@9 +OK; C@10 PASS pw; S@9 +OK old; S@18 -ERR",
     "< OK; > USER al; < OK; > PASS pw; < OK old; !uncertain; < ERR = UNKNOWN"},
    {"a_server_whose_acks_say_nothing_answers_but_is_not_certain",
     "S@0 +OK; C@5 USER al; S@0 +OK; C@10 PASS pw; S@0 -ERR",
     "< OK; > USER al; < OK; > PASS pw; !uncertain; < ERR = UNKNOWN"},
    {"when_they_do_certainty_must_be_proven_anew",
     "S@0 +OK; C@5 USER al; S@0 +OK; C@10 PASS pw; S@18 -ERR; C@16 PASS pw; S@27 -ERR",
     "< OK; > USER al; < OK; > PASS pw; !uncertain; < ERR; > PASS pw; < ERR = UNKNOWN"},
    {"a_line_sent_before_the_reply_came_is_no_certain_point",
     "S@0 +OK; C@5 XYZZY; S@7 -ERR; C@5 USER al; S@16 +OK; C@12 PASS pw; S@25 -ERR",
     "< OK; !unknown_command XYZZY; < ERR; > USER al; < OK; > PASS pw; !uncertain; < ERR = "
     "UNKNOWN"},

    // Unanswered lines.
    {"unknown_lines_that_the_server_passes_over_leave_the_queue",
     "S@0 +OK; C@5 USER al; C@5 XYZZY; S@16 +OK; C@10 PASS pw; S@25 -ERR",
     "< OK; > USER al; < OK; !unknown_command XYZZY; > PASS pw; !uncertain; < ERR = UNKNOWN"},
    {"a_server_line_that_is_no_status_ends_certainty",
     "S +OK; C USER al; C PASS pw; S what; S +OK; S -ERR",
     "< OK; > USER al; !unknown_reply what; < OK; > PASS pw; !uncertain; < ERR = UNKNOWN"},
    {"such_a_line_behind_an_uncertain_command_is_a_loss",
     "S +OK; C XYZZY; C USER al; S -ERR; S what; S +OK; C NOOP; S -ERR",
     "< OK; !unknown_command XYZZY; < ERR; > USER al; !unknown_reply what; !replies_lost 1; > "
     "NOOP; < ERR = UNKNOWN"},

    {"a_client_that_does_not_wait_and_sends_unknown_lines_has_no_certain_login",
     "S@0 +OK; C@5 USER al; C@5 XYZZY; S@16 +OK; C@10 NOOP; S@22 -ERR; C@16 APOP al 0; S@33 +OK",
     "< OK; > USER al; < OK; !unknown_command XYZZY; < ERR; > APOP al 0; !uncertain; < OK = "
     "UNKNOWN"},

    // SASL lines that nobody asked for.
    {"a_sasl_line_without_a_challenge_may_have_been_a_command",
     "S +OK; C AUTH PLAIN; C AGFsAHB3; S -ERR; C APOP al 0; S -ERR",
     "< OK; > AUTH PLAIN; failed al/pw; < ERR; > APOP al 0; !uncertain; < ERR = UNKNOWN"},

    // After a loss.
    {"a_client_that_waits_is_certain_again_behind_a_server_gap",
     "S +OK; C NOOP; S -ERR; S! 5; C USER al; S +OK; C PASS pw; S -ERR",
     "< OK; ? NOOP needs transaction; < ERR; !gap 5; > USER al; < OK; > PASS pw; failed al/pw; < "
     "ERR = AUTHORIZATION"},
    {"one_who_sends_ahead_is_not",
     "S +OK; C NOOP; C NOOP; S -ERR; S -ERR; S! 5; C USER al; S +OK; C PASS pw; S -ERR",
     "< OK; ? NOOP needs transaction; < ERR; ? NOOP needs transaction; < ERR; !gap 5; > USER al; < "
     "OK; > PASS pw; < ERR = UNKNOWN"},
    {"behind_a_client_gap_nothing_is_certain",
     "S +OK; C! 5; S -ERR; C USER al; S +OK; C PASS pw; S -ERR",
     "< OK; !gap 5; > USER al; < OK; > PASS pw; < ERR = UNKNOWN"},
    {"until_capabilities_prove_that_nothing_is_under_way",
     "S +OK; C! 5; S -ERR; C CAPA; S +OK; S TOP; S .; C USER al; S +OK; C PASS pw; S -ERR",
     "< OK; !gap 5; > CAPA; < OK; > USER al; < OK; > PASS pw; failed al/pw; < ERR = AUTHORIZATION"},
    {"an_empty_list_of_capabilities_proves_nothing",
     "S +OK; C! 5; S -ERR; C CAPA; S +OK; S .; C USER al; S +OK; C PASS pw; S -ERR",
     "< OK; !gap 5; > CAPA; < OK; > USER al; < OK; > PASS pw; < ERR = UNKNOWN"},
    {"in_a_capture_that_starts_inside_user_proves_it_behind_ok",
     "M; S +OK ready; C USER al; S +OK; C PASS pw; S -ERR",
     "> USER al; < OK; > PASS pw; failed al/pw; < ERR = AUTHORIZATION"},
    {"but_not_behind_another_line", "M; S TOP; S +OK; C USER al; S +OK; C PASS pw; S -ERR",
     "> USER al; < OK; > PASS pw; < ERR = UNKNOWN"},

    // While nothing is certain.
    {"a_command_that_the_phase_does_not_allow_prints_nothing",
     "S +OK; C XYZZY; C NOOP; S -ERR; S -ERR; C QUIT; S +OK",
     "< OK; !unknown_command XYZZY; < ERR; < ERR; > QUIT; < OK = FINISHED"},
    {"an_uncertain_login_makes_the_phase_unknown",
     "S +OK; C XYZZY; C APOP al 0; S -ERR; S +OK; C DELE 1; S +OK",
     "< OK; !unknown_command XYZZY; < ERR; > APOP al 0; !uncertain; < OK; > DELE 1; < OK = "
     "TRANSACTION"},
    {"a_body_begins_all_the_same",
     "S +OK; C XYZZY; C CAPA; S -ERR; S +OK; S USER; S .; C QUIT; S +OK",
     "< OK; !unknown_command XYZZY; < ERR; > CAPA; < OK; > QUIT; < OK = FINISHED"},
    {"what_follows_an_uncertain_ok_may_be_the_body_of_the_next",
     "S +OK; C XYZZY; C NOOP; C LIST; S -ERR; S +OK; S 1 120; S .; C QUIT; S +OK",
     "< OK; !unknown_command XYZZY; < ERR; < OK; > LIST; !replies_lost 1; > QUIT; < OK = UNKNOWN"},

    // Prefaces.
    {"a_preface_is_no_command",
     "C PROXY TCP4 203.0.113.9 192.0.2.1 12345 110; S +OK; C USER al; S +OK; C PASS pw; S -ERR",
     "203.0.113.9/12345 by proxy_v1; < OK; > USER al; < OK; > PASS pw; failed al/pw; < ERR = "
     "AUTHORIZATION"},
    {"one_preface_is_taken_off_not_two",
     "C PROXY UNKNOWN; C PROXY UNKNOWN; S +OK; S -ERR; C QUIT; S +OK",
     "< OK; !unknown_command PROXY UNKNOWN; < ERR; > QUIT; < OK = FINISHED"},
    {"behind_a_preface_the_first_command_waits_for_the_greeting_to_be_certain",
     "C PROXY UNKNOWN; C APOP al 0; S +OK; S -ERR",
     "< OK; > APOP al 0; !uncertain; < ERR = UNKNOWN"},
    {"what_the_server_answers_is_no_preface", "S@0 +OK; C=\r\n; S@2 -ERR; C@11 USER al; S@11 +OK",
     "< OK; !unknown_command; < ERR; > USER al; < OK = AUTHORIZATION"},

    // K17.
    {"a_status_cut_by_a_gap_acts", "S +OK; C USER al; S +OK; C PASS pw; S= -ERR [AU; S! 9",
     "< OK; > USER al; < OK; > PASS pw; !gap 9; failed al/pw; < ERR [AU (cut) = UNKNOWN"},
    {"its_first_word_must_be_whole", "S +OK; C USER al; S +OK; C PASS pw; S= -ERR; S! 9",
     "< OK; > USER al; < OK; > PASS pw; !gap 9; !replies_lost 1 = UNKNOWN"},
    {"a_cut_status_opens_a_body", "S +OK; C CAPA; S= +OK ca; S! 9; S TOP; S .; C QUIT; S +OK",
     "< OK; > CAPA; !gap 9; < OK ca (cut); > QUIT; < OK = FINISHED"},

    // K23.
    {"pass_again_is_a_login", "S +OK; C USER al; S +OK; C PASS a; S -ERR; C PASS b; S +OK",
     "< OK; > USER al; < OK; > PASS a; failed al/a; < ERR; ? PASS pass must follow the command "
     "'USER'; login al/b; < OK = TRANSACTION"},
    {"pass_again_that_fails_says_nothing",
     "S +OK; C USER al; S +OK; C PASS a; S -ERR; C PASS b; S -ERR",
     "< OK; > USER al; < OK; > PASS a; failed al/a; < ERR; ? PASS pass must follow the command "
     "'USER'; < ERR = AUTHORIZATION"},
    {"behind_a_refused_user_nobody_knows_whose_password_it_is",
     "S +OK; C USER al; S +OK; C PASS a; S +OK; C USER bo; S +OK; C PASS b; S +OK",
     "< OK; > USER al; < OK; > PASS a; login al/a; < OK; ? USER needs authorization; < OK; ? PASS "
     "needs authorization; < OK = TRANSACTION"},
    {"a_refused_apop_that_is_answered_ok_is_a_login_of_its_own",
     "S -ERR; C APOP al 0; S +OK; C STAT; S +OK",
     "< ERR; ? APOP needs authorization; login al/; < OK; > STAT; < OK = TRANSACTION"},
    {"pass_behind_apop_has_no_user", "S +OK; C APOP al 0; S -ERR; C PASS b; S +OK",
     "< OK; > APOP al 0; failed al/; < ERR; ? PASS pass must follow the command 'USER'; < OK = "
     "TRANSACTION"},
};

} // namespace

int main() {
    std::vector<CMUnitTest> tests;
    unit::add_rows<unit::gives_events>(tests, kRows);
    return unit::run("unit.pop3_certainty", tests);
}
