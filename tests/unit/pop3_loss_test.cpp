// Section 6 of docs/semantics.md: what a session makes of lost bytes, rule by rule.
// SPDX-License-Identifier: GPL-2.0-or-later
#include "session_script.hpp"

namespace {

constexpr unit::ScriptRow kRows[] = {
    // The line at a gap.
    {"what_was_pending_before_a_gap_is_dropped", "S +OK; C= USE; C! 4; C NOOP; S x; C QUIT",
     "< OK; !gap 4; > QUIT = UNKNOWN"},
    {"a_client_line_behind_a_gap_that_is_a_command_is_taken", "M; C QUIT; S +OK",
     "> QUIT; < OK = UNKNOWN"},
    {"a_client_line_behind_a_gap_that_is_none_is_dropped", "M; C ER al; C QUIT; S +OK",
     " = UNKNOWN"},
    {"a_server_line_behind_a_gap_needs_its_sign",
     "S +OK; C USER al; S! 5; C NOOP; S OK al; C QUIT; S +OK",
     "< OK; > USER al; !gap 5; !replies_lost 1; > NOOP; !replies_lost 1; > QUIT; < OK = UPDATE"},
    {"a_server_line_behind_a_gap_with_its_sign_is_taken",
     "S +OK; C USER al; S! 5; C NOOP; S -ERR x",
     "< OK; > USER al; !gap 5; !replies_lost 1; > NOOP; "
     "< ERR x = UNKNOWN"},
    {"a_word_that_only_begins_like_a_status_is_none",
     "S +OK; C USER al; S! 5; C NOOP; S +OKAY; S +OK",
     "< OK; > USER al; !gap 5; !replies_lost 1; "
     "> NOOP; !replies_lost 1 = UNKNOWN"},

    // A server gap in a body.
    {"a_body_goes_on_over_a_gap",
     "S +OK; C APOP a 0; S +OK; C RETR 1; S +OK; S one; S! 9; S two; S .; C QUIT; S +OK",
     "< OK; > APOP a 0; login a/; < OK; > RETR 1; < OK; !gap 9; > QUIT; < OK = UPDATE"},
    {"the_next_command_ends_a_body_whose_end_may_be_lost",
     "S +OK; C APOP a 0; S +OK; C RETR 1; S +OK; S one; S! 9; C QUIT; S +OK",
     "< OK; > APOP a 0; login a/; < OK; > RETR 1; < OK; !gap 9; > QUIT; < OK = UPDATE"},
    {"the_line_in_progress_when_a_body_is_over_is_part_of_it",
     "S +OK; C APOP a 0; S +OK; C RETR 1; S +OK; S! 9; S x; S= -ERR in bo; C QUIT; S dy; S +OK",
     "< OK; > APOP a 0; login a/; < OK; > RETR 1; < OK; !gap 9; > QUIT; < ERR in body; < OK = "
     "FINISHED"},
    {"a_gap_in_a_body_forgets_nothing",
     "S +OK; C USER al; S +OK; C CAPA; S +OK; S! 9; S x; S .; C USER bo; S +OK; C PASS p; S -ERR",
     "< OK; > USER al; < OK; > CAPA; < OK; !gap 9; > USER bo; < OK; > PASS p; failed bo/p; < ERR "
     "= AUTHORIZATION"},
    {"a_gap_in_a_body_with_a_command_behind_it_may_lose_replies",
     "S +OK; C APOP a 0; S +OK; C RETR 1; C NOOP; S +OK; S one; S! 9; S two; S .; S +OK",
     "< OK; > APOP a 0; login a/; < OK; > RETR 1; < OK; !gap 9; !replies_lost 2 = TRANSACTION"},

    // Any other server gap.
    {"a_server_gap_empties_the_queue",
     "S +OK; C USER al; C PASS pw; C STAT; S! 0; S +OK; C NOOP; S +OK",
     "< OK; > USER al; !gap; !replies_lost 3; > NOOP; < OK = UNKNOWN"},
    {"in_doubt_server_lines_are_neither_printed_nor_counted",
     "S +OK; S! 3; S +OK a; S -ERR b; S what; C NOOP; S +OK c",
     "< OK; !gap 3; > NOOP; < OK c = TRANSACTION"},
    {"a_lost_greeting_is_not_awaited", "S! 0; C USER al; S +OK; C PASS pw; S +OK",
     "!gap; > USER al; < OK; > PASS pw; < OK = UNKNOWN"},
    {"a_server_gap_forgets_user_and_password",
     "S +OK; C USER al; S +OK; S! 3; C PASS pw; S +OK; C QUIT; S +OK",
     "< OK; > USER al; < OK; !gap 3; > PASS pw; < OK; > QUIT; < OK = UPDATE"},

    // A client gap.
    {"a_client_gap_with_nothing_pending_is_in_doubt_at_once",
     "S +OK; C! 5; S +OK a; C NOOP; S +OK b", "< OK; !gap 5; > NOOP; < OK b = UNKNOWN"},
    {"client_lines_behind_a_gap_are_dropped_until_the_server_spoke",
     "S +OK; C! 5; C NOOP; C NOOP; S +OK a; C QUIT; S +OK b",
     "< OK; !gap 5; > QUIT; < OK b = UNKNOWN"},
    {"pending_commands_keep_their_replies_over_a_client_gap",
     "S +OK; C APOP a 0; S +OK; C DELE 1; C DELE 2; C! 8; C DELE 4; S +OK 1; S +OK 2; S +OK 3",
     "< OK; > APOP a 0; login a/; < OK; > DELE 1; !gap 8; < OK 1; > DELE 2; < OK 2 = TRANSACTION"},
    {"after_a_client_gap_the_session_is_in_doubt_once_all_are_answered",
     "S +OK; C APOP a 0; S +OK; C DELE 1; C! 8; S +OK 1; S +OK 2; C NOOP; S +OK 3",
     "< OK; > APOP a 0; login a/; < OK; > DELE 1; !gap 8; < OK 1; > NOOP; < OK 3 = TRANSACTION"},
    {"a_login_that_was_pending_at_a_client_gap_gives_no_login_line",
     "S +OK; C USER al; S +OK; C PASS pw; C! 8; S -ERR",
     "< OK; > USER al; < OK; > PASS pw; !gap 8; < ERR = UNKNOWN"},
    {"nor_does_one_that_waited_behind_it",
     "S +OK; C CAPA; C USER al; C PASS pw; C! 8; S -ERR; S +OK; S +OK",
     "< OK; > CAPA; !gap 8; < ERR; > USER al; < OK; > PASS pw; < OK = UNKNOWN"},
    {"a_pending_auth_takes_all_client_lines_after_a_gap",
     "S +OK; C AUTH LOGIN; S + ; C! 8; C YWw=; C QUIT; S -ERR; C QUIT; S +OK",
     "< OK; > AUTH LOGIN; !gap 8; < ERR; > QUIT; < OK = UNKNOWN"},
    {"the_greeting_is_still_awaited_behind_a_client_gap",
     "C USER al; C! 8; S +OK ready; S +OK; C NOOP; S +OK",
     "!gap 8; < OK ready; > USER al; < OK; > NOOP; < OK = UNKNOWN"},
    {"a_reply_from_before_a_client_gap_does_not_fix_the_phase", // PASS was lost.
     "S +OK; C USER al; C! 9; S +OK; S +OK; C STAT; S +OK",
     "< OK; > USER al; !gap 9; < OK; > STAT; < OK = UNKNOWN"},
    {"a_greeting_in_doubt_takes_no_reply_of_a_command",
     "C! 8; S +OK ready; C USER al; S +OK a; C PASS pw; S -ERR b",
     "!gap 8; > USER al; < OK a; > PASS pw; < ERR b = UNKNOWN"},

    // The phase.
    {"a_known_transaction_stays", "S +OK; C APOP a 0; S +OK; S! 5; C USER x; S -ERR",
     "< OK; > APOP a 0; login a/; < OK; !gap 5; ? USER needs authorization; < ERR = TRANSACTION"},
    {"a_known_update_stays", "S +OK; C APOP a 0; S +OK; C QUIT; S +OK; S! 5; C! 5",
     "< OK; > APOP a 0; login a/; < OK; > QUIT; < OK; !gap 5; !gap 5 = UPDATE"},
    {"a_known_finish_stays", "S +OK; C QUIT; S +OK; C! 5", "< OK; > QUIT; < OK; !gap 5 = FINISHED"},
    {"an_authorization_is_unknown_then", "S +OK; C USER al; S +OK; C! 5",
     "< OK; > USER al; < OK; !gap 5 = UNKNOWN"},
    {"unknown_accepts_every_command", "M; C PASS pw; S +OK a; C LIST; S +OK; S .; C QUIT",
     "> PASS pw; < OK a; > LIST; < OK; > QUIT = UNKNOWN"},
    {"user_with_ok_fixes_authorization", "M; S +OK; C USER al; S +OK; C STAT; S -ERR",
     "> USER al; < OK; ? STAT needs transaction; < ERR = AUTHORIZATION"},
    {"once_user_was_accepted_pass_needs_it_again",
     "M; S +OK; C USER al; S +OK; C CAPA; S -ERR; C PASS pw; S -ERR",
     "> USER al; < OK; > CAPA; < ERR; ? PASS pass must follow the command 'USER'; < ERR = "
     "AUTHORIZATION"},
    {"so_it_is_once_the_start_is_known",
     "S +OK; S! 5; C USER al; S +OK; C CAPA; S -ERR; C PASS pw; S -ERR",
     "< OK; !gap 5; > USER al; < OK; > CAPA; < ERR; ? PASS pass must follow the command 'USER'; "
     "< ERR = AUTHORIZATION"},
    {"err_to_a_login_command_fixes_nothing", "M; C USER al; S -ERR; C PASS pw; S -ERR",
     "> USER al; < ERR; > PASS pw; < ERR = UNKNOWN"},
    {"capa_fixes_nothing", "M; C CAPA; S +OK; S TOP; S .; C QUIT; S +OK",
     "> CAPA; < OK; > QUIT; < OK = UPDATE"},
    {"a_complete_login_in_a_capture_that_starts_inside_is_reported",
     "M; S +OK; C USER al; S +OK; C PASS pw; S -ERR",
     "> USER al; < OK; > PASS pw; failed al/pw; < ERR = AUTHORIZATION"},

    // Lines that make no sense.
    {"in_unknown_a_client_line_that_is_no_command_is_a_loss",
     "M; C CAPA; S -ERR; C YWw=; C USER al; S +OK; C USER bo; S +OK",
     "> CAPA; < ERR; > USER bo; < OK = UNKNOWN"},
    {"in_transaction_such_a_line_is_an_unknown_command",
     "S +OK; C APOP a 0; S +OK; S! 5; C YWw=; C NOOP; S +OK; C YWw=; S -ERR; C NOOP; S +OK",
     "< OK; > APOP a 0; login a/; < OK; !gap 5; > NOOP; < OK = TRANSACTION"},

    // Midstream, beside what is above.
    {"midstream_awaits_no_greeting", "M; S +OK ready; C USER al; S +OK",
     "> USER al; < OK = AUTHORIZATION"},
    {"midstream_begins_in_doubt", "M; S tail of a body; S -ERR in it; S .; C NOOP; S +OK",
     "> NOOP; < OK = UNKNOWN"},
};

} // namespace

int main() {
    std::vector<CMUnitTest> tests;
    unit::add_rows<unit::gives_events>(tests, kRows);
    return unit::run("unit.pop3_loss", tests);
}
