// The reassembler against a plain byte map, with random conversations and losses.
// SPDX-License-Identifier: GPL-2.0-or-later
#include "support.hpp"
#include "tcp_model.hpp"

#include <algorithm>

using namespace pop3ana;
using unit::FirstNumbers;
using unit::index_of;
using unit::Sent;
using unit::TcpModel;

namespace {

// Loss, retransmissions that overlap, cut segments, and neighbours that change places.
std::vector<Sent> captured(const std::vector<Sent> &sent, unit::Random &random) {
    const double loss = random.pick(std::vector{0.0, 0.05, 0.3});
    const double cut = random.pick(std::vector{0.0, 0.2});
    std::vector<Sent> result;
    for (const Sent &segment : sent) {
        if (!random.chance(loss)) result.push_back(segment);
        if (random.chance(0.3)) { // A retransmission may begin earlier, where the ACK is the same.
            Sent again = segment;
            again.begin -= random.below(again.begin - again.turn + 1);
            again.captured = again.end - again.begin;
            if (random.chance(0.3)) again.other = static_cast<std::uint8_t>(random.number());
            result.push_back(again);
        }
    }
    for (Sent &segment : result)
        if (random.chance(cut)) segment.captured = random.below(segment.end - segment.begin + 1);
    const std::size_t reach = random.pick(std::vector<std::size_t>{1, 3, 9});
    for (std::size_t i = 0; i + 1 < result.size(); ++i)
        std::swap(result[i], result[std::min(result.size() - 1, i + random.below(reach))]);
    return result;
}

bool random_conversation_agrees(unit::Random &random) {
    std::array<std::size_t, 2> lengths{};
    const auto sent = unit::conversation(random, 4 + random.below(20), lengths);
    const auto seen = captured(sent, random);
    FirstNumbers first{random.number(), random.number()};
    if (random.chance(0.5)) first[0] = 0xffffffff - static_cast<std::uint32_t>(random.below(40));
    TcpModel model{first, std::max(lengths[0], lengths[1])};
    std::array<std::size_t, 2> ends{};
    for (Sent segment : seen) {
        segment.wait_ns = static_cast<std::int64_t>(random.below(200'000'000));
        model.play(segment);
        std::size_t &end = ends[index_of(segment.from)];
        end = std::max(end, segment.end);
        if (random.chance(0.4)) {
            const Side peer = other(segment.from);
            model.acknowledge(peer, ends[index_of(peer)], end);
        }
        if (!model.broken().empty()) break;
    }
    model.finish();
    return unit::same("broken law", model.broken(), "");
}

bool every_byte_is_the_first_copy_in_order_and_once() {
    return unit::holds_for_rounds("unit.tcp_model", 1'500, random_conversation_agrees);
}

} // namespace

int main() {
    return unit::run("unit.tcp_model", {UNIT_TEST(every_byte_is_the_first_copy_in_order_and_once)});
}
