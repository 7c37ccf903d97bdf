// The limits of a connection, and the candidate SYN that it keeps.
// SPDX-License-Identifier: GPL-2.0-or-later
#include "tcp_script.hpp"

using namespace pop3ana;
using unit::same;

namespace {

/// Sends `count` segments of `size` bytes behind a gap of one byte, `step` apart.
void send_out_of_order(unit::TcpBench &bench, std::size_t count, std::size_t size,
                       std::size_t step) {
    const std::string bytes(size, 'x');
    for (std::size_t i = 0; i < count; ++i)
        bench.segment(Side::kClient, static_cast<std::int64_t>(1 + i * step), bytes);
}

bool out_of_order_bytes_of_a_direction_are_bounded() {
    unit::TcpBench bench{Start::kSyn};
    bench.play("hello");
    send_out_of_order(bench, kOutOfOrderBytes / 1'024, 1'024, 1'024);
    const bool held = same("held", bench.counters.held_bytes, kOutOfOrderBytes) &&
                      same("nothing was given up", bench.log, "");
    bench.segment(Side::kClient, static_cast<std::int64_t>(kOutOfOrderBytes) + 1, "y");
    return held && same("the gap expired", bench.log.substr(0, 12), "C-gap 1 C:xx") &&
           same("all was handed on", bench.counters.delivered_bytes, kOutOfOrderBytes + 1) &&
           same("held", bench.counters.held_bytes, 0);
}

bool out_of_order_ranges_of_a_direction_are_bounded() {
    unit::TcpBench bench{Start::kSyn};
    bench.play("hello");
    send_out_of_order(bench, kOutOfOrderRanges, 1, 2);
    const bool held = same("held", bench.counters.held_bytes, kOutOfOrderRanges) &&
                      same("nothing was given up", bench.log, "");
    bench.segment(Side::kClient, static_cast<std::int64_t>(2 * kOutOfOrderRanges + 1), "y");
    return held && same("one gap expired", bench.log, "C-gap 1 C:x") &&
           same("held", bench.counters.held_bytes, kOutOfOrderRanges) &&
           unit::holds("conserved", bench.conserves());
}

/// What holding something out of order costs, without ranges.
std::uint64_t bookkeeping_bytes() {
    unit::TcpBench bench{Start::kSyn};
    bench.play("hello; C 1 'x'");
    return bench.shared.buffered_cost - 1 - kRangeOverheadBytes;
}

bool who_holds_too_much_gives_way_gap_by_gap() {
    unit::TcpBench bench{Start::kSyn, {}, bookkeeping_bytes() + 10 * (10 + kRangeOverheadBytes)};
    bench.play("hello");
    send_out_of_order(bench, 10, 10, 20);
    const bool held =
        same("held", bench.counters.held_bytes, 100) && same("nothing was given up", bench.log, "");
    bench.segment(Side::kClient, 201, "y");
    return held && same("one gap expired", bench.log, "C-gap 1 C:xxxxxxxxxx");
}

bool giving_way_gives_up_the_gap_that_is_waited_for() {
    unit::TcpBench bench{Start::kSyn};
    bench.play("hello; S 0 'one' a4; S 3 'two' a8"); // Two commands are missing.
    const bool waits = same("log", bench.log, "");
    bench.tcp.give_way(bench.shared, bench);
    return waits && same("outcome", bench.outcome(), "C-gap 4 S:one held 3 clock");
}

bool what_only_waits_gives_way_too() {
    unit::TcpBench bench{Start::kSyn};
    bench.play("hello; S 0 a6; C 0 a9");
    const bool waits = unit::holds("it has memory", bench.tcp.needs_memory());
    bench.tcp.give_way(bench.shared, bench);
    return waits && unit::holds("needed no more", !bench.tcp.needs_memory()) &&
           same("outcome", bench.outcome(), "C-gap 6 S-gap 9");
}

bool acks_and_ranges_are_counted_as_memory() {
    unit::TcpBench bench{Start::kSyn};
    bench.play("hello");
    const bool none = same("in order", bench.shared.buffered_cost, 0);
    bench.play("S 0 a6");
    const std::uint64_t one = bench.shared.buffered_cost;
    for (int i = 7; i < 20; ++i)
        bench.play("S 0 a" + std::to_string(i));
    return none && unit::holds("an ACK costs more than its clock", one >= 128) &&
           unit::holds("each costs something", bench.shared.buffered_cost >= one + 13 * 32) &&
           same("held", bench.counters.held_bytes, 0);
}

bool out_of_order_bytes_of_a_server_without_client_are_bounded() {
    unit::TcpBench bench{Start::kSynAck};
    bench.play("S syn a0");
    const std::string bytes(1'024, 'x');
    for (std::size_t i = 0; i <= kOutOfOrderBytes / 1'024; ++i)
        bench.segment(Side::kServer, static_cast<std::int64_t>(i * 1'024), bytes, kAck);
    const bool bounded = same("held", bench.counters.held_bytes, kOutOfOrderBytes) &&
                         same("the first are dropped", bench.counters.discarded_bytes, 1'024) &&
                         same("log", bench.log, "");
    bench.play("C 0 a0");
    return bounded && same("then they are a gap", bench.log.substr(0, 14), "S-gap 1024 S:x");
}

bool out_of_order_ranges_of_a_server_without_client_are_bounded() {
    unit::TcpBench bench{Start::kSynAck};
    bench.play("S syn a0");
    for (std::size_t i = 0; i < kOutOfOrderRanges + 5; ++i)
        bench.segment(Side::kServer, static_cast<std::int64_t>(1 + i * 2), "x");
    return same("held", bench.counters.held_bytes, kOutOfOrderRanges) &&
           same("outcome", bench.outcome(), " held " + std::to_string(kOutOfOrderRanges));
}

Segment syn_segment(std::uint32_t number, Bytes payload) {
    Segment syn{};
    syn.flags = kSyn;
    syn.sequence_number = number;
    syn.payload = payload;
    syn.payload_bytes = static_cast<std::uint32_t>(payload.size());
    return syn;
}

Segment syn_ack_of(std::uint32_t acknowledged) {
    Segment result{};
    result.flags = kSyn | kAck;
    result.acknowledgement = acknowledged;
    return result;
}

bool a_candidate_syn_is_kept_until_the_other_side_confirms_it() {
    unit::TcpBench bench{Start::kSyn};
    bench.play("hello");
    const auto save = [&](std::uint32_t number, std::string_view text) {
        const unit::FlushCopy flush{text};
        bench.counters.tcp_bytes += text.size();
        bench.tcp.save_candidate_syn(Side::kClient, syn_segment(number, flush.bytes()),
                                     bench.shared);
    };
    save(70, "older");
    save(77, "newer");
    const bool held = same("held", bench.counters.held_bytes, 5) &&
                      same("the older one is dropped", bench.counters.discarded_bytes, 5);
    const auto take = [&](Side from, std::uint32_t number) {
        return bench.tcp.confirm_syn(from, syn_ack_of(number), bench.shared);
    };
    const bool refused =
        !take(Side::kClient, 78) && !take(Side::kServer, 77) && !take(Side::kServer, 71);
    const auto syn = take(Side::kServer, 78);
    if (!unit::holds("confirmed", syn != nullptr)) return false;
    return held && unit::holds("others confirm nothing", refused) &&
           same("its bytes", as_text(syn->segment().payload), "newer") &&
           same("held", bench.counters.held_bytes, 0) &&
           unit::holds("only once", take(Side::kServer, 78) == nullptr);
}

bool a_candidate_syn_keeps_little() {
    unit::TcpBench bench{Start::kSyn};
    bench.play("hello");
    const std::string text(kSynDataBytes + 9, 'x');
    bench.counters.tcp_bytes += text.size();
    bench.tcp.save_candidate_syn(Side::kClient, syn_segment(7, as_bytes(text)), bench.shared);
    return same("held", bench.counters.held_bytes, kSynDataBytes) &&
           same("discarded", bench.counters.discarded_bytes, 9) &&
           same("outcome", bench.outcome(), " held 1460");
}

bool a_candidate_syn_gives_way_first() {
    unit::TcpBench bench{Start::kSyn};
    bench.play("hello; C 4 'xx'");
    bench.counters.tcp_bytes += 3;
    const std::uint64_t before = bench.shared.buffered_cost;
    bench.tcp.save_candidate_syn(Side::kClient, syn_segment(7, as_bytes("abc")), bench.shared);
    const bool costs = unit::holds("it costs something", bench.shared.buffered_cost > before + 3);
    bench.tcp.give_way(bench.shared, bench);
    return costs && same("discarded", bench.counters.discarded_bytes, 3) &&
           same("cost", bench.shared.buffered_cost, before) && same("log", bench.log, "");
}

Segment syn_ack_segment(std::uint32_t number, std::uint32_t acknowledged) {
    Segment result = syn_ack_of(acknowledged);
    result.sequence_number = number;
    return result;
}

bool a_connection_knows_its_copies() {
    const Side client = Side::kClient, server = Side::kServer;
    unit::TcpBench full{Start::kSyn}, half{Start::kSynAck}, blind{Start::kMidstream};
    full.play("hello");
    half.play("S syn a0"); // The client's number is known from what is acknowledged.
    blind.play("C 2000000 'ab' a2000000; S 2000000 'ab' a2000002");
    const auto syn = [](std::uint32_t number) { return syn_segment(number, {}); };
    const std::uint32_t far = 2'001'002; // The next byte of the midstream client.
    return unit::holds("its SYN", full.tcp.is_copy(client, syn(999))) &&
           unit::holds("another", !full.tcp.is_copy(client, syn(998))) &&
           unit::holds("a SYN of the server", !full.tcp.is_copy(server, syn(4'999))) &&
           unit::holds("its SYN-ACK", full.tcp.is_copy(server, syn_ack_segment(4'999, 7))) &&
           unit::holds("one that acknowledges its SYN",
                       full.tcp.is_copy(server, syn_ack_segment(7, 1'000))) &&
           unit::holds("one that does neither", !full.tcp.is_copy(server, syn_ack_segment(7, 7))) &&
           unit::holds("a SYN that was lost at first",
                       half.tcp.is_copy(client, syn(999)) && !half.tcp.is_copy(client, syn(998))) &&
           unit::holds("midstream, near before the next byte",
                       blind.tcp.is_copy(client, syn(far - 1)) &&
                           blind.tcp.is_copy(client, syn(far - kPlausibleAheadBytes))) &&
           unit::holds("midstream, elsewhere",
                       !blind.tcp.is_copy(client, syn(far)) &&
                           !blind.tcp.is_copy(client, syn(far - kPlausibleAheadBytes - 1)));
}

// Its place is kept in 32 bits, which three times a gigabyte make look like one ahead.
bool a_gap_is_forgotten_when_it_is_far_behind() {
    unit::TcpBench bench{Start::kSyn};
    bench.play("hello; S 0 'ab' sent10; C 0 'x' a5");
    bool fine = same("what was sent before its end", bench.log, "S:ab S-gap 8 C:x S-gap...");
    const std::string bytes(65'000, 'x');
    std::int64_t position = 10;
    for (; position < 3'000'000'000; position += 65'000) {
        bench.segment(Side::kServer, position, bytes);
        bench.log.clear();
    }
    bench.segment(Side::kClient, 1, "y", kAck, position);
    return same("what was sent long after", bench.log, "C:y") && fine;
}

} // namespace

int main() {
    return unit::run(
        "unit.tcp_limits",
        {UNIT_TEST(out_of_order_bytes_of_a_direction_are_bounded),
         UNIT_TEST(out_of_order_ranges_of_a_direction_are_bounded),
         UNIT_TEST(who_holds_too_much_gives_way_gap_by_gap),
         UNIT_TEST(giving_way_gives_up_the_gap_that_is_waited_for),
         UNIT_TEST(what_only_waits_gives_way_too), UNIT_TEST(acks_and_ranges_are_counted_as_memory),
         UNIT_TEST(out_of_order_bytes_of_a_server_without_client_are_bounded),
         UNIT_TEST(out_of_order_ranges_of_a_server_without_client_are_bounded),
         UNIT_TEST(a_candidate_syn_is_kept_until_the_other_side_confirms_it),
         UNIT_TEST(a_candidate_syn_keeps_little), UNIT_TEST(a_candidate_syn_gives_way_first),
         UNIT_TEST(a_connection_knows_its_copies),
         UNIT_TEST(a_gap_is_forgotten_when_it_is_far_behind)});
}
