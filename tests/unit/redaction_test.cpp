// What --redact shows and hides of what a session says.
// SPDX-License-Identifier: GPL-2.0-or-later
#include "event_bench.hpp"
#include "session_script.hpp"

namespace {

struct Row {
    const char *name;
    const char *script; ///< see SessionBench::play()
    const char *events; ///< of its last step
};

const Row kRows[] = {
    {"a_password_is_hidden", "C USER al; S +OK; C PASS secret", "#1 > PASS <redacted>"},
    {"an_empty_password_is_shown_as_empty", "C USER al; S +OK; C PASS", "#1 > PASS "},
    {"a_user_is_shown", "C USER alice", "#1 > USER alice"},
    {"of_apop_the_user_is_shown", "C APOP alice c4c9334bac56", "#1 > APOP alice <redacted>"},
    {"of_apop_with_a_tab_the_user_is_shown", "C APOP alice\tc4c9 33",
     "#1 > APOP alice^I<redacted>"},
    {"apop_with_a_user_alone", "C APOP alice", "#1 > APOP alice"},
    {"an_initial_response_is_hidden", "C AUTH PLAIN AGFsAHB3", "#1 > AUTH PLAIN <redacted>"},
    {"all_behind_the_mechanism_is_hidden", "C AUTH LOGIN YWw= cHc=", "#1 > AUTH LOGIN <redacted>"},
    {"a_mechanism_is_shown", "C AUTH CRAM-MD5", "#1 > AUTH CRAM-MD5"},
    {"other_arguments_are_shown", "C LANG fr x", "#1 > LANG fr x"},
    {"the_detail_of_an_unknown_mechanism_hides_its_response", "C AUTH FOO dXNlcg==",
     "#1 > AUTH FOO <redacted>; "
     "#1 unexpected cmd: AUTH detail: unknown AUTH method FOO <redacted>"},
    {"the_detail_of_an_unknown_mechanism_alone_is_shown", "C AUTH FOO",
     "#1 > AUTH FOO; #1 unexpected cmd: AUTH detail: unknown AUTH method FOO"},
    {"a_login_hides_its_password", "C USER al; S +OK; C PASS secret; S +OK",
     "#1 > login successful: user al password: <redacted>; #1 < OK "},
    {"a_failed_login_does_too", "C USER al; S +OK; C PASS secret; S -ERR",
     "#1 > login failed: user al password: <redacted>; #1 < ERR "},
    {"a_password_that_was_not_seen_is_told", "C AUTH PLAIN AGFsAA==; S +OK",
     "#1 > login successful: user al password: <not seen>; #1 < OK "},
    {"replies_are_shown", "C USER al; S +OK welcome", "#1 < OK welcome"},
    {"an_unknown_command_may_be_a_password", "C PAS secret", "[#1 unknown_command <redacted>]"},
    {"so_may_a_sasl_line", "C AUTH PLAIN; S + ; C secret!", "[#1 bad_base64 <redacted>]"},
    {"so_may_a_malformed_sasl_line", "C AUTH PLAIN; S + ; C c2VjcmV0",
     "[#1 malformed_sasl <redacted>]"},
    {"so_may_a_line_of_the_server", "S mail", "[#1 unknown_reply <redacted>]"},
    {"so_may_a_command_of_the_server", "S PASS x", "[#1 command_from_server <redacted>]"},
    {"an_anomaly_without_text_stays_without", "S! 5", "[#1 gap]"},
};

std::string last_events_of(const char *script, std::uint8_t redact) {
    pop3ana_config values = pop3ana::default_config();
    values.redact = redact;
    unit::EventBench events{values};
    unit::SessionBench bench{false, events.builder};
    bench.play("S +OK");
    const std::vector<std::string_view> steps = unit::split(script, "; ");
    for (const std::string_view step : steps) {
        events.text.clear();
        bench.play(step);
    }
    bench.session.release(bench.context);
    return events.text;
}

bool is_redacted(const Row &row) {
    return unit::same(row.name, last_events_of(row.script, 1), row.events) &&
           unit::holds("nothing is hidden unless asked",
                       last_events_of(row.script, 0).find("<redacted>") == std::string::npos);
}

} // namespace

int main() {
    std::vector<CMUnitTest> tests;
    unit::add_rows<is_redacted>(tests, kRows);
    return unit::run("unit.redaction", tests);
}
