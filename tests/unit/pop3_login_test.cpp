// What a login's result says (docs/semantics.md section 7): mechanism, authorization identity,
// whether the password crossed the wire in the clear, response code and reason.
// SPDX-License-Identifier: GPL-2.0-or-later
#include "events/event_table.hpp"
#include "pop3/response_code.hpp"
#include "session_script.hpp"

using namespace pop3ana;

namespace {

/// Writes logins as "ok MECHANISM AUTHZID clear CODE REASON secret=SECRET", "-" for what is not
/// there.
class LoginRecorder final : public EventSink {
public:
    void emit() override {
        const bool ok = event_.type == POP3ANA_EVENT_LOGIN_SUCCESS;
        if (!ok && event_.type != POP3ANA_EVENT_LOGIN_FAILURE) return;
        if (!text.empty()) text += "; ";
        text.append(ok ? "ok " : "no ").append(view(event_.mechanism)).append(" ");
        text.append(event_.authzid.len != 0 ? view(event_.authzid) : "-");
        text.append(event_.cleartext != 0 ? " clear " : " - ");
        text.append(event_.response_code.len != 0 ? view(event_.response_code) : "-");
        text.append(" ").append(ok ? "-" : name_of(event_.reason, kReasonNames));
        text.append(" ").append(event_.secret.empty() ? "-" : event_.secret);
        if (event_.defies_stls) text += " defies STLS";
    }
    void note_stls_offer() override {}
    [[nodiscard]] bool has_offered_stls() const override { return false; }

    std::string text;
};

struct LoginRow {
    const char *name;
    const char *script;
    const char *logins;
};

constexpr LoginRow kRows[] = {
    {"user_and_pass", "S +OK; C USER al; S +OK; C PASS pw; S +OK", "ok USER - clear - - pw"},
    {"a_wrong_password", "S +OK; C USER al; S +OK; C PASS pw; S -ERR [AUTH] no",
     "no USER - clear AUTH credentials pw"},
    {"apop", "S +OK; C APOP al 0123; S -ERR no", "no APOP - - - unknown -"},
    {"apop_without_digest", "S +OK; C APOP al; S -ERR no", "no APOP - - - not_tried -"},
    {"a_refused_user", "S +OK; C USER al; S -ERR [IN-USE] no", "no USER - - IN-USE not_tried -"},
    {"plain_with_an_identity", "S +OK; C AUTH plain Ym9iAGFsAHB3; S +OK",
     "ok PLAIN bob clear - - pw"},
    {"login", "S +OK; C AUTH LOGIN; S + ; C YWw=; S + ; C cHc=; S -ERR [SYS/TEMP] x",
     "no LOGIN - clear SYS/TEMP system pw"},
    // user=al^Aauth=Bearer t^A^A
    {"xoauth2", "S +OK; C AUTH XOAUTH2 dXNlcj1hbAFhdXRoPUJlYXJlciB0AQE=; S + ; C ; S -ERR [X] y",
     "no XOAUTH2 - clear X other auth=Bearer t\1\1"},
    // n,,n=al,r=x
    {"scram", "S +OK; C AUTH SCRAM-SHA-256-PLUS bixhPWJvYixuPWFsLHI9eA==; S + ; C eA==; S +OK",
     "ok SCRAM-SHA-256-PLUS bob - - - -"},
    {"cram_md5", "S +OK; C AUTH CRAM-MD5; S + ; C YWwgMDE=; S -ERR no",
     "no CRAM-MD5 - - - unknown -"},
    {"external_without_a_name", "S +OK; C AUTH EXTERNAL =; S +OK", "ok EXTERNAL - - - - -"},
    {"k23_pass_is_a_login", "S +OK; C PASS pw; C USER al; S -ERR; S +OK; C PASS pw; S +OK",
     "ok USER - clear - - pw"},
    {"a_second_login_forgets_the_identity",
     "S +OK; C AUTH PLAIN Ym9iAGFsAHB3; S -ERR; C USER al; S +OK; C PASS pw; S -ERR",
     "no PLAIN bob clear - unknown pw; no USER - clear - unknown pw"},
    {"a_locked_maildrop", "S +OK; C USER al; S +OK; C PASS pw; S -ERR Unable to LOCK maildrop",
     "no USER - clear - in_use pw"},
    {"a_busy_mailbox", "S +OK; C USER al; S +OK; C PASS pw; S -ERR mailbox busy",
     "no USER - clear - in_use pw"},
    {"a_lock_of_something_else", "S +OK; C USER al; S +OK; C PASS pw; S -ERR account locked",
     "no USER - clear - unknown pw"},
    {"a_code_counts_more_than_words",
     "S +OK; C USER al; S +OK; C PASS pw; S -ERR [AUTH] maildrop locked",
     "no USER - clear AUTH credentials pw"},
    {"login_delay", "S +OK; C USER al; S +OK; C PASS pw; S -ERR [login-delay 5] wait",
     "no USER - clear LOGIN-DELAY delay pw"},
    {"a_refused_stls",
     "S +OK; C STLS; S -ERR; C USER al; S +OK; C PASS pw; S -ERR; C USER al; S +OK; C PASS "
     "qw; S +OK",
     "no USER - clear - unknown pw defies STLS; ok USER - clear - - qw"},
    {"a_digest_does_not_defy_stls", "S +OK; C STLS; S -ERR; C APOP al 01; S +OK",
     "ok APOP - - - - -"},
};

bool gives_logins(const LoginRow &row) {
    LoginRecorder recorder;
    unit::SessionBench bench{false, recorder};
    bench.play(row.script);
    bench.session.release(bench.context);
    return unit::same(row.name, recorder.text, row.logins);
}

bool decrypted_logins_are_not_in_the_clear() {
    LoginRecorder recorder;
    unit::SessionBench bench{false, recorder};
    bench.play("S +OK; C STLS; S +OK");
    bench.session.continue_decrypted(bench.context);
    bench.play("C USER al; S +OK; C PASS pw; S +OK");
    bench.session.release(bench.context);
    return unit::same("logins", recorder.text, "ok USER - - - - pw");
}

struct CodeRow {
    const char *name;
    const char *message;
    const char *code; ///< NULL: there is none
};

constexpr CodeRow kCodes[] = {
    {"a_code", "[AUTH] no", "AUTH"},
    {"a_code_in_small_letters", "[in-use] no", "IN-USE"},
    {"a_code_ends_at_a_blank", "[LOGIN-DELAY 60]", "LOGIN-DELAY"},
    {"a_long_code_is_cut", "[0123456789012345678901234567890123]",
     "01234567890123456789012345678901"},
    {"an_empty_code", "[]", ""},
    {"no_end", "[AUTH no", nullptr},
    {"not_at_the_start", " [AUTH] no", nullptr},
    {"nothing", "", nullptr},
};

bool has_code(const CodeRow &row) {
    const unit::FlushCopy message{row.message};
    const ResponseCode code{as_text(message.bytes())};
    return unit::same(row.name, code.is_there(), row.code != nullptr) &&
           unit::same(row.name, code.text(), row.code != nullptr ? row.code : "");
}

} // namespace

int main() {
    std::vector<CMUnitTest> tests{UNIT_TEST(decrypted_logins_are_not_in_the_clear)};
    unit::add_rows<gives_logins>(tests, kRows);
    unit::add_rows<has_code>(tests, kCodes);
    return unit::run("unit.pop3_login", tests);
}
