// POP3 on any port ("auto" among the ports; docs/semantics.md section 12): it is found wherever it
// is, however it is cut and whatever runs beside it, and gives the lines that it gives on a port
// that is listed. Other protocols give none.
// SPDX-License-Identifier: GPL-2.0-or-later
#include "cmocka.hpp"
#include "mutate.hpp"
#include "proper.hpp"
#include "run.hpp"

#include <algorithm>
#include <cstdio>
#include <functional>

using namespace pop3ana_test;

namespace {

Options with_ports(const std::string &ports) {
    Options options;
    options.config.ports = ports.c_str();
    return options;
}

std::uint16_t any_port(Random &random) {
    return static_cast<std::uint16_t>(random.between(1, 65'535));
}

/// On a server's port of its own; the client's may be any.
ConversationSettings settings_at(Random &random, std::uint16_t port) {
    auto settings = random_settings(random, static_cast<std::uint16_t>(random.below(30'000)));
    settings.server.port = port;
    if (settings.client.port == port) ++settings.client.port;
    return settings;
}

/// A session whose first command AUTHORIZATION accepts; some clients try others before they log in.
Script session_script(Random &random) {
    constexpr const char *kOpenings[] = {"USER", "APOP", "AUTH", "CAPA", "STLS", "QUIT"};
    for (;;) {
        const auto script = proper_script(random, random.pick(kClientKinds)).said;
        const auto first = std::find_if(script.begin(), script.end(),
                                        [](const Turn &turn) { return turn.from == Side::Client; });
        if (first == script.end()) continue;
        for (const std::string_view opening : kOpenings)
            if (first->bytes.starts_with(opening)) return script;
    }
}

/// Such sessions at any ports, all at once.
Capture sessions(Random &random, std::size_t count, std::string &ports) {
    std::vector<Capture> all;
    for (std::size_t number = 1; number <= count; ++number) {
        const std::uint16_t port = any_port(random);
        if (!ports.empty()) ports.push_back(',');
        ports.append(std::to_string(port));
        all.push_back(move_hosts(play(session_script(random), settings_at(random, port), random),
                                 static_cast<std::uint8_t>(number)));
    }
    return interleave(all, random);
}

bool sessions_are_found_as_if_listed(Random &random) {
    std::string ports;
    const auto capture = sessions(random, 20, ports);
    const auto listed = run(capture, with_ports(ports));
    const auto found = run(capture, with_ports("auto"));
    if (!holds("any_port", difference(listed, found), capture, capture)) return false;
    if (found.counters.connections_detected != 20) {
        std::printf("%llu of 20 sessions are found\n",
                    static_cast<unsigned long long>(found.counters.connections_detected));
        return false;
    }
    return true;
}

bool neither_cuts_nor_order_matter(Random &random) {
    std::string ports;
    const auto capture = sessions(random, 10, ports);
    const auto expected = run(capture, with_ports("auto"));
    for (const std::size_t longest : {1U, 2U, 7U, 50U}) {
        const auto cut = resegment(capture, random, longest);
        const auto why = difference(expected, run(cut, with_ports("auto")));
        if (!holds("any_port-split", why, capture, cut)) return false;
    }
    for (const auto &changed : {move_packets(capture, random, 4), duplicate(capture, random, 0.2),
                                overlap(capture, random, 0.3), wrap_sequences(capture, random)}) {
        const auto why = difference(expected, run(changed, with_ports("auto")));
        if (!holds("any_port-order", why, capture, changed)) return false;
    }
    return true;
}

/// What is lost may hide a session; what is found of one is as on a port that is listed.
bool with_losses_nothing_else_is_said(Random &random) {
    std::string ports;
    const auto capture = lose(sessions(random, 20, ports), random, 0.02);
    const auto listed = run(capture, with_ports(ports));
    auto found = run(capture, with_ports("auto"));
    auto expected = listed;
    for (auto &[ends, log] : expected.connections)
        if (!found.connections.contains(ends)) log = {}, found.connections[ends];
    return holds("any_port-loss", difference(expected, found), capture, capture);
}

/// A dialogue of another protocol; the server is the one that listens.
struct Dialogue {
    const char *name;
    Script turns;
};

constexpr Side C = Side::Client;
constexpr Side S = Side::Server;

const Dialogue kOthers[] = {
    {"redis",
     {{C, "*2\r\n$4\r\nAUTH\r\n$6\r\nsecret\r\n"},
      {S, "+OK\r\n"},
      {C, "*1\r\n$4\r\nQUIT\r\n"},
      {S, "+OK\r\n"}}},
    {"redis inline", {{C, "AUTH secret\r\n"}, {S, "+OK\r\n"}, {C, "QUIT\r\n"}, {S, "+OK\r\n"}}},
    {"nats",
     {{S, "INFO {\"server_id\":\"NB\",\"version\":\"2.10.4\",\"max_payload\":1048576}\r\n"},
      {C, "CONNECT {\"verbose\":true}\r\n"},
      {S, "+OK\r\n"},
      {C, "PUB USER 4\r\nQUIT\r\n"},
      {S, "+OK\r\n"}}},
    {"imap",
     {{S, "* OK [CAPABILITY IMAP4rev1 AUTH=PLAIN] Dovecot ready.\r\n"},
      {C, "a1 CAPABILITY\r\n"},
      {S, "* CAPABILITY IMAP4rev1\r\na1 OK done\r\n"},
      {C, "a2 LOGIN alice secret\r\n"},
      {S, "a2 NO [AUTHENTICATIONFAILED] no\r\n"},
      {C, "a3 LOGOUT\r\n"}}},
    {"smtp",
     {{S, "220 mail.example.org ESMTP\r\n"},
      {C, "EHLO client\r\n"},
      {S, "250-mail.example.org\r\n250 AUTH PLAIN LOGIN\r\n"},
      {C, "AUTH LOGIN\r\n"},
      {S, "334 VXNlcm5hbWU6\r\n"},
      {C, "QUIT\r\n"},
      {S, "221 Bye\r\n"}}},
    {"ftp",
     {{S, "220 (vsFTPd 3.0.3)\r\n"},
      {C, "USER alice\r\n"},
      {S, "331 Please specify the password.\r\n"},
      {C, "PASS secret\r\n"},
      {S, "530 Login incorrect.\r\n"},
      {C, "QUIT\r\n"}}},
    {"http",
     {{C, "GET /+OK HTTP/1.1\r\nHost: x\r\n\r\n"},
      {S, "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n+OK\r\n"},
      {C, "USER alice\r\n"}}},
    {"tls",
     {{C, std::string("\x16\x03\x01\x00\x05\x01\x00\x00\x01\x03", 10)},
      {S, std::string("\x16\x03\x03\x00\x04\x02\x00\x00\x00", 9)},
      {C, std::string("\x17\x03\x03\x00\x05+OK\r\n", 10)}}},
    {"ssh",
     {{S, "SSH-2.0-OpenSSH_9.2p1 Debian-2\r\n"},
      {C, "SSH-2.0-OpenSSH_9.2p1\r\n"},
      {S, std::string("\0\0\4\x0c\x0a\x14", 6)}}},
    {"managesieve",
     {{S, "\"IMPLEMENTATION\" \"Dovecot Pigeonhole\"\r\n\"SASL\" \"PLAIN\"\r\nOK \"ready.\"\r\n"},
      {C, "CAPABILITY\r\n"},
      {S, "\"SASL\" \"PLAIN\"\r\nOK \"done\"\r\n"},
      {C, "LOGOUT\r\n"},
      {S, "OK \"Logout completed.\"\r\n"}}},
    {"memcached",
     {{C, "set USER 0 0 4\r\nPASS\r\n"}, {S, "STORED\r\n"}, {C, "quit\r\n"}, {S, "+OK\r\n"}}},
    {"nntp", {{S, "200 news.example.org ready\r\n"}, {C, "CAPABILITIES\r\n"}, {S, "101 list\r\n"}}},
    {"poppassd", {{S, "200 ready\r\n"}, {C, "user alice\r\n"}, {S, "200 ok\r\n"}}},
    {"irc", {{C, "NICK a\r\nUSER a 0 * :a\r\n"}, {S, ":irc 001 a :Welcome\r\n"}}},
};

Script random_bytes(Random &random) {
    Script script;
    for (std::size_t turns = 1 + random.below(6); turns > 0; --turns) {
        const Bytes bytes = random.bytes(1 + random.below(300));
        script.push_back({random.chance(0.5) ? C : S, std::string(bytes.begin(), bytes.end())});
    }
    return script;
}

bool other_protocols_are_none(Random &random) {
    std::vector<Capture> all;
    for (const Dialogue &dialogue : kOthers)
        all.push_back(play(dialogue.turns, settings_at(random, any_port(random)), random));
    for (std::size_t count = 10; count > 0; --count)
        all.push_back(play(random_bytes(random), settings_at(random, any_port(random)), random));
    for (std::size_t i = 0; i < all.size(); ++i)
        all[i] = move_hosts(all[i], static_cast<std::uint8_t>(i + 1));
    auto capture = interleave(all, random);
    if (random.chance(0.5)) capture = resegment(capture, random, 1 + random.below(40));
    if (random.chance(0.3)) capture = move_packets(capture, random, 4);
    if (random.chance(0.3)) capture = lose(capture, random, 0.05);
    const auto found = run(capture, with_ports("auto"));
    std::string why = found.broken_law;
    if (why.empty() && found.counters.connections_detected + found.log.size() != 0)
        why = found.log.empty() ? "a connection is taken for POP3" : found.log.front();
    return holds("any_port-others", why, capture, capture);
}

/// On 4,096 ports, which change from run to run.
bool is_none_on_any_port(const char *name, const std::function<Script()> &script, Random &random) {
    Capture capture;
    for (std::uint32_t port = 1; port < 65'536; port += 16) {
        const auto one = static_cast<std::uint16_t>(port + random.below(15));
        const auto more = play(script(), settings_at(random, one), random);
        capture.insert(capture.end(), more.begin(), more.end());
    }
    const auto found = run(capture, with_ports("auto"));
    if (found.counters.connections_detected == 0 && found.log.empty() && found.broken_law.empty())
        return true;
    std::printf("%s is taken for POP3 %llu times %s\n", name,
                static_cast<unsigned long long>(found.counters.connections_detected),
                found.broken_law.c_str());
    return false;
}

bool no_protocol_is_taken_for_pop3() {
    Random random(announced_seed("law.any_port"));
    bool fine = is_none_on_any_port(
        "random bytes", [&] { return random_bytes(random); }, random);
    for (const Dialogue &dialogue : kOthers)
        fine = is_none_on_any_port(
                   dialogue.name, [&] { return dialogue.turns; }, random) &&
               fine;
    return fine;
}

bool a_session_on_each_of_1000_ports_is_found() {
    Random random(announced_seed("law.any_port"));
    Capture capture;
    std::uint64_t unlisted = 0;
    for (int count = 0; count < 1'000; ++count) {
        const std::uint16_t port = any_port(random);
        unlisted += port != 110 ? 1 : 0;
        auto settings = settings_at(random, port);
        if (!capture.empty()) settings.start_ns = capture.back().ts_ns + kSecond;
        const auto more = play(session_script(random), settings, random);
        capture.insert(capture.end(), more.begin(), more.end());
    }
    const auto found = run(capture, with_ports("110,auto"));
    std::printf("%llu of %llu found %s\n",
                static_cast<unsigned long long>(found.counters.connections_detected),
                static_cast<unsigned long long>(unlisted), found.broken_law.c_str());
    return found.broken_law.empty() && found.counters.connections_detected == unlisted &&
           found.counters.sessions == 1'000;
}

void sessions_on_any_port_give_the_lines_of_listed_ones(void **) {
    assert_true(holds_for_rounds("law.any_port", 20, sessions_are_found_as_if_listed));
}
void segmentation_and_order_do_not_change_what_is_found(void **) {
    assert_true(holds_for_rounds("law.any_port", 10, neither_cuts_nor_order_matter));
}
void losses_hide_sessions_and_change_none(void **) {
    assert_true(holds_for_rounds("law.any_port", 20, with_losses_nothing_else_is_said));
}
void other_protocols_are_no_sessions(void **) {
    assert_true(holds_for_rounds("law.any_port", 100, other_protocols_are_none));
}
void other_protocols_on_thousands_of_ports_are_no_sessions(void **) {
    assert_true(no_protocol_is_taken_for_pop3());
}
void all_sessions_on_a_thousand_ports_are_found(void **) {
    assert_true(a_session_on_each_of_1000_ports_is_found());
}

} // namespace

int main() {
    const CMUnitTest tests[] = {
        cmocka_unit_test(sessions_on_any_port_give_the_lines_of_listed_ones),
        cmocka_unit_test(segmentation_and_order_do_not_change_what_is_found),
        cmocka_unit_test(losses_hide_sessions_and_change_none),
        cmocka_unit_test(other_protocols_are_no_sessions),
        cmocka_unit_test(other_protocols_on_thousands_of_ports_are_no_sessions),
        cmocka_unit_test(all_sessions_on_a_thousand_ports_are_found),
    };
    return cmocka_run_group_tests_name("law.any_port", tests, nullptr, nullptr);
}
