// Sections 2 to 4 of docs/semantics.md, rule by rule; pop3_command_test has the table of commands.
// SPDX-License-Identifier: GPL-2.0-or-later
#include "base/limits.hpp"
#include "session_script.hpp"

using namespace pop3ana;

namespace {

constexpr unit::ScriptRow kRows[] = {
    {"a_login_succeeds", "S +OK ready; C USER al; S +OK; C PASS pw; S +OK in; C QUIT; S +OK bye",
     "< OK ready; > USER al; < OK; > PASS pw; login al/pw; < OK in; > QUIT; < OK bye = UPDATE"},
    {"a_login_fails", "S +OK; C USER al; S +OK; C PASS pw; S -ERR no",
     "< OK; > USER al; < OK; > PASS pw; failed al/pw; < ERR no = AUTHORIZATION"},
    {"a_failed_greeting_leaves_start", "S -ERR busy; C USER al; S -ERR",
     "< ERR busy; ? USER needs authorization; < ERR = START"},
    {"signs_and_case_of_a_status_do_not_matter", "S ok a; C NOOP; S -Ok b; C NOOP; S eRr c",
     "< OK a; ? NOOP needs transaction; ? OK guess; < OK b; > NOOP; < ERR c = TRANSACTION"},
    {"commands_before_the_greeting_wait", "C USER al; C PASS pw; S +OK ready; S +OK; S +OK",
     "< OK ready; > USER al; < OK; > PASS pw; login al/pw; < OK = TRANSACTION"},
    {"pipelined_commands_are_judged_when_their_turn_comes",
     "S +OK; C USER al; C PASS pw; C STAT; C QUIT; S +OK; S +OK; S +OK 0 0; S +OK",
     "< OK; > USER al; < OK; > PASS pw; login al/pw; < OK; > STAT; < OK 0 0; > QUIT; < OK = "
     "UPDATE"},
    {"a_refused_login_makes_the_pipelined_rest_unexpected",
     "S +OK; C USER al; C PASS pw; C STAT; S +OK; S -ERR; S -ERR",
     "< OK; > USER al; < OK; > PASS pw; failed al/pw; < ERR; ? STAT needs transaction; < ERR = "
     "AUTHORIZATION"},
    {"an_unknown_command_waits_for_its_reply", "S +OK; C FOO; C USER al; S -ERR; S +OK",
     "< OK; !unknown_command FOO; < ERR; > USER al; < OK = AUTHORIZATION"},
    {"an_empty_line_is_an_unknown_command", "S +OK; C ; S -ERR; C USER al; S +OK",
     "< OK; !unknown_command; < ERR; > USER al; < OK = AUTHORIZATION"},
    {"unknown_commands_between_user_and_pass_do_not_matter",
     "S +OK; C USER al; S +OK; C FOO; S -ERR; C PASS pw; S +OK",
     "< OK; > USER al; < OK; !unknown_command FOO; < ERR; > PASS pw; login al/pw; < OK = "
     "TRANSACTION"},
    {"refused_commands_between_user_and_pass_do_not_matter",
     "S +OK; C USER al; S +OK; C STAT; S -ERR; C PASS pw; S +OK",
     "< OK; > USER al; < OK; ? STAT needs transaction; < ERR; > PASS pw; login al/pw; < OK = "
     "TRANSACTION"},
    {"accepted_commands_between_user_and_pass_do",
     "S +OK; C USER al; S +OK; C CAPA; S -ERR; C PASS pw; S +OK",
     "< OK; > USER al; < OK; > CAPA; < ERR; ? PASS pass must follow the command 'USER'; login "
     "al/pw; < OK = TRANSACTION"},
    {"pass_after_a_failed_user_is_refused", "S +OK; C USER al; S -ERR; C PASS pw; S +OK",
     "< OK; > USER al; failed al/; < ERR; ? PASS pass must follow the command 'USER'; < OK = "
     "TRANSACTION"},
    {"pass_after_a_failed_pass_is_refused",
     "S +OK; C USER al; S +OK; C PASS a; S -ERR; C PASS b; S -ERR",
     "< OK; > USER al; < OK; > PASS a; failed al/a; < ERR; ? PASS pass must follow the command "
     "'USER'; < ERR = AUTHORIZATION"},
    {"user_forgets_the_password_of_before",
     "S +OK; C USER al; S +OK; C PASS pw; S -ERR; C USER bo; S -ERR",
     "< OK; > USER al; < OK; > PASS pw; failed al/pw; < ERR; > USER bo; failed bo/; < ERR = "
     "AUTHORIZATION"},
    {"apop_forgets_the_password_of_before",
     "S +OK; C USER al; S +OK; C PASS pw; S -ERR; C APOP bo 0; S +OK",
     "< OK; > USER al; < OK; > PASS pw; failed al/pw; < ERR; > APOP bo 0; login bo/; < OK = "
     "TRANSACTION"},
    {"auth_forgets_user_and_password", "S +OK; C USER al; S +OK; C AUTH PLAIN; S + ; C !; S +OK",
     "< OK; > USER al; < OK; > AUTH PLAIN; !bad_base64 !; < OK = TRANSACTION"},
    {"a_login_without_user_gives_no_login_line", "S +OK; C USER; S +OK; C PASS pw; S +OK",
     "< OK; > USER; < OK; > PASS pw; < OK = TRANSACTION"},
    {"blanks_of_a_password_are_joined", "S +OK; C USER al; S +OK; C PASS  a  b ; S +OK",
     "< OK; > USER al; < OK; > PASS a b; login al/a b; < OK = TRANSACTION"},
    {"the_user_of_apop_ends_at_a_tab", "S +OK; C APOP al\t0 1; S +OK",
     "< OK; > APOP al\t0 1; login al/; < OK = TRANSACTION"},
    {"a_body_is_not_examined",
     "S +OK; C APOP a 0; S +OK; C RETR 1; S +OK; S -ERR; S +OK; S USER; S ..; S . ; S .; S +OK x",
     "< OK; > APOP a 0; login a/; < OK; > RETR 1; < OK; < OK x = TRANSACTION"},
    {"a_command_behind_a_body_waits_for_its_end",
     "S +OK; C APOP a 0; S +OK; C LIST; C QUIT; S +OK; S 1 10; S .; S +OK",
     "< OK; > APOP a 0; login a/; < OK; > LIST; < OK; > QUIT; < OK = UPDATE"},
    {"an_err_starts_no_body", "S +OK; C APOP a 0; S +OK; C RETR 9; S -ERR; C NOOP; S +OK",
     "< OK; > APOP a 0; login a/; < OK; > RETR 9; < ERR; > NOOP; < OK = TRANSACTION"},
    {"the_reply_to_an_unknown_command_acts_on_nothing",
     "S +OK; C USER al; S +OK; C XTND; S +OK; C PASS pw; S +OK",
     "< OK; > USER al; < OK; !unknown_command XTND; < OK; > PASS pw; login al/pw; < OK = "
     "TRANSACTION"},
    {"a_status_without_command_acts_on_nothing", "S +OK; S -ERR; S +OK; C USER al; S +OK",
     "< OK; < ERR; < OK; > USER al; < OK = AUTHORIZATION"},
    {"a_guess_makes_a_session_authorised", "S +OK; C RETR 1; S +OK; S text; S .; C DELE 1; S +OK",
     "< OK; ? RETR needs transaction; ? OK guess; < OK; > DELE 1; < OK = TRANSACTION"},
    {"a_server_line_that_is_no_status_changes_nothing", "S +OK; C USER al; S hello; S +OK",
     "< OK; > USER al; !unknown_reply hello; < OK = AUTHORIZATION"},
    {"a_server_line_that_is_a_command_changes_nothing", "S +OK; C USER al; S PASS x; S +OK",
     "< OK; > USER al; !command_from_server PASS x; < OK = AUTHORIZATION"},
    {"end_is_no_command_in_any_direction", "S +OK; C END; S -ERR; C USER al; S END; S +OK",
     "< OK; !unknown_command END; < ERR; > USER al; !unknown_reply END; < OK = AUTHORIZATION"},
    {"stls_silences_both_directions", "S +OK; C STLS; S +OK; S -ERR; C USER al; S! 5; C! 5; S +OK",
     "< OK; > STLS; tls; alert clear text after STLS = AUTHORIZATION"},
    {"a_refused_stls_silences_nothing", "S +OK; C STLS; S -ERR; C USER al; S +OK",
     "< OK; > STLS; < ERR; > USER al; < OK = AUTHORIZATION"},
    {"commands_pipelined_behind_stls_are_not_processed", "S +OK; C STLS; C USER al; S +OK; S +OK",
     "< OK; > STLS; alert clear text before TLS; tls; alert clear text after STLS = AUTHORIZATION"},
    {"a_client_that_begins_tls_early_sends_no_clear_text",
     "S +OK; C STLS; C= \x16\x03; S +OK; C= garbage; S= \x16\x03",
     "< OK; > STLS; tls = AUTHORIZATION"},
    {"a_client_that_goes_on_in_the_clear_after_stls", "S +OK; C STLS; S +OK; C USER al; C USER al",
     "< OK; > STLS; tls; alert clear text after STLS = AUTHORIZATION"},
    {"a_server_that_goes_on_in_the_clear_after_stls", "S +OK; C STLS; S +OK; C= \x16; S +OK x",
     "< OK; > STLS; tls; alert clear text after STLS = AUTHORIZATION"},
    {"where_stls_may_not_be_what_was_accepted_anything_may_follow",
     "S +OK; C STLS; S what; S +OK; S +OK; C NOOP; S -ERR",
     "< OK; > STLS; !unknown_reply what; tls = AUTHORIZATION"},
    {"a_record_of_another_version_is_none", "S +OK; C STLS; S +OK; C= \x16\x02; S= \x16\x03",
     "< OK; > STLS; tls; alert clear text after STLS = AUTHORIZATION"},
    {"an_alert_of_tls_is_tls", "S +OK; C STLS; S +OK; C= \x15\x03; S= \x16\x03; C= x",
     "< OK; > STLS; tls = AUTHORIZATION"},
    {"behind_a_gap_nothing_begins_a_record", "S +OK; C STLS; S +OK; C! 9; S! 9; C= x; S= x",
     "< OK; > STLS; tls = AUTHORIZATION"},
    {"stls_is_no_longer_offered_is_said_once",
     "S +OK; C CAPA; S +OK; S STLS; S .; C CAPA; S +OK; S TOP; S .; C CAPA; S +OK; S .",
     "< OK; > CAPA; < OK; > CAPA; < OK; alert STLS is no longer offered; > CAPA; < OK = "
     "AUTHORIZATION"},
    {"an_incomplete_list_says_nothing_about_stls",
     "S +OK; C CAPA; S +OK; S STLS; S .; C CAPA; S +OK; S! 6; S .",
     "< OK; > CAPA; < OK; > CAPA; < OK; !gap 6 = AUTHORIZATION"},
    {"after_a_login_stls_need_not_be_offered",
     "S +OK; C CAPA; S +OK; S STLS; S .; C APOP a 0; S +OK; C CAPA; S +OK; S TOP; S .",
     "< OK; > CAPA; < OK; > APOP a 0; login a/; < OK; > CAPA; < OK = TRANSACTION"},

    {"sasl_plain_behind_a_challenge", "S +OK; C AUTH PLAIN; S + ; C AGFsAHB3; S +OK",
     "< OK; > AUTH PLAIN; login al/pw; < OK = TRANSACTION"},
    {"sasl_plain_fails", "S +OK; C AUTH PLAIN AGFsAHB3; S -ERR",
     "< OK; > AUTH PLAIN AGFsAHB3; failed al/pw; < ERR = AUTHORIZATION"},
    {"sasl_login", "S +OK; C AUTH login; S + VXNlcg==; C YWw=; S + UGFzcw==; C cHc=; S +OK",
     "< OK; > AUTH login; login al/pw; < OK = TRANSACTION"},
    {"sasl_login_with_the_user_at_once", "S +OK; C AUTH LOGIN YWw=; S + ; C cHc=; S +OK",
     "< OK; > AUTH LOGIN YWw=; login al/pw; < OK = TRANSACTION"},
    {"sasl_lines_that_wait_already_are_taken_first",
     "C AUTH LOGIN; C YWw=; C cHc=; C QUIT; S +OK; S + ; S + ; S +OK; S +OK",
     "< OK; > AUTH LOGIN; login al/pw; < OK; > QUIT; < OK = UPDATE"},
    {"sasl_lines_are_counted_not_looked_at", "S +OK; C AUTH PLAIN; S + ; C QUIT; C NOOP; S -ERR",
     "< OK; > AUTH PLAIN; !malformed_sasl QUIT; < ERR; ? NOOP needs transaction = AUTHORIZATION"},
    {"sasl_lines_keep_their_blanks", "S +OK; C AUTH PLAIN; C  AGFsAHB3; S -ERR",
     "< OK; > AUTH PLAIN; !bad_base64  AGFsAHB3; < ERR = AUTHORIZATION"},
    {"an_equals_sign_is_an_empty_initial_response", "S +OK; C AUTH LOGIN =; C cHc=; S +OK",
     "< OK; > AUTH LOGIN =; < OK = TRANSACTION"},
    {"a_third_word_of_auth_does_not_count", "S +OK; C AUTH LOGIN YWw= cHc=; C eHg=; S +OK",
     "< OK; > AUTH LOGIN YWw= cHc=; login al/xx; < OK = TRANSACTION"},
    {"a_star_cancels", "S +OK; C AUTH LOGIN; S + ; C YWw=; S + ; C *; C QUIT; S -ERR; S +OK",
     "< OK; > AUTH LOGIN; < ERR; > QUIT; < OK = FINISHED"},
    {"a_star_at_once_cancels", "S +OK; C AUTH PLAIN *; C QUIT; S -ERR; S +OK",
     "< OK; > AUTH PLAIN *; < ERR; > QUIT; < OK = FINISHED"},
    {"an_unknown_mechanism_takes_a_line_for_each_challenge",
     "S +OK; C AUTH XODD; S + ; C YWw=; S +; C cHc=; C QUIT; S +OK; S +OK",
     "< OK; > AUTH XODD; ? AUTH unknown AUTH method XODD; < OK; > QUIT; < OK = UPDATE"},
    {"a_plus_without_blank_is_no_challenge", "S +OK; C AUTH XODD; S +x; C QUIT; S -ERR; S +OK",
     "< OK; > AUTH XODD; ? AUTH unknown AUTH method XODD; < ERR; > QUIT; < OK = FINISHED"},
    {"a_cancelled_unknown_mechanism_counts_no_challenges",
     "S +OK; C AUTH XODD; S + ; C *; S + ; C QUIT; S -ERR; S +OK",
     "< OK; > AUTH XODD; ? AUTH unknown AUTH method XODD; < ERR; > QUIT; < OK = FINISHED"},
    {"the_whole_argument_is_in_the_detail", "S +OK; C AUTH X1 YWw= b; S -ERR",
     "< OK; > AUTH X1 YWw= b; ? AUTH unknown AUTH method X1 YWw= b; < ERR = AUTHORIZATION"},
    {"auth_alone_lists_mechanisms", "S +OK; C AUTH; S +OK; S PLAIN; S .; C USER al; S +OK",
     "< OK; > AUTH; < OK; > USER al; < OK = AUTHORIZATION"},
    {"auth_alone_has_no_challenges", "S +OK; C AUTH; S + ; C USER al; S -ERR; S +OK",
     "< OK; > AUTH; !unknown_reply + ; < ERR; > USER al; < OK = AUTHORIZATION"},

    {"an_unfinished_line_counts_when_its_sender_ends", "S +OK; C= QUIT; C.; S= +OK bye; S.",
     "< OK; > QUIT; < OK bye = FINISHED"},
    {"an_unfinished_line_does_not_count_when_the_peer_ends", "S +OK; C= QUIT; S.",
     "< OK = AUTHORIZATION"},
    {"an_unfinished_terminator_counts_when_the_server_ends",
     "S +OK; C CAPA; C QUIT; S +OK; S TOP; S= .; S.", "< OK; > CAPA; < OK; > QUIT = AUTHORIZATION"},
    {"an_unfinished_body_line_is_nothing", "S +OK; C CAPA; S +OK; S= TO; S.",
     "< OK; > CAPA; < OK = AUTHORIZATION"},
};

std::string repeated(std::string_view text, std::size_t times) {
    std::string result;
    for (; times > 0; --times)
        result += text;
    return result;
}

bool of_too_many_pending_commands_the_newest_is_dropped() {
    unit::SessionBench bench{false};
    bench.bytes(Side::kClient, repeated("NOOP\r\n", kPendingCommands));
    const std::string before = bench.recorder.take();
    bench.bytes(Side::kClient, "NOOP\r\n");
    const std::string dropped = bench.recorder.take();
    bench.bytes(Side::kClient, "QUIT\r\n"); // As after a client gap.
    bench.bytes(Side::kServer, "+OK\r\n-ERR\r\n");
    const std::string after = bench.recorder.take();
    bench.session.release(bench.context);
    return unit::same("before", before, "") &&
           unit::same("dropped", dropped, "!pending_overflow 1") &&
           unit::same("the others go on", after, "< OK; > NOOP; < ERR; > NOOP");
}

bool pending_commands_are_bounded_by_their_bytes() {
    bool fine = true;
    for (const std::size_t more : {std::size_t{0}, std::size_t{1}}) {
        unit::SessionBench bench{false};
        bench.play("S +OK");
        const std::string half = "USER " + std::string(kPendingBytes / 2 - 5, 'x');
        bench.bytes(Side::kClient, half + "\r\n" + half + std::string(more, 'x') + "\r\n");
        const std::string events = bench.recorder.take();
        const bool dropped = events.find("!pending_overflow") != std::string::npos;
        fine = unit::same("dropped", dropped ? 1U : 0U, more) && fine;
        bench.session.release(bench.context);
    }
    return fine;
}

bool a_line_beyond_the_limit_is_processed_as_what_was_kept() {
    unit::SessionBench bench{false};
    bench.play("S +OK");
    bench.recorder.take();
    bench.bytes(Side::kClient, "USER " + std::string(kLineBytes, 'x') + "\r\n", 1'460);
    const std::string events = bench.recorder.take();
    bench.session.release(bench.context);
    return unit::same("events", events,
                      "!line_too_long 5; > USER " + std::string(kLineBytes - 5, 'x'));
}

/// Frames of the commands that replies, logins and the like belong to.
class FrameRecorder final : public EventSink {
public:
    void emit() override { text += std::to_string(event_.request_frame) + ' '; }
    void note_stls_offer() override {}
    [[nodiscard]] bool has_offered_stls() const override { return false; }
    std::string text;
};

bool replies_name_the_frame_of_their_command() {
    FrameRecorder recorder;
    unit::SessionBench bench{false};
    SessionContext context{recorder, bench.pool, bench.exchanges, bench.scratch, 0};
    const auto send = [&](Side from, std::string_view text) {
        ++context.frame;
        bench.session.bytes(from, {as_bytes(text)}, context);
    };
    send(Side::kServer, "+OK\r\n");                // 1: no command
    send(Side::kClient, "USER al\r\nPASS pw\r\n"); // 2: USER
    send(Side::kClient, "QUIT\r\n");               // 3
    send(Side::kServer, "+OK\r\n-ERR\r\n+OK\r\n"); // 4: PASS, failed, ERR, QUIT, OK
    send(Side::kServer, "+OK\r\n");                // 5: no command
    return unit::same("frames", recorder.text, "0 2 2 2 2 2 3 3 0 ");
}

} // namespace

int main() {
    std::vector<CMUnitTest> tests{UNIT_TEST(of_too_many_pending_commands_the_newest_is_dropped),
                                  UNIT_TEST(pending_commands_are_bounded_by_their_bytes),
                                  UNIT_TEST(a_line_beyond_the_limit_is_processed_as_what_was_kept),
                                  UNIT_TEST(replies_name_the_frame_of_their_command)};
    unit::add_rows<unit::gives_events>(tests, kRows);
    return unit::run("unit.pop3_session", tests);
}
