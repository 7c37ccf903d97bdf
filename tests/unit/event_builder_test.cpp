// SPDX-License-Identifier: GPL-2.0-or-later
#include "event_bench.hpp"

using namespace pop3ana;
using unit::anomaly;
using unit::EventBench;
using unit::login;
using unit::reply;
using unit::request;
using unit::same;

namespace {

pop3ana_config with(const char *ignored, std::uint32_t threshold = 3) {
    pop3ana_config values = default_config();
    values.ignore_commands = ignored;
    values.error_threshold = threshold;
    return values;
}

constexpr const char *kOpening = "#1 10.0.0.1/40000 > 10.0.0.2/110: new connection; ";
constexpr const char *kWarning =
    "#1 10.0.0.1/40000 > 10.0.0.2/110 WARNING: error count exceeds threshold";

bool the_first_line_of_a_session_opens_it() {
    EventBench bench;
    return same("first", bench.events_of(reply(true)), std::string{kOpening} + "#1 < OK ") &&
           same("second", bench.events_of(request(Command::kQuit)), "#1 > QUIT ");
}

bool every_kind_of_line_opens_a_session() {
    for (const Event &event :
         {request(Command::kUser), request(Command::kStat), reply(true),
          reply(false, Command::kStat), login(true, "u", "p"), login(false, "u", "p"),
          unit::event(POP3ANA_EVENT_UNEXPECTED, Command::kStat, "why")}) {
        EventBench bench;
        if (!unit::holds("opened", bench.events_of(event).starts_with(kOpening)) ||
            !same("number", bench.session.number, 1))
            return false;
    }
    return true;
}

bool anomalies_and_tls_open_no_session() {
    EventBench bench;
    const bool none =
        same("anomaly", bench.events_of(anomaly(POP3ANA_ANOMALY_GAP)), "[#0 gap]") &&
        same("TLS", bench.events_of(unit::event(POP3ANA_EVENT_TLS_STARTED, Command::kStls, "")),
             "[#0 ]");
    return none && same("sessions", bench.counters.sessions, 0) &&
           same("anomalies", bench.counters.anomalies, 1) &&
           same("terminated", bench.counters.terminated, 1);
}

bool numbers_follow_the_order_of_first_lines() {
    EventBench bench;
    SessionNumber second;
    bench.builder.set_connection(bench.ends, second, bench.record);
    bench.builder.set_time(41, 0, 0);
    bench.events_of(reply(true));
    bench.builder.set_connection(bench.ends, bench.session, bench.record);
    bench.builder.set_time(42, 0, 0);
    bench.events_of(reply(true));
    bench.builder.set_connection(bench.ends, second, bench.record);
    bench.builder.set_time(43, 0, 0);
    bench.events_of(request(Command::kQuit));
    return same("the one that spoke first", second.number, 1) &&
           same("the other", bench.session.number, 2) &&
           same("first frame", second.first_frame, 41) &&
           same("kept", bench.last.first_frame, 41) && same("frame", bench.last.frame, 43) &&
           same("sessions", bench.counters.sessions, 2);
}

bool an_ignored_command_and_its_reply_are_left_out() {
    EventBench bench{with("STAT")};
    return same("request", bench.events_of(request(Command::kStat)),
                std::string{kOpening} + "[#1 > STAT ]") &&
           same("reply", bench.events_of(reply(true, Command::kStat, "2 320")),
                "[#1 < OK 2 320]") &&
           same("others", bench.events_of(request(Command::kList)), "#1 > LIST ");
}

bool the_reply_to_a_refused_ignored_command_is_printed() {
    EventBench bench{with("STAT")};
    Event refused = reply(false); // The session names the command of accepted ones only (K10).
    refused.command = slice("STAT");
    bench.session.number = 1;
    return same("unexpected",
                bench.events_of(unit::event(POP3ANA_EVENT_UNEXPECTED, Command::kStat, "why")),
                "#1 unexpected cmd: STAT detail: why") &&
           same("reply", bench.events_of(refused), "#1 < ERR ");
}

bool logins_and_warnings_of_ignored_commands_are_printed() {
    EventBench bench{with("PASS", 0)};
    bench.session.number = 1;
    return same("login", bench.events_of(login(false, "al", "pw")),
                "#1 > login failed: user al password: pw") &&
           same("warning", bench.events_of(reply(false, Command::kPass)),
                std::string{"[#1 < ERR ]; "} + kWarning);
}

bool statuses_can_be_ignored() {
    EventBench ok{with("OK")}, err{with("err")};
    ok.session.number = err.session.number = 1;
    return same("OK", ok.events_of(reply(true)) + ok.events_of(reply(false)),
                "[#1 < OK ]#1 < ERR ") &&
           same("ERR", err.events_of(reply(true)) + err.events_of(reply(false)),
                "#1 < OK [#1 < ERR ]");
}

bool an_ignored_auth_is_ignored_in_both_forms() {
    EventBench bench{with("AUTH")};
    bench.session.number = 1;
    return same("alone", bench.events_of(request(Command::kAuthList)), "[#1 > AUTH ]") &&
           same("SASL", bench.events_of(request(Command::kAuth, "PLAIN")), "[#1 > AUTH PLAIN]");
}

bool the_warning_follows_each_err_beyond_the_threshold() {
    EventBench bench{with("STAT", 2)};
    bench.session.number = 1;
    std::string events;
    for (int i = 0; i < 4; ++i)
        events += bench.events_of(reply(false)) + '\n';
    const std::string beyond = std::string{"#1 < ERR ; "} + kWarning + '\n';
    return same("events", events, "#1 < ERR \n#1 < ERR \n" + beyond + beyond) &&
           same("warnings", bench.counters.warnings, 2) &&
           same("count", bench.last.error_count, 4) &&
           same("a warning has no status", bench.last.status, POP3ANA_STATUS_NONE) &&
           same("nor a text", bench.last.text.len + bench.last.command.len, 0);
}

bool errors_count_for_the_client_over_all_connections() {
    EventBench bench{with("STAT", 1)};
    ConnectionEnds other = bench.ends;
    other.originator_port = 40001;
    other.server.bytes[3] = 9;
    SessionNumber session;
    session.number = 2;
    session.first_frame = 1;
    bench.session.number = 1;
    bench.events_of(reply(false));
    bench.builder.set_connection(other, session, bench.record);
    const std::string events = bench.events_of(reply(false));
    return same("second", events,
                "#2 < ERR ; #2 10.0.0.1/40001 > 10.0.0.9/110 WARNING: error count exceeds "
                "threshold");
}

bool an_event_says_where_and_when() {
    EventBench bench;
    bench.builder.set_time(17, 123'456, 0);
    Event made = reply(true, Command::kList, "2");
    made.request_frame = 15;
    bench.events_of(made);
    const pop3ana_event &event = bench.last;
    return same("frame", event.frame, 17) && same("request", event.request_frame, 15) &&
           same("time", static_cast<std::uint64_t>(event.ts_ns), 123'456) &&
           same("phase", event.phase, POP3ANA_PHASE_TRANSACTION) &&
           same("from", event.from_responder, 1) && same("family", event.address_family, 4) &&
           same("client", event.originator_address[3], 1) &&
           same("server", event.responder_address[3], 2) &&
           same("client port", event.originator_port, 40000) &&
           same("server port", event.responder_port, 110) &&
           same("size", event.struct_size, sizeof(pop3ana_event));
}

bool each_event_is_counted_by_its_type() {
    EventBench bench;
    for (const Event &event : {request(Command::kUser), request(Command::kPass), reply(true),
                               login(true, "u", ""), login(false, "u", ""), login(false, "u", ""),
                               unit::event(POP3ANA_EVENT_UNEXPECTED, Command::kStat, "why")})
        bench.events_of(event);
    Event lost = anomaly(POP3ANA_ANOMALY_REPLIES_LOST),
          dropped = anomaly(POP3ANA_ANOMALY_PENDING_OVERFLOW),
          longer = anomaly(POP3ANA_ANOMALY_LINE_TOO_LONG);
    lost.lost_commands = 5;
    dropped.lost_commands = 1;
    longer.lost_bytes = 99;
    for (const Event &event : {lost, dropped, longer})
        bench.events_of(event);
    const pop3ana_counters &counters = bench.counters;
    return same("requests", counters.requests, 2) && same("replies", counters.replies, 1) &&
           same("succeeded", counters.logins_succeeded, 1) &&
           same("failed", counters.logins_failed, 2) &&
           same("unexpected", counters.unexpected_commands, 1) &&
           same("anomalies", counters.anomalies, 3) &&
           same("replies lost", counters.replies_lost, 5) &&
           same("pending dropped", counters.pending_dropped, 1) &&
           same("lines too long", counters.lines_too_long, 1) &&
           same("bytes dropped", counters.line_bytes_dropped, 99);
}

// Which of 200,000 anomalies of one session have an event, and that no number is lost.
bool of_many_lines_few_anomalies_have_an_event() {
    EventBench bench;
    std::string shown;
    std::uint64_t told = 0;
    for (std::uint64_t number = 1; number <= 200'000; ++number) {
        if (bench.events_of(anomaly(POP3ANA_ANOMALY_UNKNOWN_REPLY)).empty()) continue;
        shown += std::to_string(number) + ' ';
        told += 1 + bench.last.left_out;
        if (!same("told", told, number)) return false;
    }
    return same(
               "shown", shown,
               "1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 32 64 128 256 512 1024 2048 4096 8192 16384 "
               "32768 65536 98304 131072 163840 196608 ") &&
           same("all", bench.counters.anomalies, 200'000) &&
           same("left out", bench.counters.anomalies_left_out, 200'000 - 32);
}

bool what_no_line_gives_rise_to_is_never_left_out() {
    EventBench bench;
    for (const std::uint32_t kind :
         {POP3ANA_ANOMALY_GAP, POP3ANA_ANOMALY_LINE_TOO_LONG, POP3ANA_ANOMALY_REPLIES_LOST,
          POP3ANA_ANOMALY_RESET_IGNORED, POP3ANA_ANOMALY_OVERLAP_DIFFERS, POP3ANA_ANOMALY_EVICTED,
          POP3ANA_ANOMALY_UNCERTAIN}) {
        for (int count = 0; count < 100; ++count) {
            bench.events_of(anomaly(POP3ANA_ANOMALY_UNKNOWN_COMMAND));
            if (!unit::holds("shown", !bench.events_of(anomaly(kind)).empty()) ||
                !same("left out", bench.last.left_out, 0))
                return false;
        }
    }
    return unit::holds("requests", !bench.events_of(request(Command::kQuit)).empty());
}

bool each_session_has_its_own_anomalies() {
    EventBench bench;
    SessionNumber second;
    for (int count = 0; count < 100; ++count)
        bench.events_of(anomaly(POP3ANA_ANOMALY_UNKNOWN_REPLY));
    bench.builder.set_connection(bench.ends, second, bench.record);
    return unit::holds("shown", !bench.events_of(anomaly(POP3ANA_ANOMALY_BAD_BASE64)).empty());
}

bool a_peer_description_is_in_each_line() {
    pop3ana_config values = default_config();
    values.peer_description = "mx1";
    EventBench bench{values};
    return same("events", bench.events_of(request(Command::kQuit)),
                "#mx1-1 10.0.0.1/40000 > 10.0.0.2/110: new connection; #mx1-1 > QUIT ");
}

} // namespace

int main() {
    return unit::run(
        "unit.event_builder",
        {UNIT_TEST(the_first_line_of_a_session_opens_it),
         UNIT_TEST(every_kind_of_line_opens_a_session),
         UNIT_TEST(anomalies_and_tls_open_no_session),
         UNIT_TEST(numbers_follow_the_order_of_first_lines),
         UNIT_TEST(an_ignored_command_and_its_reply_are_left_out),
         UNIT_TEST(the_reply_to_a_refused_ignored_command_is_printed),
         UNIT_TEST(logins_and_warnings_of_ignored_commands_are_printed),
         UNIT_TEST(statuses_can_be_ignored), UNIT_TEST(an_ignored_auth_is_ignored_in_both_forms),
         UNIT_TEST(the_warning_follows_each_err_beyond_the_threshold),
         UNIT_TEST(errors_count_for_the_client_over_all_connections),
         UNIT_TEST(an_event_says_where_and_when), UNIT_TEST(each_event_is_counted_by_its_type),
         UNIT_TEST(of_many_lines_few_anomalies_have_an_event),
         UNIT_TEST(what_no_line_gives_rise_to_is_never_left_out),
         UNIT_TEST(each_session_has_its_own_anomalies),
         UNIT_TEST(a_peer_description_is_in_each_line)});
}
