// Connections of ports that are not listed: what the table keeps of them, and for how long
// (docs/semantics.md section 12).
// SPDX-License-Identifier: GPL-2.0-or-later
#include "flow_bench.hpp"

#include <algorithm>

using namespace pop3ana;
using unit::End;
using unit::FlowBench;
using unit::holds;
using unit::kClient;
using unit::kServer;
using unit::kSynAck;
using unit::same;

namespace {

constexpr End kOther{2, 2'525}; ///< a server on a port that is not listed

pop3ana_config any_port() {
    pop3ana_config values = default_config();
    values.ports = "110,auto";
    return values;
}

pop3ana_config room_for(std::uint32_t connections) {
    pop3ana_config values = any_port();
    values.max_connections = connections;
    return values;
}

struct AnyPort : FlowBench {
    explicit AnyPort(const pop3ana_config &values = any_port()) : FlowBench(values) {}

    void greet_other(End client = kClient) {
        hello(client, 100, kOther);
        send(kOther, client, 501, "+OK\r\n", kAck, 101);
    }
    bool decide(End client = kClient, std::string_view line = "CAPA\r\n") {
        return send(client, kOther, 101, line, kAck, 506);
    }
};

constexpr const char *kOpening = "#1 10.0.0.1/40000 > 10.0.0.2/2525: new connection; ";

std::string opened() {
    return std::string{kOpening} + "#1 < OK ; #1 > CAPA ";
}

bool pop3_on_another_port_is_held_and_then_analysed() {
    AnyPort bench;
    bench.greet_other();
    const bool held = same("silent", bench.lines(), "") &&
                      same("connections", bench.counters().connections, 0) &&
                      same("undecided", bench.counters().connections_undecided, 1);
    const bool taken = bench.decide();
    bench.send(kOther, kClient, 506, "-ERR\r\n", kAck, 107);
    return held && holds("taken", taken) &&
           same("lines", bench.lines(), opened() + "; #1 < ERR ") &&
           same("connections", bench.counters().connections, 1) &&
           same("open", bench.counters().connections_open, 1) &&
           same("detected", bench.counters().connections_detected, 1) &&
           same("undecided", bench.counters().connections_undecided, 0) &&
           holds("conserved", bench.conserves());
}

bool without_auto_nothing_is_looked_at() {
    FlowBench bench;
    bench.hello(kClient, 100, kOther);
    bench.send(kOther, kClient, 501, "+OK\r\n", kAck, 101);
    bench.send(kClient, kOther, 101, "CAPA\r\n", kAck, 506);
    return same("lines", bench.lines(), "") &&
           same("detected", bench.counters().connections_detected, 0);
}

bool the_start_must_have_been_captured() {
    AnyPort midstream, syn_ack, syn;
    midstream.send(kOther, kClient, 501, "+OK\r\n", kAck, 101);
    const bool taken = midstream.decide();
    syn_ack.send(kOther, kClient, 500, {}, kSynAck, 101);
    syn_ack.send(kOther, kClient, 501, "+OK\r\n", kAck, 101);
    syn_ack.decide();
    // Where the server's bytes begin is not known.
    syn.send(kClient, kOther, 100, {}, kSyn);
    syn.send(kOther, kClient, 501, "+OK\r\n", kAck, 101);
    syn.decide();
    return holds("not taken", !taken) && same("midstream", midstream.lines(), "") &&
           same("no flow", midstream.counters().connections_undecided, 0) &&
           same("SYN-ACK", syn_ack.lines(), opened()) && same("SYN alone", syn.lines(), "");
}

bool a_gap_tells_nothing() {
    AnyPort bench;
    bench.hello(kClient, 100, kOther);
    bench.send(kOther, kClient, 502, "OK\r\n", kAck, 101);
    bench.send(kClient, kOther, 101, {}, kAck, 506);
    bench.now_ns += kGapAgeNs;
    bench.witness();
    bench.send(kOther, kClient, 501, "+", kAck, 101);
    bench.decide();
    return same("lines", bench.lines(), "") && same("gaps", bench.counters().gaps, 0) &&
           same("undecided", bench.counters().connections_undecided, 0) &&
           holds("conserved", bench.conserves());
}

bool the_order_of_capture_does_not_matter() {
    AnyPort bench;
    bench.hello(kClient, 100, kOther);
    bench.decide();
    bench.send(kOther, kClient, 503, "K\r\n", kAck, 101);
    bench.send(kOther, kClient, 501, "+O", kAck, 101);
    return same("lines", bench.lines(), opened());
}

bool what_ends_undecided_says_nothing() {
    AnyPort fin, rst;
    fin.greet_other();
    fin.send(kOther, kClient, 506, {}, unit::kFinAck, 101);
    fin.send(kClient, kOther, 101, {}, unit::kFinAck, 507);
    fin.send(kClient, kOther, 101, "CAPA\r\n", kAck, 506);
    rst.greet_other();
    rst.send(kOther, kClient, 506, {}, kRst);
    rst.decide();
    return same("FIN", fin.lines(), "") && same("RST", rst.lines(), "") &&
           same("undecided", fin.counters().connections_undecided, 0) &&
           same("undecided", rst.counters().connections_undecided, 0) &&
           same("open", rst.counters().connections_open, 0);
}

bool a_server_that_has_closed_its_side_is_analysed_to_its_end() {
    AnyPort bench;
    bench.greet_other();
    bench.send(kOther, kClient, 506, {}, unit::kFinAck, 101);
    bench.send(kClient, kOther, 101, "CAPA", unit::kFinAck, 507);
    const bool open = same("not decided by a piece of a line", bench.lines(), "");
    AnyPort whole;
    whole.greet_other();
    whole.send(kOther, kClient, 506, {}, unit::kFinAck, 101);
    whole.send(kClient, kOther, 101, "CAPA\r\n", unit::kFinAck, 507);
    return open && same("lines", whole.lines(), opened()) &&
           same("closed", whole.counters().connections_open, 0);
}

bool session_numbers_follow_the_decisions() {
    AnyPort bench;
    bench.greet_other({1, 1});
    bench.greet_other({1, 2});
    bench.greet({1, 3});
    bench.decide({1, 2});
    bench.decide({1, 1});
    return same("lines", bench.lines(),
                "#1 10.0.0.1/3 > 10.0.0.2/110: new connection; #1 < OK ; "
                "#2 10.0.0.1/2 > 10.0.0.2/2525: new connection; #2 < OK ; #2 > CAPA ; "
                "#3 10.0.0.1/1 > 10.0.0.2/2525: new connection; #3 < OK ; #3 > CAPA ");
}

bool held_lines_keep_their_frame_and_time() {
    AnyPort bench;
    bench.hello(kClient, 100, kOther);
    bench.now_ns += 5;
    bench.send(kOther, kClient, 501, "+OK\r\n", kAck, 101);
    const std::uint64_t greeting = bench.frame;
    bench.now_ns += 7;
    bench.decide();
    return same("first frame", bench.events.last.first_frame, greeting) &&
           same("frame", bench.events.last.frame, bench.frame) &&
           same("time", static_cast<std::uint64_t>(bench.events.last.ts_ns),
                static_cast<std::uint64_t>(bench.now_ns));
}

// A gap on port 110 is due as soon as the clock moves.
bool the_clock_moves_from_the_decision_on() {
    AnyPort bench;
    bench.greet({1, 7});
    bench.send(kServer, {1, 7}, 506, {}, kAck, 111);
    bench.now_ns += kGapAgeNs;
    bench.greet_other();
    bench.decide();
    const bool stays = same("gaps", bench.counters().gaps, 0);
    bench.send(kOther, kClient, 506, {}, kAck, 107);
    return stays && same("gaps", bench.counters().gaps, 1);
}

bool the_first_segment_of_all_sets_the_clock() {
    AnyPort bench;
    const std::int64_t first_ns = bench.now_ns;
    bench.send(kClient, kOther, 101, "GET\r\n", kAck, 501);
    bench.now_ns += 2 * kClockLeapNs; // Without a witness the clock does not follow.
    bench.send({1, 7}, kServer, 100, {}, kSyn);
    return same("clock", static_cast<std::uint64_t>(bench.events.builder.clock_ns()),
                static_cast<std::uint64_t>(first_ns));
}

bool a_rejected_connection_costs_a_look_only() {
    AnyPort bench;
    bench.hello(kClient, 100, kOther);
    const bool taken = bench.send(kClient, kOther, 101, "GET /\r\n", kAck, 501);
    const std::uint64_t bytes = bench.counters().tcp_bytes;
    const bool more = bench.send(kOther, kClient, 501, "HTTP/1.1 200 OK\r\n", kAck, 108);
    return holds("taken", !taken && !more) &&
           same("not counted", bench.counters().tcp_bytes, bytes) &&
           same("connection", bench.connection, 0) &&
           same("undecided", bench.counters().connections_undecided, 0) &&
           holds("conserved", bench.conserves());
}

// Else the session would begin behind bytes that are not looked at.
bool a_rejected_connection_is_not_opened_again_by_its_own_handshake() {
    AnyPort bench;
    bench.send(kClient, kOther, 100, "USER al\r\n", kSyn); // With data: RFC 7413.
    bench.send(kOther, kClient, 500, {}, kSynAck, 110);
    bench.send(kClient, kOther, 100, "USER al\r\n", kSyn);
    bench.send(kOther, kClient, 501, "+OK\r\n", kAck, 110);
    bench.send(kClient, kOther, 110, "CAPA\r\n", kAck, 506);
    const bool silent = same("lines", bench.lines(), "");
    bench.hello(kClient, 9'000, kOther); // Another connection.
    bench.send(kOther, kClient, 501, "+OK\r\n", kAck, 9'001);
    bench.send(kClient, kOther, 9'001, "CAPA\r\n", kAck, 506);
    return silent && same("lines", bench.lines(), opened());
}

bool a_port_of_the_client_that_is_listed_says_nothing() {
    AnyPort bench;
    const End from_110{1, 110};
    bench.hello(from_110, 100, kOther);
    bench.send(from_110, kOther, 101, "GET /\r\n", kAck, 501);
    bench.send(from_110, kOther, 108, "USER al\r\n", kAck, 501);
    const bool silent = same("lines", bench.lines(), "") &&
                        same("midstream", bench.counters().connections_midstream, 0);
    AnyPort pop3;
    pop3.greet_other(from_110);
    pop3.decide(from_110);
    return silent && same("detected", pop3.counters().connections_detected, 1);
}

bool a_flood_on_other_ports_does_not_push_sessions_out() {
    AnyPort bench{room_for(3)};
    bench.greet({1, 1});
    bench.greet_other({1, 2});
    bench.decide({1, 2});
    bench.lines();
    for (std::uint16_t port = 100; port < 200; ++port)
        bench.hello({1, port}, 100, kOther);
    bench.send({1, 1}, kServer, 101, "QUIT\r\n", kAck, 506);
    bench.send(kOther, {1, 2}, 506, "-ERR\r\n", kAck, 107);
    return same("lines", bench.lines(), "#1 > QUIT ; #2 < ERR ") &&
           same("evicted", bench.counters().connections_evicted, 0) &&
           same("undecided", bench.counters().connections_undecided, 3) &&
           same("given up", bench.counters().undecided_evicted, 97);
}

bool the_longest_idle_undecided_one_gives_way() {
    AnyPort bench{room_for(2)};
    for (const std::uint16_t port : {std::uint16_t{1}, std::uint16_t{2}})
        bench.greet_other({1, port});
    bench.send({1, 1}, kOther, 101, {}, kAck, 506);
    bench.hello({1, 3}, 100, kOther);
    bench.decide({1, 2});
    const bool gone = same("lines", bench.lines(), "");
    bench.decide({1, 1});
    return gone && same("session", bench.events.last.session, 1);
}

bool a_decision_makes_room_among_the_sessions() {
    AnyPort bench{room_for(1)};
    bench.greet({1, 1});
    bench.greet_other();
    bench.lines();
    bench.decide();
    return same("evicted", bench.counters().connections_evicted, 1) &&
           same("open", bench.counters().connections_open, 1) &&
           same("detected", bench.counters().connections_detected, 1);
}

/// Many SYNs to other ports, each from an end of its own.
void flood(AnyPort &bench, std::size_t count) {
    Segment syn{};
    syn.address_family = 4;
    syn.destination = {10, 0, 0, kOther.address};
    syn.destination_port = kOther.port;
    syn.flags = kSyn;
    for (std::size_t i = 0; i < count; ++i) {
        syn.source = {10, 1, static_cast<std::uint8_t>(i >> 16), static_cast<std::uint8_t>(i >> 8)};
        syn.source_port = static_cast<std::uint16_t>(1'000 + i % 256);
        bench.flows.segment(syn, false, ++bench.frame, bench.now_ns, bench.connection);
    }
}

bool undecided_connections_are_bounded() {
    AnyPort bench;
    bench.greet();
    flood(bench, kUndecidedConnections + 5);
    bench.lines();
    bench.send(kClient, kServer, 101, "CAPA\r\n", kAck, 506);
    return same("undecided", bench.counters().connections_undecided, kUndecidedConnections) &&
           same("given up", bench.counters().undecided_evicted, 5) &&
           same("session", bench.lines(), "#1 > CAPA ");
}

bool rejected_connections_are_remembered_up_to_a_number() {
    bool fine = true;
    for (const std::size_t more : {kRejectedConnections - 1, kRejectedConnections}) {
        AnyPort bench{room_for(1)};
        bench.hello(kClient, 100, kOther);
        bench.send(kClient, kOther, 101, "GET /\r\n", kAck, 501);
        flood(bench, more + 1); // One of them stays undecided.
        bench.send(kOther, kClient, 500, {}, kSynAck, 101);
        bench.send(kOther, kClient, 501, "+OK\r\n", kAck, 101);
        bench.decide();
        const bool is_forgotten = more == kRejectedConnections;
        fine =
            same("detected", bench.counters().connections_detected, is_forgotten ? 1 : 0) && fine;
    }
    return fine;
}

// Ones that hold as much as they may, in bytes that came alone.
bool bytes_held_of_undecided_connections_are_bounded() {
    AnyPort bench;
    bench.greet({1, 1});
    constexpr std::size_t kEach = kUndecidedSideBytes - 1;
    constexpr std::size_t kCost = kEach * sizeof(Probe::Held);
    const std::string greeting = "+OK" + std::string(kEach - 3, 'x');
    Segment segment{};
    segment.address_family = 4;
    segment.source = {10, 0, 0, kOther.address};
    segment.source_port = kOther.port;
    segment.payload_bytes = 1;
    for (std::size_t i = 0; i < 2 * kUndecidedBytesTotal / kCost; ++i) {
        const End client{static_cast<std::uint8_t>(100 + i % 100),
                         static_cast<std::uint16_t>(1'000 + i)};
        bench.hello(client, 100, kOther);
        segment.destination = {10, 0, 0, client.address};
        segment.destination_port = client.port;
        for (std::uint32_t byte = 0; byte < kEach; ++byte) {
            segment.sequence_number = 501 + byte;
            segment.payload = as_bytes(greeting).subspan(byte, 1);
            bench.flows.segment(segment, false, ++bench.frame, bench.now_ns, bench.connection);
        }
    }
    bench.lines();
    bench.send({1, 1}, kServer, 101, "CAPA\r\n", kAck, 506);
    const std::uint64_t undecided = bench.counters().connections_undecided;
    return holds("some are given up", bench.counters().undecided_evicted > 0) &&
           holds("not all", undecided > 0 && undecided * kCost <= kUndecidedBytesTotal) &&
           same("session", bench.lines(), "#1 > CAPA ") && holds("conserved", bench.conserves());
}

bool what_is_out_of_order_counts_too() {
    AnyPort bench;
    const std::string text(60'000, 'x');
    for (std::uint16_t port = 1'000; port < 1'300; ++port) {
        bench.hello({1, port}, 100, kOther);
        bench.send(kOther, {1, port}, 600, text, kAck, 101);
    }
    return holds("some are given up", bench.counters().undecided_evicted > 0) &&
           holds("bounded", bench.counters().held_bytes <= kUndecidedBytesTotal) &&
           holds("conserved", bench.conserves());
}

// As Wireshark decrypts POP3S (RFC 8314 s.3.3): what the frames show is TLS.
bool decrypted_bytes_of_a_rejected_connection_are_analysed() {
    bool fine = true;
    for (const bool is_rejected : {false, true}) {
        AnyPort bench;
        bench.hello(kClient, 100, kOther);
        if (is_rejected) bench.send(kClient, kOther, 101, "\x16\x03\x01", kAck, 501);
        Segment ends{};
        ends.address_family = 4;
        ends.source = {10, 0, 0, kClient.address};
        ends.destination = {10, 0, 0, kOther.address};
        ends.source_port = kClient.port;
        ends.destination_port = kOther.port;
        bench.flows.decrypted(ends, Side::kServer, as_bytes("+OK\r\n"), ++bench.frame,
                              bench.now_ns);
        fine = same("lines", bench.lines(), std::string{kOpening} + "#1 < OK ") && fine;
        fine = same("open", bench.counters().connections_open, 1) && fine;
        bench.flows.tick(bench.now_ns + kIdleNs + 1);
        fine = same("closed", bench.counters().connections_open, 0) &&
               same("undecided", bench.counters().connections_undecided, 0) && fine;
    }
    return fine;
}

bool idle_ones_go_after_24_hours() {
    AnyPort bench;
    bench.greet_other();
    bench.now_ns += kIdleNs + 1;
    bench.witness();
    bench.witness();
    bench.decide();
    return same("lines", bench.lines(), "") &&
           same("undecided", bench.counters().connections_undecided, 0);
}

} // namespace

int main() {
    return unit::run("unit.any_port",
                     {UNIT_TEST(pop3_on_another_port_is_held_and_then_analysed),
                      UNIT_TEST(without_auto_nothing_is_looked_at),
                      UNIT_TEST(the_start_must_have_been_captured),
                      UNIT_TEST(a_gap_tells_nothing),
                      UNIT_TEST(the_order_of_capture_does_not_matter),
                      UNIT_TEST(what_ends_undecided_says_nothing),
                      UNIT_TEST(a_server_that_has_closed_its_side_is_analysed_to_its_end),
                      UNIT_TEST(session_numbers_follow_the_decisions),
                      UNIT_TEST(held_lines_keep_their_frame_and_time),
                      UNIT_TEST(the_clock_moves_from_the_decision_on),
                      UNIT_TEST(the_first_segment_of_all_sets_the_clock),
                      UNIT_TEST(a_rejected_connection_costs_a_look_only),
                      UNIT_TEST(a_rejected_connection_is_not_opened_again_by_its_own_handshake),
                      UNIT_TEST(a_port_of_the_client_that_is_listed_says_nothing),
                      UNIT_TEST(a_flood_on_other_ports_does_not_push_sessions_out),
                      UNIT_TEST(the_longest_idle_undecided_one_gives_way),
                      UNIT_TEST(a_decision_makes_room_among_the_sessions),
                      UNIT_TEST(undecided_connections_are_bounded),
                      UNIT_TEST(rejected_connections_are_remembered_up_to_a_number),
                      UNIT_TEST(bytes_held_of_undecided_connections_are_bounded),
                      UNIT_TEST(what_is_out_of_order_counts_too),
                      UNIT_TEST(decrypted_bytes_of_a_rejected_connection_are_analysed),
                      UNIT_TEST(idle_ones_go_after_24_hours)});
}
