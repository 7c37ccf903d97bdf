// Results of logins from lengths: a table of sessions, what a server must have shown before, and
// what is kept until it has.
//
// A session is written as the lengths of its records: "s11 c10 s5 c10 s16 c6 s9" is a greeting,
// USER with its reply, PASS with its reply, and a command of six bytes.
// SPDX-License-Identifier: GPL-2.0-or-later
#include "base/limits.hpp"
#include "support.hpp"
#include "tls/inference.hpp"
#include "tls/session_reader.hpp"

#include <algorithm>

using namespace pop3ana;

namespace {

struct Lengths {
    Side from;
    std::uint32_t length;
};

std::vector<Lengths> lengths_of(std::string_view text) {
    std::vector<Lengths> lengths;
    for (const std::string_view word : unit::split(text, " "))
        if (!word.empty())
            lengths.push_back(
                {word[0] == 's' ? Side::kServer : Side::kClient,
                 static_cast<std::uint32_t>(std::stoul(std::string{word.substr(1)}))});
    return lengths;
}

ShadowExchanges exchanges_of(std::string_view text, bool greets = true, bool is_tls13 = true) {
    ShadowExchanges list(greets);
    for (const auto &[from, length] : lengths_of(text))
        list.add(from, length, is_tls13);
    list.finish(/*is_whole=*/true);
    return list;
}

/// With a number behind it.
std::string numbered(std::string_view text, std::uint64_t number) {
    return std::string{text}.append(std::to_string(number));
}

std::string joined(std::initializer_list<std::string_view> parts) {
    std::string text;
    for (const std::string_view part : parts)
        text.append(part);
    return text;
}

std::string text_of(const ReplyLengths &reply) {
    return numbered(numbered("", reply.records) + "*", reply.bytes);
}

std::string text_of(const ShadowExchanges &list) {
    if (list.is_odd()) return "odd";
    std::string text;
    for (const ShadowExchange &exchange : list.exchanges()) {
        constexpr std::string_view kKinds = "12m?";
        if (!text.empty()) text += ' ';
        text += kKinds[static_cast<std::size_t>(exchange.kind)];
        text.append(numbered(":", exchange.command)).append(">").append(text_of(exchange.reply));
        if (exchange.sent_together != 1) text.append(numbered("/", exchange.sent_together));
    }
    return text;
}

// ---------------------------------------------------------------- exchanges

struct ExchangeRow {
    const char *name;
    const char *lengths;
    const char *exchanges;
    bool greets = true;
    bool is_tls13 = true;
};

const ExchangeRow kExchangeRows[] = {
    {"a_command_and_its_reply", "s11 c6 s5", "1:6>1*5"},
    {"a_reply_in_two_records", "s11 c6 s20 s30", "1:6>2*50"},
    {"no_reply", "s11 c6 s5 c6", "1:6>1*5"},
    {"a_reply_whose_first_piece_is_too_short", "s11 c10 s4 s12", "1:10>1*16"},
    {"two_commands_with_two_replies", "s11 c10 c10 s5 s16", "1:10>1*5/2 1:10>1*16/0"},
    {"two_commands_with_one_reply", "s11 c10 c11 s21", "2:10>1*21"},
    {"commands_that_are_not_told_apart", "s11 c8 c9 c8 s900 s80", "m:9>2*980"},
    {"lines_that_are_not_told_apart", "s11 c8 c30 c8 s900 s80", "?:30>2*980"},
    {"a_line_in_pieces", "s11 c1 c1 c8 s5", "1:10>1*5"},
    {"a_line_whose_end_is_a_piece", "s11 c8 c2 c6 s5", "1:16>1*5"},
    {"the_client_speaks_first", "c6 s5", "odd"},
    {"the_client_speaks_first_behind_stls", "c6 s5", "1:6>1*5", false},
    {"tickets_are_no_greeting", "s250 s250 c6 s5", "odd"},
    {"a_greeting_behind_tickets", "s250 s250 s11 c6 s5", "1:6>1*5"},
    {"tickets_before_the_first_reply", "c6 s250 s250 s80", "1:6>1*80", false},
    {"tickets_alone", "c6 s250 s250", "1:6>2*500", false},
    {"alerts_at_the_end", "s11 c6 s5 c2 s2", "1:6>1*5"},
    {"two_bytes_that_are_no_alert", "s11 c4 c2 c3 s5", "1:9>1*5"},
    {"an_alert_that_is_overtaken", "s11 c6 s5 s2 c6 s5", "odd"},
    {"two_bytes_before_tls_1_3", "s11 c6 s5 c2 s5", "1:6>1*5 1:2>1*5", true, false},
    {"a_key_update", "s11 c6 s5 c5 c6 s5", "odd"},
    {"five_bytes_before_tls_1_3", "s11 c5 c5 s5", "1:10>1*5", true, false},
};

bool exchanges_are_made(const ExchangeRow &row) {
    return unit::same(row.name, text_of(exchanges_of(row.lengths, row.greets, row.is_tls13)),
                      row.exchanges);
}

bool a_million_records_are_bounded() {
    ShadowExchanges list(true);
    list.add(Side::kServer, 11, true);
    for (int i = 0; i < 1'000'000; ++i)
        list.add(Side::kClient, 6, true);
    const bool one_side = unit::holds("of one side", list.held_bytes() < 10'000);
    for (int i = 0; i < 1'000'000; ++i) {
        list.add(Side::kServer, 6, true);
        list.add(Side::kClient, 6, true);
    }
    return one_side && unit::holds("cut", list.is_cut()) &&
           unit::holds("of both sides",
                       list.held_bytes() < 2 * kShadowExchanges * sizeof(ShadowExchange) + 10'000);
}

// ---------------------------------------------------------------- sessions

struct Bench final : InferenceSink {
    void on_login(std::uint64_t connection, const InferredLogin &login) override {
        log.append(numbered("", connection));
        log.append(login.result == LoginResult::kSuccess ? "+ " : "- ");
        last = login;
    }
    void on_decided(std::uint64_t connection, const std::optional<FetchedMail> &mail) override {
        ++decided;
        mails[connection] = mail;
    }

    /// A whole session with the server of this number.
    std::string session(std::string_view text, std::uint8_t server = 1, bool ends = true) {
        ConnectionEnds connection;
        connection.connection = ++number;
        connection.server.family = 4;
        connection.server.bytes[0] = server;
        connection.responder_port = 995;
        Inference::Session session(connection, true);
        log.clear();
        for (const auto &[from, length] : lengths_of(text))
            if (session.shadow.text(from, length, true)) inference.on_exchange(session);
        if (ends) inference.end(session, now_ns);
        return log;
    }
    /// Sessions that fetch mail, with names of several lengths, and ones that fail twice.
    void teach(std::string_view success, std::string_view failure, unsigned times,
               std::string_view user_reply = "s5") {
        for (unsigned i = 0; i < times; ++i) {
            const std::string user = numbered("s11 c", 10U + 2U * (i % 4U));
            session(joined({user, " ", user_reply, " c16 ", success, " c6 s12 c8 s2000 c6 s18"}));
            const std::string login = joined({" c20 ", user_reply, " c19 "});
            session(joined({"s11 c6 s40", login, failure, login, failure, " c6 s18"}));
        }
        log.clear();
    }

    pop3ana_counters counters{};
    Inference inference{*this, counters};
    std::string log; ///< since the last session began
    InferredLogin last;
    std::map<std::uint64_t, std::optional<FetchedMail>> mails;
    std::uint64_t number = 0;
    std::uint64_t decided = 0;
    std::int64_t now_ns = 0;
};

struct SessionRow {
    const char *name;
    const char *lengths;
    const char *results; ///< of a server that was seen before
};

// Success has 16 bytes, failure 36, +OK to USER 5.
const SessionRow kSessionRows[] = {
    {"success", "s11 c10 s5 c16 s16 c6 s18", "+"},
    {"failure", "s11 c10 s5 c16 s36 c6 s18", "-"},
    {"failure_then_success", "s11 c10 s5 c16 s36 c20 s5 c16 s16 c6 s18", "-+"},
    {"with_an_initial_response", "s11 c6 s50 c29 s16 c6 s18", "+"},
    {"auth_plain", "s11 c12 s4 c22 s36 c12 s4 c22 s16 c6 s12", "-+"},
    {"auth_login", "s11 c12 s16 c10 s16 c14 s36 c6 s18", "-"},
    {"cram_md5", "s11 c15 s50 c50 s16 c6 s12 c6 s18", "+"},
    {"apop", "s11 c45 s16 c6 s18", "+"},
    {"user_and_pass_in_one_record", "s11 c26 s5 s36 c6 s18", "-"},
    {"user_and_pass_at_once", "s11 c10 c16 s5 s16 c6 s18", "+"},
    {"another_reply_is_proved_by_mail", "s11 c19 s5 c16 s70 c6 s12 c8 s3000 c6 s18", "+"},
    {"another_reply_is_proved_by_a_login", "s11 c19 s5 c16 s70 c23 s5 c16 s16 c6 s18", "-+"},
    {"a_reply_that_another_server_would_give", "s11 c42 s30 c47 s30 c6 s12 c8 s3000 c6 s18", ""},
    {"another_reply_that_nothing_proves", "s11 c10 s5 c16 s70 c6 s18", ""},
    {"no_reply", "s11 c10 s5 c16", ""},
    {"no_login", "s11 c6 s50 c6 s18", ""},
    {"lines_of_another_protocol", "s60 c30 s90 c45 s200 c99 s33", ""},
};

bool sessions_are_read(const SessionRow &row) {
    Bench bench;
    bench.teach("s16", "s36", 8);
    std::string said = bench.session(row.lengths);
    std::string results;
    std::copy_if(said.begin(), said.end(), std::back_inserter(results),
                 [](char c) { return c == '+' || c == '-'; });
    return unit::same(row.name, results, row.results);
}

bool nothing_is_said_of_a_server_that_is_not_known() {
    Bench bench;
    return unit::same("alone", bench.session("s11 c10 s5 c16 s16 c6 s18"), "") &&
           unit::same("not decided", bench.decided, 0);
}

bool what_is_kept_is_said_once_the_server_is_known() {
    Bench bench;
    bench.session("s11 c10 s5 c16 s16 c6 s18");
    bench.session("s11 c10 s5 c16 s36 c6 s18");
    std::string said;
    for (int i = 0; i < 8; ++i) {
        said += bench.session("s11 c10 s5 c16 s16 c6 s12 c8 s2000 c6 s18");
        said += bench.session("s11 c10 s5 c16 s36 c20 s5 c16 s36 c6 s18");
    }
    return unit::holds("success", said.find("1+ ") != std::string::npos) &&
           unit::holds("failure", said.find("2- ") != std::string::npos);
}

bool another_server_is_not_known() {
    Bench bench;
    bench.teach("s16", "s36", 8);
    return unit::same("another", bench.session("s11 c10 s5 c16 s16 c6 s18", 2), "");
}

bool results_of_one_length_decide_nothing() {
    Bench bench;
    bench.teach("s23", "s23", 20, "s19");
    return unit::same("alike", bench.session("s11 c10 s19 c16 s23 c6 s18"), "") &&
           unit::holds("proved",
                       !bench.session("s11 c10 s19 c16 s23 c6 s12 c8 s2000 c6 s18").empty());
}

bool few_proofs_decide_nothing() {
    // Twice in a row it was success; that failure looks alike is not known yet.
    Bench bench;
    for (int i = 0; i < 3; ++i)
        bench.session("s11 c10 s19 c16 s23 c6 s12 c8 s2000 c6 s18");
    return unit::same("early", bench.session("s11 c10 s19 c16 s23 c6 s18"), "");
}

bool a_reply_to_user_that_has_the_name_does_not_hide_others() {
    Bench bench;
    for (unsigned i = 0; i < 12; ++i)
        bench.session(joined({numbered("s11 c", 10 + i % 2), numbered(" s", 40 + i % 2),
                              " c16 s16 c6 s12 c8 s2000 c6 s18"}));
    return unit::holds("a longer name",
                       bench.session("s11 c20 s50 c16 s16 c6 s12 c8 s2000 c6 s18").find('+') !=
                           std::string::npos);
}

bool results_are_said_while_the_session_goes_on() {
    Bench bench;
    bench.teach("s16", "s36", 8);
    const std::string said = bench.session("s11 c10 s5 c16 s36 c10", 1, /*ends=*/false);
    return unit::same("open", said, numbered("", bench.number).append("- "));
}

bool lengths_of_name_and_password_come_along() {
    Bench bench;
    bench.teach("s16", "s36", 8);
    bench.session("s11 c12 s5 c19 s36 c6 s18");
    return unit::same("name", bench.last.user_bytes, 5) &&
           unit::same("line", bench.last.secret_bytes, 19);
}

bool mail_is_counted() {
    Bench bench;
    bench.teach("s16", "s36", 8);
    bench.session("s11 c10 s5 c16 s16 c6 s12 c8 s1017 c8 s217 c6 s18");
    const auto mail = bench.mails[bench.number];
    if (!unit::holds("counted", mail.has_value())) return false;
    bench.session("s11 c10 s5 c16 s16 c6 s12 c9 s1017 c8 s217 c6 s18");
    // 13 and the digits are the status line, 3 the terminator.
    return unit::same("messages", mail->messages, 2) &&
           unit::same("bytes", mail->bytes.value_or(0), 1017 - 16 - 3 + 217 - 16 - 3) &&
           unit::holds("TOP or RETR", !bench.mails[bench.number]);
}

bool each_session_is_decided_once() {
    Bench bench;
    bench.teach("s16", "s36", 100);
    for (int i = 0; i < 300; ++i)
        bench.session("s11 c10 s5 c16 s70 c6 s18", static_cast<std::uint8_t>(1 + i % 3));
    const std::uint64_t kept = bench.number - bench.decided;
    bench.inference.finish();
    return unit::holds("some are kept", kept > 0) &&
           unit::same("at the end", bench.decided, bench.number);
}

bool what_is_kept_too_long_is_given_up() {
    Bench bench;
    bench.session("s11 c10 s5 c16 s16 c6 s18");
    bench.inference.expire(kShadowKeptNs);
    const bool waits = unit::same("waits", bench.decided, 0);
    bench.inference.expire(kShadowKeptNs + 1);
    return waits && unit::same("decided", bench.decided, 1);
}

bool kept_sessions_are_bounded() {
    // Of many servers, each with as many exchanges as are read.
    Bench bench;
    std::string text = "s11";
    for (std::size_t i = 0; i < kShadowExchanges; ++i)
        text += " c6 s11";
    const std::uint64_t most = kShadowBytesTotal / (kShadowExchanges * sizeof(ShadowExchange));
    for (std::uint64_t i = 0; i < most + 10; ++i)
        bench.session(text, static_cast<std::uint8_t>(i));
    return unit::holds("some gave way", bench.decided >= 10) &&
           unit::same("counted", bench.counters.tls_undecided, bench.decided) &&
           unit::holds("most are kept", bench.decided < bench.number);
}

bool servers_that_are_made_up_push_nobody_out() {
    Bench bench;
    bench.teach("s16", "s36", 8);
    for (std::size_t i = 0; i < kShadowServers + 10; ++i) {
        ConnectionEnds ends;
        ends.connection = ++bench.number;
        ends.server.bytes[1] = static_cast<std::uint8_t>(i);
        ends.server.bytes[2] = static_cast<std::uint8_t>(i >> 8);
        Inference::Session session(ends, true);
        session.shadow.text(Side::kServer, 11, true);
        session.shadow.text(Side::kClient, 6, true);
        session.shadow.text(Side::kServer, 11, true);
        bench.inference.end(session, 0);
    }
    return unit::holds("known", !bench.session("s11 c10 s5 c16 s36 c6 s18").empty());
}

// Behind a balancer, say.
bool servers_of_one_address_are_told_apart_by_their_greetings() {
    Bench bench;
    bench.teach("s16", "s36", 8);
    const auto fails = [&](const char *greeting) {
        return bench.session(joined({greeting, " c10 s5 c16 s36 c6 s18"}));
    };
    const bool another = unit::same("another greeting", fails("s20"), "");
    const bool longer = unit::same("a long one", fails("s50"), "");
    return unit::holds("the same greeting", !fails("s11").empty()) && another && longer;
}

// With what is of the session in it.
bool long_greetings_of_a_server_may_differ_a_little() {
    Bench bench;
    for (int i = 0; i < 8; ++i)
        for (const char *greeting : {"s60", "s63", "s66"}) {
            bench.session(joined({greeting, " c10 s5 c16 s16 c6 s12 c8 s2000 c6 s18"}));
            bench.session(joined({greeting, " c20 s5 c19 s36 c20 s5 c19 s36 c6 s18"}));
        }
    return unit::holds("one server", !bench.session("s57 c10 s5 c16 s36 c6 s18").empty()) &&
           unit::same("another one", bench.session("s90 c10 s5 c16 s36 c6 s18"), "");
}

bool many_different_lengths_are_bounded() {
    Tally<std::uint32_t> tally;
    for (std::uint32_t i = 0; i < 1'000; ++i)
        tally.add(i % 500);
    return unit::same("kept", tally.entries().size(), kShadowShapes) &&
           unit::same("counted", tally.total(), 1'000) && unit::holds("full", tally.is_full());
}

bool noise_is_no_session(unit::Random &random) {
    Bench bench;
    std::string said;
    for (int i = 0; i < 100; ++i) {
        std::string text = numbered("s", random.between(5, 200));
        for (std::size_t k = random.between(1, 30); k > 0; --k)
            text.append(numbered(random.chance(0.5) ? " c" : " s", random.between(1, 1'500)));
        said += bench.session(text);
    }
    bench.inference.finish();
    return unit::same("said", said + bench.log, "");
}

bool noise_says_nothing() {
    return unit::holds_for_rounds("unit.tls_inference", 50, noise_is_no_session);
}

} // namespace

int main() {
    std::vector<CMUnitTest> tests{
        UNIT_TEST(a_million_records_are_bounded),
        UNIT_TEST(nothing_is_said_of_a_server_that_is_not_known),
        UNIT_TEST(what_is_kept_is_said_once_the_server_is_known),
        UNIT_TEST(another_server_is_not_known),
        UNIT_TEST(results_of_one_length_decide_nothing),
        UNIT_TEST(few_proofs_decide_nothing),
        UNIT_TEST(a_reply_to_user_that_has_the_name_does_not_hide_others),
        UNIT_TEST(results_are_said_while_the_session_goes_on),
        UNIT_TEST(lengths_of_name_and_password_come_along),
        UNIT_TEST(mail_is_counted),
        UNIT_TEST(each_session_is_decided_once),
        UNIT_TEST(what_is_kept_too_long_is_given_up),
        UNIT_TEST(kept_sessions_are_bounded),
        UNIT_TEST(servers_that_are_made_up_push_nobody_out),
        UNIT_TEST(servers_of_one_address_are_told_apart_by_their_greetings),
        UNIT_TEST(long_greetings_of_a_server_may_differ_a_little),
        UNIT_TEST(many_different_lengths_are_bounded),
        UNIT_TEST(noise_says_nothing),
    };
    unit::add_rows<exchanges_are_made>(tests, kExchangeRows);
    unit::add_rows<sessions_are_read>(tests, kSessionRows);
    return unit::run("unit.tls_inference", tests);
}
