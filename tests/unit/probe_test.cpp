// Whether a connection is POP3, at every cut (docs/semantics.md section 12).
// SPDX-License-Identifier: GPL-2.0-or-later
#include "base/limits.hpp"
#include "pop3/probe.hpp"
#include "support.hpp"

using namespace pop3ana;
using unit::holds;
using unit::same;

namespace {

struct Said {
    Side from;
    std::string bytes;
};
constexpr Side kClient = Side::kClient;
constexpr Side kServer = Side::kServer;

struct Row {
    const char *name;
    std::vector<Said> said;
    Claim claim; ///< of all of it
};

constexpr Claim kPop3 = Claim::kClaimed;
constexpr Claim kOther = Claim::kRejected;
constexpr Claim kOpen = Claim::kUndecided;

std::string with_nul(const char *before, const char *behind) {
    return std::string{before} + '\0' + behind;
}

const std::string kVersion2 = with_nul("\r\n\r\n", "\r\nQUIT\n\x20") + std::string(3, '\0');

Row command(const char *name, const char *line, Claim claim) {
    return {name, {{kServer, "+OK\r\n"}, {kClient, line}}, claim};
}
Row greeting(const char *name, const char *line, Claim claim) {
    return {name, {{kServer, line}, {kClient, "USER al\r\n"}}, claim};
}
Row preface(const char *name, const std::string &before) {
    return {name, {{kClient, before}, {kServer, "+OK\r\n"}, {kClient, "CAPA\r\n"}}, kPop3};
}

const Row kRows[] = {
    command("user", "USER al\r\n", kPop3),
    command("small_letters", "user al\r\n", kPop3),
    command("apop", "APOP al 0123456789abcdef\r\n", kPop3),
    command("auth_with_a_mechanism", "AUTH PLAIN\r\n", kPop3),
    command("auth_alone", "AUTH\r\n", kPop3),
    command("capa", "CAPA\r\n", kPop3),
    command("stls", "STLS\r\n", kPop3),
    command("quit", "QUIT\r\n", kPop3),
    command("utf8", "UTF8\r\n", kPop3),
    command("lang", "LANG *\r\n", kPop3),
    command("xclient", "XCLIENT ADDR=192.0.2.1\r\n", kPop3),
    command("lf_alone", "CAPA\n", kPop3),
    command("tab_in_a_name", "USER a\tl\r\n", kPop3),
    command("blanks_before_it", "  CAPA\r\n", kPop3),
    command("pass_without_user", "PASS x\r\n", kOther),
    command("stat", "STAT\r\n", kOther),
    command("list", "LIST\r\n", kOther),
    command("retr", "RETR 1\r\n", kOther),
    command("noop", "NOOP\r\n", kOther),
    command("an_unknown_word", "HELP\r\n", kOther),
    command("an_empty_line", "\r\nUSER al\r\n", kOther),
    command("nats", "CONNECT {}\r\n", kOther),
    command("a_control_byte", "USER a\x1bl\r\n", kOther),
    command("a_byte_order_mark", "\xef\xbb\xbfUSER al\r\n", kOther),
    command("an_unfinished_line", "USER al", kOpen),
    {"a_line_of_512_bytes",
     {{kServer, "+OK\r\n"}, {kClient, "USER " + std::string(507, 'a') + "\r\n"}},
     kPop3},
    {"a_line_of_513_bytes",
     {{kServer, "+OK\r\n"}, {kClient, "USER " + std::string(508, 'a') + "\r\n"}},
     kOther},

    greeting("ok_with_text", "+OK ready\r\n", kPop3),
    greeting("ok_with_lf_alone", "+OK ready\n", kPop3),
    greeting("two_lines_of_greeting", "+OK one\r\n+OK two\r\n", kPop3),
    greeting("err", "-ERR busy\r\n", kOther),
    greeting("ok_without_sign", "OK ready\r\n", kOther),
    greeting("ok_with_minus", "-OK ready\r\n", kOther),
    greeting("ok_in_small_letters", "+ok ready\r\n", kOther),
    greeting("okay", "+OKAY\r\n", kOther),
    greeting("ok_and_tab", "+OK\tready\r\n", kOther),
    greeting("a_blank_before_it", " +OK ready\r\n", kOther),
    greeting("a_banner_before_it", "Welcome\r\n+OK ready\r\n", kOther),
    greeting("an_unfinished_greeting", "+OK ready", kOpen),

    {"nobody_speaks", {}, kOpen},
    {"the_server_alone", {{kServer, "+OK\r\n"}}, kOpen},
    {"the_client_first", {{kClient, "USER al\r\n"}, {kServer, "+OK\r\n"}}, kOther},
    {"one_byte_of_the_client_first", {{kClient, "U"}, {kServer, "+OK\r\n"}}, kOther},
    {"the_client_while_the_greeting_is_unfinished",
     {{kServer, "+O"}, {kClient, "CAPA\r\n"}, {kServer, "K\r\n"}},
     kPop3},

    preface("proxy_version_1", "PROXY TCP4 203.0.113.9 192.0.2.1 12345 110\r\n"),
    preface("proxy_version_2", kVersion2),
    preface("sslproxy", "SSLproxy: [127.0.0.1]:8110,[203.0.113.9]:4000\r\n"),
    {"two_prefaces", {{kClient, "PROXY UNKNOWN\r\nPROXY UNKNOWN\r\n"}}, kOther},
    {"a_command_right_behind_a_preface", {{kClient, "PROXY UNKNOWN\r\nCAPA\r\n"}}, kOther},
    {"an_unfinished_preface", {{kClient, "PROXY TCP4"}, {kServer, "+OK\r\n"}}, kOpen},
    {"a_preface_behind_the_greeting",
     {{kServer, "+OK\r\n"}, {kClient, "PROXY UNKNOWN\r\nUSER al\r\n"}},
     kPop3},
    {"no_preface_after_all", {{kClient, "PROXYX"}}, kOther},

    {"4_KiB_of_greeting",
     {{kServer, "+OK " + std::string(kUndecidedSideBytes - 5, 'x') + '\n'}, {kClient, "CAPA\n"}},
     kPop3},
    {"a_byte_more_of_greeting",
     {{kServer, "+OK " + std::string(kUndecidedSideBytes - 4, 'x') + '\n'}},
     kOther},
    {"4_KiB_behind_the_command",
     {{kServer, "+OK\n"}, {kClient, "CAPA\n" + std::string(kUndecidedSideBytes, 'x')}},
     kPop3},
    {"4_KiB_of_preface",
     {{kClient, kVersion2.substr(0, 14) + std::string(kUndecidedSideBytes - 14, '\x7f')}},
     kOpen},
    {"a_byte_more_of_preface",
     {{kClient, kVersion2.substr(0, 14) + std::string(kUndecidedSideBytes - 13, '\x7f')}},
     kOther},
};

Claim claim_of(const Row &row, std::size_t longest) {
    Probe probe;
    PerSide<StreamPosition> position;
    Claim claim = kOpen;
    std::uint64_t frame = 0;
    for (const Said &said : row.said)
        for (std::size_t at = 0; at < said.bytes.size() && claim == kOpen; at += longest) {
            const unit::FlushCopy bytes{std::string_view{said.bytes}.substr(at, longest)};
            claim = probe.bytes(said.from, {bytes.bytes(), position[said.from]}, ++frame, 0);
            position[said.from] += bytes.bytes().size();
        }
    return claim;
}

bool is_claimed_alike_at_every_cut(const Row &row) {
    bool fine = true;
    for (const std::size_t longest : {10'000U, 1U, 2U, 3U, 7U})
        fine = holds(row.name, claim_of(row, longest) == row.claim) && fine;
    return fine;
}

bool what_was_held_comes_back_as_it_was() {
    Probe probe;
    probe.bytes(kServer, {as_bytes("+O"), 1'000, 500, false}, 7, 70);
    probe.bytes(kServer, {as_bytes("K\r\n"), 1'002}, 8, 80);
    probe.end(kServer, 9, 90);
    const Claim claim = probe.bytes(kClient, {as_bytes("QUIT\r\nX"), 500, 1'005}, 9, 90);
    std::string text;
    bool fine = holds("claimed", claim == kPop3);
    probe.replay([&](const Probe::Held &held, const Delivery &delivery) {
        text += std::to_string(held.frame) + '@' + std::to_string(held.ts_ns) +
                (held.from == kClient ? '>' : '<') + (held.is_end ? "end" : "") +
                std::string{as_text(delivery.bytes)} + ';';
        if (held.frame == 7)
            fine = same("position", delivery.position, 1'000) &&
                   same("acknowledged", delivery.acknowledged, 500) &&
                   holds("covers", !delivery.covers_all) && fine;
        if (held.frame == 8)
            fine = holds("nothing acknowledged", delivery.acknowledged == kNoPosition) &&
                   holds("covers all", delivery.covers_all) && fine;
    });
    return same("in order", text, "7@70<+O;8@80<K\r\n;9@90<end;9@90>QUIT\r\nX;") && fine;
}

bool it_costs_what_it_holds() {
    Probe probe;
    const std::uint64_t empty = probe.cost();
    const std::string byte = "+";
    probe.bytes(kServer, {as_bytes(byte)}, 1, 0);
    const std::uint64_t one = probe.cost();
    probe.bytes(kServer, {as_bytes("OK " + std::string(1'000, 'x'))}, 2, 0);
    return holds("a record", one >= empty + sizeof(Probe::Held)) &&
           holds("its bytes", probe.cost() >= one + 1'000);
}

} // namespace

int main() {
    std::vector<CMUnitTest> tests{UNIT_TEST(what_was_held_comes_back_as_it_was),
                                  UNIT_TEST(it_costs_what_it_holds)};
    unit::add_rows<is_claimed_alike_at_every_cut>(tests, kRows);
    return unit::run("unit.probe", tests);
}
