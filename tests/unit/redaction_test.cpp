// What --redact shows and hides, field by field.
// SPDX-License-Identifier: GPL-2.0-or-later
#include "policy_bench.hpp"

using namespace pop3ana;
using unit::anomaly;
using unit::login;
using unit::reply;
using unit::request;

namespace {

struct Row {
    const char *name;
    Fact fact;
    const char *event;
};

Fact unknown_mechanism(std::string_view text) {
    return unit::fact(POP3ANA_EVENT_UNEXPECTED, Command::kAuth, text);
}

const Row kRows[] = {
    {"a_password_is_hidden", request(Command::kPass, "secret"), "#1 > PASS <redacted>"},
    {"an_empty_password_is_shown_as_empty", request(Command::kPass, ""), "#1 > PASS "},
    {"a_user_is_shown", request(Command::kUser, "alice"), "#1 > USER alice"},
    {"of_apop_the_user_is_shown", request(Command::kApop, "alice c4c9334bac56"),
     "#1 > APOP alice <redacted>"},
    {"of_apop_with_a_tab_the_user_is_shown", request(Command::kApop, "alice\tc4c9 33"),
     "#1 > APOP alice^I<redacted>"},
    {"apop_with_a_user_alone", request(Command::kApop, "alice"), "#1 > APOP alice"},
    {"an_initial_response_is_hidden", request(Command::kAuth, "PLAIN AGFsAHB3"),
     "#1 > AUTH PLAIN <redacted>"},
    {"all_behind_the_mechanism_is_hidden", request(Command::kAuth, "LOGIN YWw= cHc="),
     "#1 > AUTH LOGIN <redacted>"},
    {"a_mechanism_is_shown", request(Command::kAuth, "CRAM-MD5"), "#1 > AUTH CRAM-MD5"},
    {"other_arguments_are_shown", request(Command::kRetr, "1 2"), "#1 > RETR 1 2"},
    {"the_detail_of_an_unknown_mechanism_hides_its_response",
     unknown_mechanism("unknown AUTH method XOAUTH2 dXNlcg=="),
     "#1 unexpected cmd: AUTH detail: unknown AUTH method XOAUTH2 <redacted>"},
    {"the_detail_of_an_unknown_mechanism_alone_is_shown",
     unknown_mechanism("unknown AUTH method GSSAPI"),
     "#1 unexpected cmd: AUTH detail: unknown AUTH method GSSAPI"},
    {"other_details_are_shown",
     unknown_mechanism("not allowed in other state than 'authorization'"),
     "#1 unexpected cmd: AUTH detail: not allowed in other state than 'authorization'"},
    {"a_login_hides_its_password", login(true, "alice", "secret"),
     "#1 > login successful: user alice password: <redacted>"},
    {"a_failed_login_does_too", login(false, "alice", "secret"),
     "#1 > login failed: user alice password: <redacted>"},
    {"a_password_that_was_not_seen_is_told", login(true, "alice", ""),
     "#1 > login successful: user alice password: <not seen>"},
    {"replies_are_shown", reply(true, Command::kPass, "welcome"), "#1 < OK welcome"},
    {"an_unknown_command_may_be_a_password", anomaly(POP3ANA_ANOMALY_UNKNOWN_COMMAND, "PAS secret"),
     "[#1 unknown_command <redacted>]"},
    {"so_may_a_sasl_line", anomaly(POP3ANA_ANOMALY_BAD_BASE64, "secret!"),
     "[#1 bad_base64 <redacted>]"},
    {"so_may_a_malformed_sasl_line", anomaly(POP3ANA_ANOMALY_MALFORMED_SASL, "c2VjcmV0"),
     "[#1 malformed_sasl <redacted>]"},
    {"so_may_a_line_of_the_server", anomaly(POP3ANA_ANOMALY_UNKNOWN_REPLY, "mail"),
     "[#1 unknown_reply <redacted>]"},
    {"so_may_a_command_of_the_server", anomaly(POP3ANA_ANOMALY_COMMAND_FROM_SERVER, "PASS x"),
     "[#1 command_from_server <redacted>]"},
    {"an_anomaly_without_text_stays_without", anomaly(POP3ANA_ANOMALY_GAP), "[#1 gap]"},
};

std::string event_of(const Fact &fact, std::uint8_t redact) {
    pop3ana_config values = default_config();
    values.redact = redact;
    unit::PolicyBench bench{values};
    bench.session.number = 1;
    return bench.events_of(fact);
}

bool is_redacted(const Row &row) {
    return unit::same(row.name, event_of(row.fact, 1), row.event) &&
           unit::holds("nothing is hidden unless asked",
                       event_of(row.fact, 0).find("<redacted>") == std::string::npos);
}

} // namespace

int main() {
    std::vector<CMUnitTest> tests;
    unit::add_rows<is_redacted>(tests, kRows);
    return unit::run("unit.redaction", tests);
}
