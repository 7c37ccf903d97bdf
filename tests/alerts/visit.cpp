// What is said in a visit.
// SPDX-License-Identifier: GPL-2.0-or-later
#include "login_load.hpp"

#include "dialogue.hpp"

#include <string_view>

namespace pop3ana_alerts {
namespace {

using namespace pop3ana_test;

std::string reply_to(const Login &login, Random &random) {
    constexpr std::string_view kSuccess[] = {"+OK", "+OK Logged in.", "+OK 3 messages"};
    constexpr std::string_view kWrong[] = {"-ERR", "-ERR [AUTH] Authentication failed.",
                                           "-ERR Invalid user name or password."};
    constexpr std::string_view kRefused[] = {
        "-ERR [IN-USE] Mailbox is in use", "-ERR [LOGIN-DELAY] minimum time between logins",
        "-ERR [SYS/TEMP] Temporary failure", "-ERR maildrop already locked"};
    std::string_view reply;
    switch (login.outcome) {
    case Outcome::Success: reply = random.pick(kSuccess); break;
    case Outcome::Wrong: reply = random.pick(kWrong); break;
    case Outcome::Refused: reply = random.pick(kRefused); break;
    }
    return std::string{reply}.append("\r\n");
}

class Talk {
public:
    explicit Talk(const ConversationSettings &settings) : conversation_(settings) {
        conversation_.open();
        conversation_.send(Side::Server, "+OK ready <1.2@example.org>\r\n");
    }

    void ask(const std::string &line, const std::string &reply) {
        conversation_.send(Side::Client, line + "\r\n");
        conversation_.send(Side::Server, reply);
    }
    void log_in(const Login &login, Mechanism mechanism, Random &random) {
        const std::string reply = reply_to(login, random);
        std::string identity(1, '\0');
        identity.append(login.user).append(1, '\0').append(login.secret);
        switch (mechanism) {
        case Mechanism::UserPass:
            ask("USER " + login.user, "+OK\r\n");
            ask("PASS " + login.secret, reply);
            break;
        case Mechanism::Plain:
            ask("AUTH PLAIN", "+ \r\n");
            ask(base64(identity), reply);
            break;
        case Mechanism::PlainInitial: ask("AUTH PLAIN " + base64(identity), reply); break;
        case Mechanism::Login:
            ask("AUTH LOGIN", "+ VXNlcm5hbWU6\r\n");
            ask(base64(login.user), "+ UGFzc3dvcmQ6\r\n");
            ask(base64(login.secret), reply);
            break;
        case Mechanism::Apop:
            ask("APOP " + login.user + " " + random.word(32), reply); // differs each time
            break;
        }
    }
    void wait(std::int64_t duration_ns) { conversation_.wait(duration_ns); }
    Capture end() {
        ask("QUIT", "+OK\r\n");
        conversation_.close();
        return conversation_.take();
    }

private:
    Conversation conversation_;
};

} // namespace

Capture play(const Visit &visit, Random &random) {
    const Endpoint server =
        visit.client.family == 4 ? endpoint("192.0.2.1", 110) : endpoint("2001:db8:ffff::1", 110);
    Talk talk({.client = visit.client,
               .server = server,
               .client_isn = random.number(),
               .server_isn = random.number(),
               .start_ns = visit.start_ns,
               .step_ns = static_cast<std::int64_t>(random.between(1, 40)) * kSecond / 1'000});
    if (random.chance(0.2)) talk.ask("CAPA", "+OK\r\nUSER\r\nSTLS\r\nSASL PLAIN LOGIN\r\n.\r\n");
    for (const Login &login : visit.logins) {
        if (&login != visit.logins.data()) talk.wait(visit.pause_ns);
        talk.log_in(login, visit.mechanism, random);
    }
    return talk.end();
}

} // namespace pop3ana_alerts
