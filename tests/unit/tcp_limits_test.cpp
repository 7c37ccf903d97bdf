// The limits of a connection, and the SYN that it remembers.
// SPDX-License-Identifier: GPL-2.0-or-later
#include "tcp_script.hpp"

using namespace pop3ana;
using unit::same;

namespace {

/// Sends `count` segments of `size` bytes behind a hole of one byte, `step` apart.
void send_early(unit::TcpBench &bench, std::size_t count, std::size_t size, std::size_t step) {
    const std::string bytes(size, 'x');
    for (std::size_t i = 0; i < count; ++i)
        bench.segment(Side::kOriginator, static_cast<std::int64_t>(1 + i * step), bytes);
}

bool early_bytes_of_a_direction_are_bounded() {
    unit::TcpBench bench{false};
    bench.play("hello");
    send_early(bench, kEarlyBytes / 1'024, 1'024, 1'024);
    const bool held = same("held", bench.counters.held_bytes, kEarlyBytes) &&
                      same("nothing was given up", bench.log, "");
    bench.segment(Side::kOriginator, static_cast<std::int64_t>(kEarlyBytes) + 1, "y");
    return held && same("the hole was given up", bench.log.substr(0, 12), "C-gap 1 C:xx") &&
           same("all was handed on", bench.counters.delivered_bytes, kEarlyBytes + 1) &&
           same("held", bench.counters.held_bytes, 0);
}

bool early_pieces_of_a_direction_are_bounded() {
    unit::TcpBench bench{false};
    bench.play("hello");
    send_early(bench, kEarlyPieces, 1, 2);
    const bool held = same("held", bench.counters.held_bytes, kEarlyPieces) &&
                      same("nothing was given up", bench.log, "");
    bench.segment(Side::kOriginator, static_cast<std::int64_t>(2 * kEarlyPieces + 1), "y");
    return held && same("one hole was given up", bench.log, "C-gap 1 C:x") &&
           same("held", bench.counters.held_bytes, kEarlyPieces) &&
           unit::holds("conserved", bench.conserves());
}

bool early_bytes_of_all_connections_are_bounded() {
    unit::TcpBench bench{false, {}, 10 * (10 + kPieceOverheadBytes)};
    bench.play("hello");
    send_early(bench, 10, 10, 20);
    const bool held = same("cost", bench.shared.held_cost, bench.shared.max_held_bytes) &&
                      same("nothing was given up", bench.log, "");
    bench.segment(Side::kOriginator, 201, "y");
    return held && same("one hole was given up", bench.log, "C-gap 1 C:xxxxxxxxxx") &&
           unit::holds("below the limit", bench.shared.held_cost <= bench.shared.max_held_bytes);
}

bool one_connection_makes_way_for_what_others_hold() {
    unit::TcpBench bench{false, {}, 1'000};
    bench.play("hello");
    bench.shared.held_cost = 950;
    bench.play("C 5 'ab'");
    const bool gave_up = same("log", bench.log, "C-gap 5 C:ab");
    return gave_up && same("cost of the others", bench.shared.held_cost, 950);
}

bool at_the_limit_the_awaited_hole_of_the_other_side_is_given_up() {
    unit::TcpBench bench{false, {}, 2 * (3 + kPieceOverheadBytes)};
    bench.play("hello; S 0 'one' a4; S 3 'two' a8"); // Two commands are missing.
    const bool waits = same("log", bench.log, "");
    bench.play("S 6 'thr' a12");
    return waits && same("log", bench.log, "C-gap 4 S:one") &&
           same("outcome", bench.outcome(), "C-gap 4 S:one held 6 clock");
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

bool a_syn_is_remembered_until_the_other_side_confirms_it() {
    unit::TcpBench bench{false};
    bench.play("hello");
    const auto remember = [&](std::uint32_t number, std::string_view text) {
        const unit::FlushCopy flush{text};
        bench.counters.tcp_bytes += text.size();
        bench.tcp.remember_syn(Side::kOriginator, syn_segment(number, flush.bytes()), bench.shared);
    };
    remember(70, "older");
    remember(77, "newer");
    const bool held = same("held", bench.counters.held_bytes, 5) &&
                      same("the older one is dropped", bench.counters.discarded_bytes, 5);
    const auto take = [&](Side from, std::uint32_t number) {
        return bench.tcp.take_confirmed_syn(from, syn_ack_of(number), bench.shared);
    };
    const bool refused =
        !take(Side::kOriginator, 78) && !take(Side::kResponder, 77) && !take(Side::kResponder, 71);
    const auto syn = take(Side::kResponder, 78);
    if (!unit::holds("confirmed", syn != nullptr)) return false;
    return held && unit::holds("others confirm nothing", refused) &&
           same("its bytes", as_text(syn->segment.payload), "newer") &&
           same("held", bench.counters.held_bytes, 0) && same("cost", bench.shared.held_cost, 0) &&
           unit::holds("only once", take(Side::kResponder, 78) == nullptr);
}

bool a_remembered_syn_keeps_little() {
    unit::TcpBench bench{false};
    bench.play("hello");
    const std::string text(kSynDataBytes + 9, 'x');
    bench.counters.tcp_bytes += text.size();
    bench.tcp.remember_syn(Side::kOriginator, syn_segment(7, as_bytes(text)), bench.shared);
    return same("held", bench.counters.held_bytes, kSynDataBytes) &&
           same("discarded", bench.counters.discarded_bytes, 9) &&
           same("outcome", bench.outcome(), " held 1460");
}

bool a_remembered_syn_keeps_nothing_when_all_room_is_used() {
    unit::TcpBench bench{false, {}, 100};
    bench.play("hello");
    bench.shared.held_cost = 98;
    bench.counters.tcp_bytes += 3;
    bench.tcp.remember_syn(Side::kOriginator, syn_segment(7, as_bytes("abc")), bench.shared);
    return same("discarded", bench.counters.discarded_bytes, 3) &&
           same("cost", bench.shared.held_cost, 98);
}

bool a_connection_knows_its_own_syn() {
    unit::TcpBench bench{false, {1'000, 5'000}}, blind{true, {1'000, 5'000}};
    bench.play("C syn");
    blind.play("C 0 'ab'");
    const Side client = Side::kOriginator;
    return unit::holds("its own", bench.tcp.is_own_syn(client, 999)) &&
           unit::holds("it began so", bench.tcp.began_with(client, 999)) &&
           unit::holds("another", !bench.tcp.is_own_syn(client, 998)) &&
           unit::holds("of the other side", !bench.tcp.is_own_syn(Side::kResponder, 999)) &&
           unit::holds("midstream a late one fits just before the next byte",
                       blind.tcp.is_own_syn(client, 1'001) && !blind.tcp.is_own_syn(client, 999)) &&
           unit::holds("but was not captured", !blind.tcp.began_with(client, 1'001));
}

// Its place is kept in 32 bits, which three times a gigabyte make look like one ahead.
bool a_gap_is_forgotten_when_it_is_far_behind() {
    unit::TcpBench bench{false};
    bench.play("hello; S 0 'ab' sent10; C 0 'x' a5");
    bool fine = same("what was sent before its end", bench.log, "S:ab S-gap 8 C:x S-gap...");
    const std::string bytes(65'000, 'x');
    std::int64_t position = 10;
    for (; position < 3'000'000'000; position += 65'000) {
        bench.segment(Side::kResponder, position, bytes);
        bench.log.clear();
    }
    bench.segment(Side::kOriginator, 1, "y", kAck, position);
    return same("what was sent long after", bench.log, "C:y") && fine;
}

} // namespace

int main() {
    return unit::run("unit.tcp_limits",
                     {UNIT_TEST(early_bytes_of_a_direction_are_bounded),
                      UNIT_TEST(early_pieces_of_a_direction_are_bounded),
                      UNIT_TEST(early_bytes_of_all_connections_are_bounded),
                      UNIT_TEST(one_connection_makes_way_for_what_others_hold),
                      UNIT_TEST(at_the_limit_the_awaited_hole_of_the_other_side_is_given_up),
                      UNIT_TEST(a_syn_is_remembered_until_the_other_side_confirms_it),
                      UNIT_TEST(a_remembered_syn_keeps_little),
                      UNIT_TEST(a_remembered_syn_keeps_nothing_when_all_room_is_used),
                      UNIT_TEST(a_connection_knows_its_own_syn),
                      UNIT_TEST(a_gap_is_forgotten_when_it_is_far_behind)});
}
