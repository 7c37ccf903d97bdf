// Segments that no host would send: whatever they say, bytes are counted once, time ends, and all
// memory comes back.
// SPDX-License-Identifier: GPL-2.0-or-later
#include "tcp_script.hpp"

using namespace pop3ana;

namespace {

std::int64_t any_position(unit::Random &random) {
    const auto near = static_cast<std::int64_t>(random.below(60)) - 5;
    if (random.chance(0.9)) return near;
    return near + random.pick(std::vector<std::int64_t>{1 << 20, (1 << 20) + 40, -(1 << 20),
                                                        1 << 30, -(1LL << 31), (1LL << 31) - 1});
}

bool random_segments_are_counted(unit::Random &random) {
    const std::uint64_t room =
        random.pick(std::vector<std::uint64_t>{500, 3'000, kOutOfOrderBytesTotal});
    const Start start =
        random.pick(std::vector{Start::kSyn, Start::kSyn, Start::kSynAck, Start::kMidstream});
    unit::TcpBench bench{start, {random.number(), random.number()}, room};
    if (random.chance(0.5)) bench.play("hello");
    for (int step = 0; step < 150; ++step) {
        const Side from = random.chance(0.5) ? Side::kClient : Side::kServer;
        unsigned flags = random.chance(0.7) ? kAck : 0;
        if (random.chance(0.05)) flags |= kSyn;
        if (random.chance(0.03)) flags |= kFin;
        if (random.chance(0.01)) flags |= kRst;
        const std::string bytes = random.word(random.chance(0.3) ? 0 : random.below(9));
        const std::size_t sent = bytes.size() + (random.chance(0.1) ? random.below(9) : 0);
        const auto seq = any_position(random), ack = any_position(random);
        bench.segment(from, seq, bytes, static_cast<std::uint8_t>(flags), ack, sent);
        if (random.chance(0.1)) bench.shared.clock_ns += 400'000'000;
        if (random.chance(0.1)) bench.play("tick");
        if (!unit::holds("conserved", bench.conserves()) ||
            !unit::holds("cost", bench.shared.buffered_cost >= bench.counters.held_bytes &&
                                     bench.shared.buffered_cost <= room))
            return false;
        if (bench.tcp.ended()) break;
    }
    const bool end = random.chance(0.7) && !bench.tcp.ended();
    if (end) bench.play("finish");
    const std::uint64_t held = bench.counters.held_bytes;
    const std::string outcome = bench.outcome();
    return unit::same("nothing is held when it is over", end ? held : 0, 0) &&
           unit::holds("counters: " + outcome, !outcome.ends_with("wrong counters"));
}

bool any_segments_are_counted_and_come_to_an_end() {
    return unit::holds_for_rounds("unit.tcp_hostile", 1'500, random_segments_are_counted);
}

} // namespace

int main() {
    return unit::run("unit.tcp_hostile", {UNIT_TEST(any_segments_are_counted_and_come_to_an_end)});
}
