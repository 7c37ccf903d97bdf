// SPDX-License-Identifier: GPL-2.0-or-later
#include "mutate.hpp"

#include <algorithm>
#include <map>
#include <numeric>

namespace pop3ana_test {

namespace {

constexpr std::int64_t kMillisecond = 1'000'000;

/// One direction of a connection.
using Flow = std::pair<Endpoint, Endpoint>;
Flow flow_of(const TcpPacket &packet) {
    return {packet.source, packet.destination};
}

/// Distance from `base` to `seq`, across the wrap.
std::int32_t distance(std::uint32_t base, std::uint32_t seq) {
    return static_cast<std::int32_t>(seq - base);
}

Capture permuted(const Capture &capture, const std::vector<std::size_t> &order) {
    Capture result;
    result.reserve(capture.size());
    for (const auto index : order)
        result.push_back(capture[index]);
    return result;
}

std::vector<std::size_t> identity(std::size_t count) {
    std::vector<std::size_t> order(count);
    std::iota(order.begin(), order.end(), std::size_t{0});
    return order;
}

} // namespace

Capture resegment(const Capture &capture, Random &random, std::size_t longest) {
    Capture result;
    for (const auto &frame : capture) {
        const auto packet = find_tcp(frame);
        if (!packet || packet->payload_bytes < 2 || packet->truncated()) {
            result.push_back(frame);
            continue;
        }
        const auto payload = payload_of(frame, *packet);
        std::uint32_t seq = packet->seq;
        for (std::size_t at = 0; at < payload.size();) {
            const std::size_t count = std::min(random.between(1, longest), payload.size() - at);
            std::uint8_t flags = packet->flags;
            if (at > 0) flags &= static_cast<std::uint8_t>(~kSyn);
            if (at + count < payload.size())
                flags &= static_cast<std::uint8_t>(~(kFin | kPush | kRst));
            result.push_back(
                with_segment(frame, *packet, seq, packet->ack, flags, payload.subspan(at, count)));
            seq += static_cast<std::uint32_t>(count) + ((flags & kSyn) != 0 ? 1U : 0U);
            at += count;
        }
    }
    return result;
}

Capture move_packets(const Capture &capture, Random &random, std::size_t places) {
    struct Known {
        std::optional<TcpPacket> packet;
        bool fixed;
        bool leaps;
        std::int64_t ts_ns;
    };
    constexpr std::int64_t kLeap = 3'600'000 * kMillisecond;
    std::vector<Known> known;
    std::map<std::pair<Endpoint, Endpoint>, bool> ending;
    bool was_leap = false;
    for (const auto &frame : capture) {
        const bool leaps = !known.empty() && frame.ts_ns - known.back().ts_ns > kLeap;
        Known entry{find_tcp(frame), false, leaps || was_leap, frame.ts_ns};
        was_leap = leaps;
        if (const auto &packet = entry.packet) {
            auto &end = ending[packet->connection()];
            end = !packet->has(kSyn) && (end || packet->has(kFin | kRst));
            entry.fixed = end || packet->has(kSyn);
        }
        known.push_back(entry);
    }
    const auto may_pass = [&](std::size_t earlier, std::size_t later) {
        const auto &a = known[earlier], &b = known[later];
        if (a.leaps || b.leaps) return false;
        if (std::abs(b.ts_ns - a.ts_ns) >= 1'000 * kMillisecond) return false;
        if (!a.packet || !b.packet || a.packet->connection() != b.packet->connection()) return true;
        return !a.fixed && !b.fixed;
    };
    std::vector<std::size_t> order;
    for (std::size_t i = 0; i < capture.size(); ++i) {
        std::size_t place = order.size();
        for (std::size_t left = random.below(places + 1); left > 0 && place > 0; --left, --place) {
            const std::size_t before = order[place - 1];
            const bool moved_enough = place > before + places;
            if (moved_enough || !may_pass(before, i)) break;
        }
        order.insert(order.begin() + static_cast<std::ptrdiff_t>(place), i);
    }
    return permuted(capture, order);
}

Capture swap_neighbours(const Capture &capture, Random &random, double probability) {
    auto order = identity(capture.size());
    for (std::size_t i = 0; i + 1 < order.size(); ++i) {
        if (!random.chance(probability)) continue;
        std::swap(order[i], order[i + 1]);
        ++i;
    }
    return permuted(capture, order);
}

Capture duplicate(const Capture &capture, Random &random, double probability) {
    Capture result;
    std::multimap<std::size_t, Frame> due;
    for (std::size_t i = 0; i < capture.size(); ++i) {
        const auto packet = find_tcp(capture[i]);
        if (packet && packet->has(kSyn)) due.clear();
        result.push_back(capture[i]);
        if (packet && random.chance(probability)) due.emplace(i + random.below(9), capture[i]);
        for (auto [next, end] = due.equal_range(i); next != end; ++next) {
            result.push_back(next->second);
            result.back().ts_ns = capture[i].ts_ns;
        }
    }
    return result;
}

Capture overlap(const Capture &capture, Random &random, double probability) {
    constexpr std::size_t kRemembered = 64;
    std::map<Flow, Bytes> sent; // the last bytes of each direction
    std::map<Flow, std::uint32_t> next;
    Capture result;
    for (const auto &frame : capture) {
        const auto packet = find_tcp(frame);
        if (!packet || packet->truncated() || packet->has(kSyn)) {
            if (packet && packet->has(kSyn)) sent.erase(flow_of(*packet));
            result.push_back(frame);
            continue;
        }
        Bytes &before = sent[flow_of(*packet)];
        const bool in_sequence = !before.empty() && next[flow_of(*packet)] == packet->seq;
        const auto payload = payload_of(frame, *packet);
        if (in_sequence && !payload.empty() && random.chance(probability)) {
            const std::size_t back = random.between(1, before.size());
            const std::size_t ahead = random.below(payload.size() + 1);
            Bytes bytes(before.end() - static_cast<std::ptrdiff_t>(back), before.end());
            append(bytes, payload.first(ahead));
            const auto flags = static_cast<std::uint8_t>(packet->flags & ~kFin);
            result.push_back(with_segment(frame, *packet,
                                          packet->seq - static_cast<std::uint32_t>(back),
                                          packet->ack, flags, bytes));
        }
        result.push_back(frame);
        if (payload.empty()) continue;
        if (!in_sequence) before.clear();
        append(before, payload);
        if (before.size() > kRemembered)
            before.erase(before.begin(), before.end() - static_cast<std::ptrdiff_t>(kRemembered));
        next[flow_of(*packet)] = packet->seq + static_cast<std::uint32_t>(payload.size());
    }
    return result;
}

Capture wrap_sequences(const Capture &capture, Random &random) {
    struct Range {
        std::uint32_t first;
        std::int32_t length;
        std::uint32_t shift;
    };
    std::map<Flow, Range> ranges;
    for (const auto &frame : capture) {
        const auto packet = find_tcp(frame);
        if (!packet || packet->has(kRst)) continue;
        auto &range = ranges.try_emplace(flow_of(*packet), Range{packet->seq, 0, 0}).first->second;
        range.length = std::max(range.length, distance(range.first, packet->end()));
    }
    for (auto &[flow, range] : ranges) {
        const auto length = static_cast<std::size_t>(range.length);
        range.shift = 0U - static_cast<std::uint32_t>(random.below(length + 1)) - range.first;
    }
    const auto shift_of = [&](const Flow &flow) {
        const auto range = ranges.find(flow);
        return range == ranges.end() ? 0U : range->second.shift;
    };
    Capture result;
    for (const auto &frame : capture) {
        const auto packet = find_tcp(frame);
        if (!packet || packet->truncated()) {
            result.push_back(frame);
            continue;
        }
        const auto back = shift_of({packet->destination, packet->source});
        result.push_back(with_segment(frame, *packet, packet->seq + shift_of(flow_of(*packet)),
                                      packet->has(kAck) ? packet->ack + back : packet->ack,
                                      packet->flags, payload_of(frame, *packet)));
    }
    return result;
}

Capture lose(const Capture &capture, Random &random, double probability) {
    Capture result;
    for (const auto &frame : capture)
        if (!random.chance(probability)) result.push_back(frame);
    return result;
}

Capture lose_bursts(const Capture &capture, Random &random) {
    // 17.5 packets a burst on average; one burst each 175 packets loses a tenth.
    constexpr double kBurst = 1.0 / (175.0 - 17.5);
    Capture result;
    std::size_t losing = 0;
    for (const auto &frame : capture) {
        if (losing == 0 && random.chance(kBurst)) losing = random.between(5, 30);
        if (losing > 0)
            --losing;
        else
            result.push_back(frame);
    }
    return result;
}

Capture lose_handshakes(const Capture &capture, Random &random, bool only_syn_ack) {
    Capture result;
    for (const auto &frame : capture) {
        const auto packet = find_tcp(frame);
        if (packet && packet->has(kSyn) &&
            (packet->has(kAck) || (!only_syn_ack && random.chance(0.5))))
            continue;
        result.push_back(frame);
    }
    return result;
}

Capture snap(const Capture &capture, std::size_t bytes) {
    Capture result = capture;
    for (auto &frame : result)
        frame.bytes.resize(std::min(frame.bytes.size(), bytes));
    return result;
}

Capture cut_start(const Capture &capture, Random &random) {
    const std::size_t first = capture.size() * random.between(5, 60) / 100;
    return {capture.begin() + static_cast<std::ptrdiff_t>(first), capture.end()};
}

Capture interleave(const std::vector<Capture> &captures, Random &random) {
    struct Queue {
        const Capture *capture;
        std::size_t next = 0;
        std::int64_t shift_ns = 0;
        std::int64_t due_ns = 0; ///< never goes back, so that frames keep their order
    };
    std::int64_t start_ns = 0;
    std::vector<Queue> queues;
    for (const auto &capture : captures) {
        if (capture.empty()) continue;
        if (start_ns == 0) start_ns = capture[0].ts_ns;
        const auto delay = static_cast<std::int64_t>(random.below(1000)) * kMillisecond;
        queues.push_back({&capture, 0, start_ns - capture[0].ts_ns + delay, start_ns + delay});
    }
    Capture result;
    const auto earlier = [](const Queue &a, const Queue &b) { return a.due_ns < b.due_ns; };
    while (!queues.empty()) {
        const auto queue = std::min_element(queues.begin(), queues.end(), earlier);
        result.push_back((*queue->capture)[queue->next++]);
        result.back().ts_ns += queue->shift_ns;
        if (queue->next == queue->capture->size()) {
            queues.erase(queue);
            continue;
        }
        const auto due = (*queue->capture)[queue->next].ts_ns + queue->shift_ns;
        queue->due_ns = std::max(queue->due_ns, due);
    }
    return result;
}

Capture move_hosts(const Capture &capture, std::uint8_t number) {
    Capture result;
    for (const auto &frame : capture) {
        const auto packet = find_tcp(frame);
        if (!packet || packet->truncated()) continue;
        const bool v4 = packet->source.family == 4;
        Endpoint source = packet->source, destination = packet->destination;
        source.address[1] = destination.address[1] = number;
        const auto datagram = tcp_datagram(source, destination, packet->seq, packet->ack,
                                           packet->flags, payload_of(frame, *packet));
        result.push_back(
            {frame.ts_ns, kLinkEthernet, ethernet(v4 ? kEtherIpv4 : kEtherIpv6, datagram)});
    }
    return result;
}

} // namespace pop3ana_test
