// SPDX-License-Identifier: GPL-2.0-or-later
#include "sent_bytes.hpp"

#include <algorithm>
#include <map>

namespace pop3ana_test {

namespace {

constexpr std::uint16_t kPort = 110;

std::int32_t distance(std::uint32_t from, std::uint32_t to) {
    return static_cast<std::int32_t>(to - from);
}

bool is_whole(const WholeConnection &connection) {
    std::map<Side, std::uint32_t> next;
    for (const auto &packet : connection) {
        const auto &tcp = packet.tcp;
        if (tcp.truncated() || (tcp.has(kRst) && &packet != &connection.back())) return false;
        const auto known = next.find(packet.from);
        if (tcp.has(kSyn)) {
            if (known != next.end() || tcp.payload_bytes > 0) return false;
        } else if (known == next.end() || (known->second != tcp.seq && tcp.payload_bytes > 0)) {
            return false;
        }
        if (tcp.has(kSyn | kFin) || tcp.payload_bytes > 0) next[packet.from] = tcp.end();
    }
    return next.size() == 2;
}

void renumber(Packet &packet, std::uint32_t seq, std::uint32_t ack) {
    packet.frame = with_segment(packet.frame, packet.tcp, seq, ack, packet.tcp.flags,
                                payload_of(packet.frame, packet.tcp));
    packet.tcp.seq = seq;
    packet.tcp.ack = ack;
}

} // namespace

std::vector<WholeConnection> whole_connections(const Capture &capture) {
    std::vector<WholeConnection> all;
    std::map<std::pair<Endpoint, Endpoint>, std::size_t> current;
    for (std::size_t i = 0; i < capture.size(); ++i) {
        const auto tcp = find_tcp(capture[i]);
        if (!tcp || (tcp->source.port != kPort && tcp->destination.port != kPort)) continue;
        const bool opens = tcp->has(kSyn) && !tcp->has(kAck);
        const auto [place, first] = current.try_emplace(tcp->connection(), all.size());
        if (first || (opens && all[place->second].front().tcp.seq != tcp->seq)) {
            place->second = all.size();
            all.emplace_back();
        }
        const Side from = tcp->destination.port == kPort ? Side::Client : Side::Server;
        all[place->second].push_back({capture[i], *tcp, from, i});
    }
    all.erase(std::remove_if(all.begin(), all.end(),
                             [](const WholeConnection &one) { return !is_whole(one); }),
              all.end());
    return all;
}

Capture with_connections(const Capture &capture, const std::vector<WholeConnection> &changed) {
    std::multimap<std::size_t, const Frame *> packets; // of one place in their order
    std::vector<bool> replaced(capture.size(), false);
    for (const auto &connection : changed) {
        for (const auto &packet : connection) {
            packets.emplace(packet.place, &packet.frame);
            replaced[packet.place] = true;
        }
    }
    for (std::size_t i = 0; i < capture.size(); ++i)
        if (!replaced[i]) packets.emplace(i, &capture[i]);
    Capture result;
    for (const auto &[place, frame] : packets)
        result.push_back(*frame);
    return result;
}

void make_room(WholeConnection &connection, Side side, std::uint32_t seq, std::size_t count,
               std::size_t since) {
    const auto more = static_cast<std::uint32_t>(count);
    for (std::size_t i = 0; i < connection.size(); ++i) {
        auto &packet = connection[i];
        const auto moves = [&](std::uint32_t number) {
            const auto ahead = distance(seq, number);
            return ahead > 0 || (ahead == 0 && i >= since);
        };
        if (packet.from == side) {
            if (moves(packet.tcp.seq)) renumber(packet, packet.tcp.seq + more, packet.tcp.ack);
        } else if (packet.tcp.has(kAck) && moves(packet.tcp.ack)) {
            renumber(packet, packet.tcp.seq, packet.tcp.ack + more);
        }
    }
}

Packet segment(const Packet &like, std::uint32_t seq, std::uint32_t ack, std::string_view bytes) {
    Packet packet = like;
    const std::uint8_t flags = bytes.empty() ? kAck : like.tcp.flags | kPush;
    packet.frame = with_segment(like.frame, like.tcp, seq, ack, flags, bytes_of(bytes));
    packet.tcp = *find_tcp(packet.frame);
    return packet;
}

std::string text_of(const Packet &packet) {
    const auto payload = payload_of(packet.frame, packet.tcp);
    return {payload.begin(), payload.end()};
}

} // namespace pop3ana_test
