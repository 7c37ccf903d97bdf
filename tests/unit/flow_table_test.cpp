// Which connection a segment belongs to: opening, closing, reuse of ports, direction.
// SPDX-License-Identifier: GPL-2.0-or-later
#include "flow_bench.hpp"

using namespace pop3ana;
using unit::End;
using unit::FlowBench;
using unit::kClient;
using unit::kServer;
using unit::kSynAck;
using unit::same;

namespace {

constexpr const char *kOpening = ": new connection; ";

std::string opening(int number, End client = kClient, End server = kServer) {
    return '#' + std::to_string(number) + " 10.0.0." + std::to_string(client.address) + '/' +
           std::to_string(client.port) + " > 10.0.0." + std::to_string(server.address) + '/' +
           std::to_string(server.port) + kOpening;
}

bool the_sender_of_the_syn_is_the_client() {
    FlowBench bench;
    const End low{1, 110}, high{9, 110}; // Ports say nothing here.
    bench.hello(high, 100, low);
    bench.send(low, high, 501, "+OK\r\n", kAck, 101);
    return same("lines", bench.lines(), opening(1, high, low) + "#1 < OK ");
}

bool the_receiver_of_the_syn_ack_is_the_client() {
    FlowBench bench;
    const End low{1, 110}, high{9, 110};
    bench.send(low, high, 500, {}, kSynAck, 101);
    bench.send(low, high, 501, "+OK\r\n", kAck, 101);
    bench.send(high, low, 101, {}, kAck, 506);
    return same("lines", bench.lines(), opening(1, high, low) + "#1 < OK ");
}

bool one_forged_syn_ack_is_no_session() {
    FlowBench bench;
    bench.send(kServer, kClient, 500, "-ERR\r\n", kSynAck, 101);
    bench.send(kServer, kClient, 507, "-ERR\r\n", kAck, 101);
    bench.send(kClient, kServer, 101, {}, kRst);
    return same("lines", bench.lines(), "") && same("sessions", bench.counters().sessions, 0) &&
           same("clients", bench.counters().clients, 0) &&
           same("delivered", bench.counters().delivered_bytes, 0) &&
           unit::holds("conserved", bench.conserves());
}

bool a_connection_of_which_one_side_was_captured_is_counted() {
    FlowBench bench;
    const auto one_sided = [&] { return bench.counters().connections_one_sided; };
    bench.send(kClient, kServer, 100, {}, kSyn);
    bool fine = same("without data", one_sided(), 0);
    bench.send(kClient, kServer, 101, "CAPA\r\n", kAck, 501);
    fine = same("the client alone", one_sided(), 1) && fine;
    bench.send(kServer, {1, 2}, 501, "+OK\r\n", kAck, 101);
    fine = same("a server alone", one_sided(), 2) && fine;
    bench.send(kServer, kClient, 501, {}, kAck, 107);
    fine = same("now both sides", one_sided(), 1) && fine;
    bench.send({1, 110}, {2, 80}, 100, {}, kSyn);
    bench.send({1, 110}, {2, 80}, 101, "GET\r\n", kAck, 501);
    return same("not analysed", one_sided(), 1) && fine;
}

bool midstream_the_client_is_the_peer_of_the_pop3_port() {
    FlowBench from_client, from_server;
    from_client.send(kClient, kServer, 101, "NOOP\r\n", kAck, 501);
    from_server.send(kServer, kClient, 501, "+OK\r\n", kAck, 101);
    from_server.send(kClient, kServer, 101, "NOOP\r\n", kAck, 506);
    return same("client first", from_client.lines(), opening(1) + "#1 > NOOP ") &&
           same("server first", from_server.lines(), opening(1) + "#1 > NOOP ") &&
           same("counted", from_client.counters().connections_midstream, 1);
}

bool midstream_with_two_pop3_ports_the_first_sender_is_the_client() {
    FlowBench bench;
    const End low{1, 110}, high{9, 110};
    bench.send(high, low, 101, "NOOP\r\n", kAck, 501);
    return same("lines", bench.lines(), opening(1, high, low) + "#1 > NOOP ");
}

bool without_midstream_such_a_connection_is_silent() {
    pop3ana_config values = default_config();
    values.midstream = 0;
    FlowBench bench{values};
    const bool taken = bench.send(kClient, kServer, 101, "NOOP\r\n", kAck, 501);
    return unit::holds("not taken", !taken) && same("lines", bench.lines(), "") &&
           same("ignored", bench.counters().segments_ignored, 1) &&
           same("discarded", bench.counters().discarded_bytes, 6) &&
           same("connections", bench.counters().connections, 0);
}

bool a_connection_to_another_port_is_not_analysed() {
    FlowBench bench;
    const End web{2, 80}, from_110{1, 110};
    bench.hello(from_110, 100, web);
    bench.send(from_110, web, 101, "USER al\r\n", kAck, 501);
    return same("lines", bench.lines(), "") &&
           same("counted", bench.counters().delivered_bytes, 9) &&
           same("sessions", bench.counters().sessions, 0);
}

bool both_ends_may_have_one_address() {
    FlowBench bench;
    const End client{7, 40'000}, server{7, 110};
    bench.hello(client, 100, server);
    bench.send(server, client, 501, "+OK\r\n", kAck, 101);
    bench.send(client, server, 101, "CAPA\r\n", kAck, 506);
    return same("lines", bench.lines(), opening(1, client, server) + "#1 < OK ; #1 > CAPA ");
}

bool an_rst_alone_opens_nothing() {
    FlowBench bench;
    const bool taken = bench.send(kServer, kClient, 501, "why", kRst);
    return unit::holds("not taken", !taken) &&
           same("connections", bench.counters().connections, 0) &&
           same("discarded", bench.counters().discarded_bytes, 3);
}

bool stray_segments_of_a_closed_connection_open_nothing_for_10_s() {
    bool fine = true;
    for (const std::int64_t late_ns : {std::int64_t{0}, kLingerNs, kLingerNs + 1}) {
        FlowBench bench;
        bench.greet();
        bench.bye();
        bench.lines();
        bench.now_ns += late_ns;
        bench.send(kClient, kServer, 300, "NOOP\r\n", kAck, 600);
        const bool opens = late_ns > kLingerNs;
        fine = same("lines", bench.lines(), opens ? opening(2) + "#2 > NOOP " : "") && fine;
        fine = same("ignored", bench.counters().segments_ignored, opens ? 0 : 1) && fine;
        fine = unit::holds("conserved", bench.conserves()) && fine;
    }
    return fine;
}

bool an_rst_closes_too() {
    FlowBench bench;
    bench.greet();
    bench.send(kServer, kClient, 506, {}, kRst);
    bench.lines();
    bench.send(kClient, kServer, 101, "NOOP\r\n", kAck, 506);
    return same("lines", bench.lines(), "") && same("open", bench.counters().connections_open, 0);
}

bool a_syn_of_another_number_opens_a_closed_connection_again() {
    FlowBench bench;
    bench.greet();
    bench.bye();
    bench.lines();
    bench.send(kClient, kServer, 100, {}, kSyn); // The old one, seen again.
    const bool ignored = same("ignored", bench.counters().segments_ignored, 1);
    bench.greet(kClient, 7'000);
    return ignored && same("lines", bench.lines(), opening(2) + "#2 < OK ") &&
           same("connections", bench.counters().connections, 2) &&
           same("open", bench.counters().connections_open, 1);
}

bool a_syn_alone_does_not_touch_a_live_connection() {
    FlowBench bench;
    bench.greet();
    bench.lines();
    bench.send(kClient, kServer, 7'000, {}, kSyn);
    bench.send(kServer, kClient, 900, {}, kSynAck, 6'999); // Answers something else.
    bench.send(kClient, kServer, 101, "CAPA\r\n", kAck, 506);
    return same("lines", bench.lines(), "#1 > CAPA ") &&
           same("connections", bench.counters().connections, 1);
}

bool a_syn_that_is_answered_replaces_a_live_connection() {
    FlowBench bench;
    bench.greet();
    bench.lines();
    bench.send(kClient, kServer, 7'000, "CAPA\r\n", kSyn);
    const bool held = same("held", bench.counters().held_bytes, 6);
    bench.send(kServer, kClient, 900, {}, kSynAck, 7'001);
    bench.send(kServer, kClient, 901, "+OK\r\n", kAck, 7'007);
    return held && same("lines", bench.lines(), opening(2) + "#2 < OK ; #2 > CAPA ") &&
           same("open", bench.counters().connections_open, 1) &&
           same("held", bench.counters().held_bytes, 0) &&
           unit::holds("conserved", bench.conserves());
}

bool a_live_connection_that_is_replaced_hands_on_what_it_holds() {
    FlowBench bench;
    bench.greet();
    bench.lines();
    bench.send(kClient, kServer, 111, "QUIT\r\n", kAck, 506); // Behind a gap.
    bench.send(kClient, kServer, 7'000, {}, kSyn);
    bench.send(kServer, kClient, 900, {}, kSynAck, 7'001);
    return same("lines", bench.lines(), "[#1 gap]") &&
           same("delivered", bench.counters().delivered_bytes, 11) &&
           same("gap bytes", bench.counters().gap_bytes, 10);
}

bool its_own_syn_seen_again_changes_nothing() {
    FlowBench bench;
    bench.greet();
    bench.hello();
    bench.lines();
    bench.send(kServer, kClient, 900, {}, kSynAck, 101);
    bench.send(kClient, kServer, 101, "CAPA\r\n", kAck, 506);
    return same("lines", bench.lines(), "#1 > CAPA ") &&
           same("connections", bench.counters().connections, 1) &&
           same("held", bench.counters().held_bytes, 0);
}

// The first copy of the SYN was lost: what the server acknowledged tells its number.
bool a_late_copy_of_a_lost_syn_changes_nothing() {
    FlowBench open, closed;
    for (FlowBench *bench : {&open, &closed}) {
        bench->send(kServer, kClient, 500, {}, kSynAck, 101);
        bench->send(kServer, kClient, 501, "+OK\r\n", kAck, 101);
        bench->send(kClient, kServer, 101, {}, kAck, 506);
        if (bench == &closed) bench->bye();
        bench->lines();
        bench->send(kClient, kServer, 100, {}, kSyn);
        bench->send(kServer, kClient, 500, {}, kSynAck, 101);
        bench->send(kClient, kServer, 101, "CAPA\r\n", kAck, 506);
    }
    return same("open", open.lines(), "#1 > CAPA ") && same("closed", closed.lines(), "") &&
           same("connections", open.counters().connections + closed.counters().connections, 2) &&
           same("held", open.counters().held_bytes, 0);
}

bool another_syn_ack_to_the_known_syn_does_not_open_a_closed_connection() {
    FlowBench bench;
    bench.greet();
    bench.bye();
    bench.send(kServer, kClient, 9'000, {}, kSynAck, 101);
    const bool copy = same("connections", bench.counters().connections, 1);
    bench.send(kServer, kClient, 9'000, {}, kSynAck, 7'001);
    return copy && same("connections", bench.counters().connections, 2);
}

bool an_unfinished_line_is_processed_at_fin_alone() {
    FlowBench fin, peer;
    for (FlowBench *bench : {&fin, &peer}) {
        bench->greet();
        bench->lines();
        bench->send(kClient, kServer, 101, "CAPA", kAck, 506);
    }
    fin.send(kClient, kServer, 105, {}, unit::kFinAck, 506);
    peer.send(kServer, kClient, 506, {}, unit::kFinAck, 105);
    return same("its own", fin.lines(), "#1 > CAPA ") && same("the peer's", peer.lines(), "");
}

} // namespace

int main() {
    return unit::run("unit.flow_table",
                     {UNIT_TEST(the_sender_of_the_syn_is_the_client),
                      UNIT_TEST(the_receiver_of_the_syn_ack_is_the_client),
                      UNIT_TEST(one_forged_syn_ack_is_no_session),
                      UNIT_TEST(a_connection_of_which_one_side_was_captured_is_counted),
                      UNIT_TEST(midstream_the_client_is_the_peer_of_the_pop3_port),
                      UNIT_TEST(midstream_with_two_pop3_ports_the_first_sender_is_the_client),
                      UNIT_TEST(without_midstream_such_a_connection_is_silent),
                      UNIT_TEST(a_connection_to_another_port_is_not_analysed),
                      UNIT_TEST(both_ends_may_have_one_address),
                      UNIT_TEST(an_rst_alone_opens_nothing),
                      UNIT_TEST(stray_segments_of_a_closed_connection_open_nothing_for_10_s),
                      UNIT_TEST(an_rst_closes_too),
                      UNIT_TEST(a_syn_of_another_number_opens_a_closed_connection_again),
                      UNIT_TEST(a_syn_alone_does_not_touch_a_live_connection),
                      UNIT_TEST(a_syn_that_is_answered_replaces_a_live_connection),
                      UNIT_TEST(a_live_connection_that_is_replaced_hands_on_what_it_holds),
                      UNIT_TEST(its_own_syn_seen_again_changes_nothing),
                      UNIT_TEST(a_late_copy_of_a_lost_syn_changes_nothing),
                      UNIT_TEST(another_syn_ack_to_the_known_syn_does_not_open_a_closed_connection),
                      UNIT_TEST(an_unfinished_line_is_processed_at_fin_alone)});
}
