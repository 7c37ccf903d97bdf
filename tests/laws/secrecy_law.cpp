// With redaction on, no secret leaves the engine: no password, no APOP digest, no SASL line, no
// argument of an unknown command (it may be a misspelt PASS) - not in any field of any event, not
// in any log line, not even in part, and not when packets are lost on the way.
// SPDX-License-Identifier: GPL-2.0-or-later
#include "cmocka.hpp"
#include "dialogue.hpp"
#include "mutate.hpp"
#include "run.hpp"

#include <algorithm>
#include <cctype>

using namespace pop3ana_test;

namespace {

/// So many characters of a secret in a row are no accident.
constexpr std::size_t kTelling = 8;

std::string lower(std::string text) {
    for (auto &letter : text)
        letter = static_cast<char>(std::tolower(static_cast<unsigned char>(letter)));
    return text;
}

class Secrets {
public:
    explicit Secrets(Random &random) : random_(random) {}

    std::string password() { return remember(random_.word(16)); }
    /// A line that no one may see, whatever it says when it is decoded.
    std::string line(const std::string &bytes) { return remember(base64(bytes)); }

    /// A secret that shows in `text`; empty: none.
    [[nodiscard]] std::string shown_in(const std::string &text) const {
        const std::string where = lower(text);
        for (const auto &secret : secrets_)
            for (std::size_t at = 0; at + kTelling <= secret.size(); ++at)
                if (where.find(secret.substr(at, kTelling)) != std::string::npos) return secret;
        return {};
    }

private:
    std::string remember(const std::string &secret) {
        secrets_.push_back(lower(secret));
        return secret;
    }
    Random &random_;
    std::vector<std::string> secrets_;
};

constexpr const char *kStatuses[] = {"+OK\r\n", "+OK welcome\r\n", "-ERR no\r\n"};
constexpr const char *kChallenges[] = {"+ \r\n", "+ PDE4OTYuNjk3MTcwOTUyQHg+\r\n", ""};

void log_in(Script &script, Random &random, Secrets &secrets) {
    const auto client = [&](const std::string &line) {
        script.push_back({Side::Client, line + "\r\n"});
    };
    const auto server = [&](const char *line) {
        if (*line != '\0') script.push_back({Side::Server, line});
    };
    const auto challenge = [&] { server(random.pick(kChallenges)); };
    const auto user = random.word(3);
    switch (random.below(10)) {
    case 0:
        client("USER " + user);
        server(random.pick(kStatuses));
        client("PASS " + secrets.password());
        break;
    case 1: client("USER " + user + "\r\nPASS " + secrets.password()); break; // pipelined
    case 2: client("APOP " + user + ' ' + secrets.password()); break;
    case 3: client("AUTH PLAIN " + secrets.line('\0' + user + '\0' + secrets.password())); break;
    case 4:
        client("auth plain");
        challenge();
        client(secrets.line('\0' + user + '\0' + secrets.password()));
        break;
    case 5:
        client("AUTH LOGIN");
        challenge();
        client(base64(user));
        challenge();
        client(secrets.line(secrets.password()));
        break;
    case 6: client("AUTH LOGIN " + base64(user) + "\r\n" + secrets.line(secrets.password())); break;
    case 7:
        client("AUTH CRAM-MD5");
        challenge();
        client(secrets.line(user + ' ' + secrets.password()));
        break;
    case 8:
        client("AUTH XOAUTH2 " +
               secrets.line("user=" + user + "\1auth=Bearer " + secrets.password()));
        challenge();
        client("");
        break;
    default:
        client("AUTH SCRAM-SHA-256");
        challenge();
        client(secrets.line("n,,n=" + user + ",r=" + secrets.password()));
        challenge();
        client(secrets.line("p=" + secrets.password()));
        break;
    }
    server(random.pick(kStatuses));
    if (random.chance(0.3)) server(random.pick(kStatuses));
}

void misspell(Script &script, Random &random, Secrets &secrets) {
    constexpr const char *kCommands[] = {"PSAS ", "PASS\t", "LOGIN alice ",
                                         "",      "XPASS ", "AUTHENTICATE "};
    const std::string command = random.pick(kCommands);
    script.push_back({Side::Client, command + secrets.password() + "\r\n"});
    script.push_back({Side::Server, random.pick(kStatuses)});
}

Capture session(Random &random, Secrets &secrets) {
    Script script;
    if (random.chance(0.9)) script.push_back({Side::Server, "+OK ready\r\n"});
    for (std::size_t left = random.between(1, 6); left > 0; --left) {
        if (random.chance(0.8))
            log_in(script, random, secrets);
        else
            misspell(script, random, secrets);
        if (!random.chance(0.3)) continue;
        script.push_back({Side::Client, random.chance(0.5) ? "STAT\r\n" : "RETR 1\r\n"});
        script.push_back({Side::Server, "+OK\r\nHello\r\n.\r\n"});
    }
    return play(script, random_settings(random, 0), random);
}

Capture with_losses(const Capture &capture, Random &random) {
    switch (random.below(6)) {
    case 0: return capture;
    case 1: return lose(capture, random, 0.1);
    case 2: return lose(resegment(capture, random, 12), random, 0.05);
    case 3: return snap(capture, random.between(60, 100));
    case 4: return cut_start(capture, random);
    default: return move_packets(lose(capture, random, 0.1), random, 8);
    }
}

/// What an event says to a program or a reader.
std::string everything(const Event &event) {
    std::string text;
    for (const auto *part :
         {&event.command, &event.text, &event.user, &event.password, &event.line})
        text += *part + '\n';
    return text;
}

bool no_secret_is_shown(Random &random) {
    Secrets secrets(random);
    const auto capture = with_losses(session(random, secrets), random);
    Options options;
    options.config.redact = 1;
    options.config.error_threshold = 0;
    options.keep_events = true;
    const auto outcome = run(capture, options);
    std::string why = outcome.broken_law;
    for (const auto &event : outcome.events) {
        const auto text = everything(event);
        const auto secret = secrets.shown_in(text);
        if (!secret.empty() && why.empty())
            why = "the secret " + secret + " shows in the event " +
                  pop3ana_event_name(event.plain.type) + ' ' +
                  pop3ana_anomaly_name(event.plain.anomaly) + ":\n" + text;
    }
    return holds("secrecy", why, capture, capture);
}

/// Without redaction the same sessions do show secrets, or the law above would say nothing.
bool secrets_are_found() {
    Random random(1);
    bool found = false;
    for (int round = 0; round < 20; ++round) {
        Secrets secrets(random);
        const auto outcome = run(session(random, secrets));
        for (const auto &line : outcome.log)
            found = found || !secrets.shown_in(line).empty();
    }
    return found;
}

void redacted_events_show_no_secret(void **) {
    assert_true(holds_for_rounds("law.secrecy", 2000, no_secret_is_shown));
}

void events_that_are_not_redacted_show_passwords(void **) {
    assert_true(secrets_are_found());
}

} // namespace

int main() {
    const CMUnitTest tests[] = {
        cmocka_unit_test(redacted_events_show_no_secret),
        cmocka_unit_test(events_that_are_not_redacted_show_passwords),
    };
    return cmocka_run_group_tests_name("law.secrecy", tests, nullptr, nullptr);
}
