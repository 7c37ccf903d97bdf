// Time and room: idle connections, eviction, gaps that wait for tick().
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

bool an_idle_connection_is_given_up_after_24_hours() {
    bool fine = true;
    for (const std::int64_t late_ns : {0, 1}) {
        FlowBench bench;
        bench.greet();
        bench.lines();
        bench.now_ns += kIdleNs + late_ns;
        bench.witness();
        bench.send(kClient, kServer, 101, "CAPA\r\n", kAck, 506);
        const bool over = late_ns != 0;
        fine = same("number", bench.events.last.session, over ? 2 : 1) && fine;
        fine = same("idle", bench.counters().connections_idle, over ? 2 : 0) && fine;
        fine = same("midstream", bench.counters().connections_midstream, over ? 1 : 0) && fine;
        fine = same("open", bench.counters().connections_open, over ? 1 : 2) && fine;
    }
    return fine;
}

bool traffic_keeps_a_connection_alive() {
    FlowBench bench;
    bench.greet();
    std::uint32_t number = 101;
    for (int day = 0; day < 5; ++day, number += 6) {
        bench.now_ns += kIdleNs;
        bench.witness();
        bench.send(kClient, kServer, number, "CAPA\r\n", kAck, 506);
    }
    return same("connections", bench.counters().connections, 2) &&
           same("idle", bench.counters().connections_idle, 0);
}

bool tick_gives_idle_connections_up_without_traffic() {
    FlowBench bench;
    bench.greet();
    bench.hello({1, 40'001});
    bench.flows.tick(bench.now_ns + kIdleNs);
    const bool alive = same("open", bench.counters().connections_open, 2);
    bench.flows.tick(bench.now_ns + kIdleNs + 1);
    return alive && same("open", bench.counters().connections_open, 0) &&
           same("idle", bench.counters().connections_idle, 2);
}

bool those_given_up_at_once_come_by_their_last_frames() {
    FlowBench bench;
    const End early{1, 1}, talker{1, 2}, late{1, 3};
    bench.hello(late);
    bench.greet(talker);
    bench.hello(early);
    bench.lines();
    // Each waits for bytes before its last segment; two have not sent any.
    bench.send(early, kServer, 151, {}, unit::kFinAck, 501);
    bench.send(kServer, talker, 556, "+OK\r\n", kAck, 101);
    bench.send(late, kServer, 151, {}, unit::kFinAck, 501);
    bench.now_ns += kIdleNs + 1;
    bench.hello({1, 4});
    return same("events", bench.lines(), "[#0 gap]; [#1 gap]; [#0 gap]");
}

// K18.
bool an_event_has_the_time_of_its_own_packet() {
    FlowBench bench;
    bench.greet();
    bench.now_ns = 5;
    bench.send(kClient, kServer, 101, "CAPA\r\n", kAck, 506);
    return same("time", static_cast<std::uint64_t>(bench.events.last.ts_ns), 5) &&
           same("connections", bench.counters().connections, 1);
}

bool one_packet_far_ahead_does_not_move_the_clock() {
    FlowBench bench;
    bench.greet();
    const std::int64_t now_ns = bench.now_ns;
    for (int i = 0; i < 3; ++i) {
        bench.now_ns = now_ns + 2 * kIdleNs;
        bench.send(kClient, kServer, 101, {}, kAck, 506);
        bench.now_ns = now_ns;
        bench.send(kClient, kServer, 101, {}, kAck, 506);
    }
    return same("idle", bench.counters().connections_idle, 0) &&
           same("open", bench.counters().connections_open, 1);
}

bool two_far_ahead_move_the_clock_to_the_earlier_one() {
    bool fine = true;
    for (const std::int64_t earlier_ns : {kIdleNs, kIdleNs + 1}) {
        FlowBench bench;
        bench.greet();
        const std::int64_t now_ns = bench.now_ns;
        for (const std::int64_t later_ns : {3 * kIdleNs, earlier_ns}) {
            bench.now_ns = now_ns + later_ns;
            bench.send({1, 7}, kServer, 100, {}, kSyn);
        }
        fine =
            same("idle", bench.counters().connections_idle, earlier_ns > kIdleNs ? 2 : 0) && fine;
    }
    return fine;
}

bool an_hour_ahead_needs_no_witness() {
    FlowBench bench;
    bench.greet();
    bench.send(kServer, kClient, 506, {}, kAck, 111); // Ten bytes of the client are in a gap.
    bench.now_ns += kClockLeapNs + 1;
    bench.hello({1, 2});
    const bool leap = same("gaps", bench.counters().gaps, 1);
    FlowBench other;
    other.greet();
    other.send(kServer, kClient, 506, {}, kAck, 111);
    other.now_ns += kClockLeapNs;
    other.send({1, 2}, kServer, 100, {}, kSyn);
    return leap && same("gaps", other.counters().gaps, 1);
}

bool the_clock_expires_the_gap_of_the_oldest_ack_first() {
    FlowBench bench;
    for (const std::uint16_t port : {std::uint16_t{1}, std::uint16_t{2}, std::uint16_t{3}})
        bench.greet({1, port});
    bench.lines();
    for (const std::uint16_t port : {std::uint16_t{2}, std::uint16_t{3}, std::uint16_t{1}})
        bench.send(kServer, {1, port}, 506, {}, kAck, 111);
    bench.send(kServer, {1, 2}, 506, {}, kAck, 121); // A later clock of its own.
    bench.now_ns += kSecondNs - 1;
    bench.send({1, 9}, kServer, 100, {}, kSyn);
    const bool waits = same("none is due", bench.lines(), "");
    bench.now_ns += 1;
    bench.send({1, 9}, kServer, 100, {}, kSyn);
    return waits && same("in order", bench.lines(), "[#2 gap]; [#3 gap]; [#1 gap]; [#2 gap]") &&
           same("frame", bench.events.last.frame, bench.frame) &&
           same("time", static_cast<std::uint64_t>(bench.events.last.ts_ns),
                static_cast<std::uint64_t>(bench.now_ns));
}

bool gaps_expire_before_idle_connections() {
    FlowBench bench;
    bench.greet({1, 1});
    bench.send(kServer, {1, 1}, 507, "+OK\r\n", kAck, 101); // Behind a gap.
    bench.now_ns += kSecondNs;
    bench.greet({1, 2});
    bench.lines();
    bench.send(kServer, {1, 2}, 506, {}, kAck, 111);
    bench.now_ns += kIdleNs;
    bench.witness();
    bench.witness();
    return same("events", bench.lines(), "[#2 gap]; [#1 gap]");
}

bool tick_expires_a_gap_after_a_second() {
    FlowBench bench;
    bench.greet();
    bench.lines();
    bench.send(kServer, kClient, 506, {}, kAck, 111); // Ten bytes of the client are in a gap.
    bench.flows.tick(bench.now_ns + kSecondNs - 1);
    const bool waits = same("gaps", bench.counters().gaps, 0);
    bench.flows.tick(bench.now_ns + kSecondNs);
    return waits && same("gaps", bench.counters().gaps, 1) &&
           same("bytes", bench.counters().gap_bytes, 10) &&
           same("lines", bench.lines(), "[#1 gap]");
}

bool tick_looks_at_every_connection_that_waits() {
    FlowBench bench;
    for (std::uint16_t port = 1; port <= 20; ++port) {
        bench.greet({1, port});
        bench.send(kServer, {1, port}, 506, {}, kAck, 111);
    }
    for (std::uint16_t port = 1; port <= 10; ++port) // These wait no longer.
        bench.send({1, port}, kServer, 101, "CAPA\r\n\r\n\r\n", kAck, 506);
    bench.flows.tick(bench.now_ns + kSecondNs);
    return same("gaps", bench.counters().gaps, 10);
}

pop3ana_config room_for(std::uint32_t connections) {
    pop3ana_config values = default_config();
    values.max_connections = connections;
    return values;
}

/// Which of the clients' connections are still there: a command tells.
std::string alive(FlowBench &bench, std::initializer_list<std::uint16_t> ports) {
    std::string result;
    bench.lines();
    for (const std::uint16_t port : ports) {
        const std::uint64_t before = bench.counters().connections;
        bench.send({1, port}, kServer, 100, {}, kSyn);
        if (bench.counters().connections == before) result += std::to_string(port) + ' ';
    }
    return result;
}

bool connections_without_data_give_way_first_longest_idle_first() {
    FlowBench bench{room_for(4)};
    bench.greet({1, 1});
    bench.hello({1, 2});
    bench.hello({1, 3});
    bench.greet({1, 4});
    bench.send(kServer, {1, 2}, 501, {}, kAck, 101); // Now 3 is idle for longer.
    bench.hello({1, 5});
    const bool third = same("evicted", bench.counters().connections_evicted, 1) &&
                       same("open", bench.counters().connections_open, 4);
    bench.greet({1, 6});
    return third && same("evicted", bench.counters().connections_evicted, 2) &&
           same("alive", alive(bench, {1, 4, 5, 6}), "1 4 5 6 ");
}

bool then_those_with_data_longest_idle_first() {
    FlowBench bench{room_for(3)};
    for (const std::uint16_t port : {std::uint16_t{1}, std::uint16_t{2}, std::uint16_t{3}})
        bench.greet({1, port});
    bench.send({1, 1}, kServer, 101, "CAPA\r\n", kAck, 506);
    bench.greet({1, 4});
    return same("evicted", bench.counters().connections_evicted, 1) &&
           same("alive", alive(bench, {1, 3, 4}), "1 3 4 ");
}

bool connections_that_open_have_a_sixteenth_of_the_room() {
    FlowBench bench{room_for(64)};
    for (std::uint16_t port = 1; port <= 64; ++port)
        bench.greet({1, port});
    for (std::uint16_t port = 101; port <= 106; ++port)
        bench.hello({1, port});
    return same("evicted", bench.counters().connections_evicted, 6) &&
           same("alive", alive(bench, {6, 64, 102, 105, 106, 101, 5}), "6 64 102 105 106 ");
}

// One packet can be forged.
bool a_syn_ack_with_data_but_without_client_counts_as_one_without_data() {
    FlowBench bench{room_for(2)};
    bench.greet({1, 1});
    bench.send(kServer, {1, 2}, 500, "-ERR\r\n", kSynAck, 101);
    bench.send(kServer, {1, 2}, 507, "-ERR\r\n", kAck, 101);
    bench.greet({1, 3});
    return same("alive", alive(bench, {1, 3}), "1 3 ") &&
           unit::holds("conserved", bench.conserves());
}

bool the_connection_that_holds_most_out_of_order_bytes_gives_way() {
    pop3ana_config values = default_config();
    values.max_held_bytes = 5'500;
    FlowBench bench{values};
    for (const std::uint16_t port : {std::uint16_t{1}, std::uint16_t{2}, std::uint16_t{3}})
        bench.greet({1, port});
    bench.lines();
    bench.send({1, 1}, kServer, 102, std::string(900, 'x'), kAck, 506);
    bench.send({1, 2}, kServer, 102, std::string(3'000, 'x'), kAck, 506);
    const bool room = same("room for both", bench.counters().gaps, 0);
    bench.send({1, 3}, kServer, 105, "\r\n", kAck, 506);
    bench.send({1, 1}, kServer, 1'002, std::string(400, 'x'), kAck, 506);
    const bool largest = same("the largest", bench.lines(), "[#2 gap]");
    bench.send({1, 3}, kServer, 101, "QUIT", kAck, 506);
    return room && largest && same("the newcomer is whole", bench.lines(), "#3 > QUIT ");
}

bool the_session_that_holds_most_text_loses_its_line() {
    FlowBench bench;
    const std::string part(32'000, 'x');
    const auto client = [](std::size_t i) {
        return End{static_cast<std::uint8_t>(3 + i / 1'000),
                   static_cast<std::uint16_t>(1 + i % 1'000)};
    };
    std::size_t i = 0;
    for (; bench.counters().lines_too_long == 0 && i < 2'500; ++i) {
        bench.greet(client(i));
        bench.send(client(i), kServer, 101, "NOOP ", kAck, 506);
        bench.send(client(i), kServer, 106, part, kAck, 506);
    }
    const bool full = unit::holds("the room was full", i > kTextBytesTotal / 33'000 && i < 2'500);
    bench.greet();
    bench.lines();
    bench.send(kClient, kServer, 101, "CAP", kAck, 506);
    bench.send(kClient, kServer, 104, "A\r\n", kAck, 506);
    const bool newcomer = unit::holds("the newcomer is whole", bench.lines().ends_with(" > CAPA "));
    bench.send(client(0), kServer, 106 + 32'000, "USER al\r\n", kAck, 506);
    return full && newcomer && same("the end of the line that was cut", bench.lines(), "");
}

bool closed_connections_give_way_before_all_others() {
    FlowBench bench{room_for(2)};
    bench.greet();
    bench.bye();
    bench.hello({1, 2});
    bench.hello({1, 3});
    return same("evicted", bench.counters().connections_evicted, 0) &&
           same("open", bench.counters().connections_open, 2);
}

bool an_evicted_connection_hands_on_what_it_holds() {
    FlowBench bench{room_for(1)};
    bench.greet();
    bench.lines();
    bench.send(kServer, kClient, 509, "S\r\n+OK bye\r\n", kAck, 101); // Behind a gap.
    bench.hello({1, 2});
    return same("delivered", bench.counters().delivered_bytes, 17) &&
           same("held", bench.counters().held_bytes, 0) &&
           unit::holds("conserved", bench.conserves());
}

bool a_flood_of_syns_takes_half_of_the_room() {
    FlowBench bench;
    bench.greet({1, 1});
    constexpr std::size_t kMore = 3;
    Segment syn{};
    syn.address_family = 4;
    syn.destination = {10, 0, 0, kServer.address};
    syn.destination_port = kServer.port;
    syn.flags = kSyn;
    for (std::size_t i = 0; i < kConnectionsWithoutData + kMore; ++i) {
        syn.source = {10, 1, static_cast<std::uint8_t>(i >> 16), static_cast<std::uint8_t>(i >> 8)};
        syn.source_port = static_cast<std::uint16_t>(1'000 + i % 256);
        bench.flows.segment(syn, true, ++bench.frame, bench.now_ns, bench.connection);
    }
    const bool bounded =
        same("evicted", bench.counters().connections_evicted, kMore) &&
        same("open", bench.counters().connections_open, kConnectionsWithoutData + 1);
    return bounded && same("alive", alive(bench, {1}), "1 ");
}

// docs/semantics.md section 6: each limit leaves a count and an anomaly.
bool an_evicted_session_says_so() {
    FlowBench bench{room_for(1)};
    bench.greet();
    bench.lines();
    bench.hello({1, 2});
    return same("lines", bench.lines(), "[#1 evicted]");
}

bool random_traffic_is_counted(unit::Random &random) {
    FlowBench bench{room_for(5)};
    for (int step = 0; step < 300; ++step) {
        const End client{static_cast<std::uint8_t>(random.below(2) + 1),
                         static_cast<std::uint16_t>(random.below(5) + 1)};
        const bool from_client = random.chance(0.5);
        const auto number = static_cast<std::uint32_t>(random.below(60) + 100);
        const auto ack = static_cast<std::uint32_t>(random.below(60) + 100);
        unsigned flags = random.chance(0.8) ? kAck : 0;
        if (random.chance(0.2)) flags |= kSyn;
        if (random.chance(0.05)) flags |= kFin;
        if (random.chance(0.03)) flags |= kRst;
        bench.now_ns += random.chance(0.02) ? kIdleNs : static_cast<std::int64_t>(random.number());
        const std::string text = random.chance(0.5) ? random.word(random.below(9)) + "\r\n" : "";
        bench.send(from_client ? client : kServer, from_client ? kServer : client, number, text,
                   static_cast<std::uint8_t>(flags), ack);
        if (random.chance(0.1)) bench.flows.tick(bench.now_ns);
        if (!unit::holds("conserved", bench.conserves()) ||
            !unit::holds("bounded", bench.counters().connections_open <= 5))
            return false;
    }
    return true;
}

bool any_traffic_is_counted_and_bounded() {
    return unit::holds_for_rounds("unit.flow_age", 150, random_traffic_is_counted);
}

} // namespace

int main() {
    return unit::run("unit.flow_age",
                     {UNIT_TEST(an_idle_connection_is_given_up_after_24_hours),
                      UNIT_TEST(traffic_keeps_a_connection_alive),
                      UNIT_TEST(tick_gives_idle_connections_up_without_traffic),
                      UNIT_TEST(those_given_up_at_once_come_by_their_last_frames),
                      UNIT_TEST(an_event_has_the_time_of_its_own_packet),
                      UNIT_TEST(one_packet_far_ahead_does_not_move_the_clock),
                      UNIT_TEST(two_far_ahead_move_the_clock_to_the_earlier_one),
                      UNIT_TEST(an_hour_ahead_needs_no_witness),
                      UNIT_TEST(the_clock_expires_the_gap_of_the_oldest_ack_first),
                      UNIT_TEST(gaps_expire_before_idle_connections),
                      UNIT_TEST(tick_expires_a_gap_after_a_second),
                      UNIT_TEST(tick_looks_at_every_connection_that_waits),
                      UNIT_TEST(connections_without_data_give_way_first_longest_idle_first),
                      UNIT_TEST(then_those_with_data_longest_idle_first),
                      UNIT_TEST(connections_that_open_have_a_sixteenth_of_the_room),
                      UNIT_TEST(a_syn_ack_with_data_but_without_client_counts_as_one_without_data),
                      UNIT_TEST(the_connection_that_holds_most_out_of_order_bytes_gives_way),
                      UNIT_TEST(the_session_that_holds_most_text_loses_its_line),
                      UNIT_TEST(closed_connections_give_way_before_all_others),
                      UNIT_TEST(a_flood_of_syns_takes_half_of_the_room),
                      UNIT_TEST(an_evicted_connection_hands_on_what_it_holds),
                      UNIT_TEST(an_evicted_session_says_so),
                      UNIT_TEST(any_traffic_is_counted_and_bounded)});
}
