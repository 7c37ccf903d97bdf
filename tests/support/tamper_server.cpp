// Statuses that the server says twice, and servers that only forged segments know.
// SPDX-License-Identifier: GPL-2.0-or-later
#include "sent_bytes.hpp"
#include "tamper.hpp"

#include <algorithm>
#include <map>
#include <set>

namespace pop3ana_test {

namespace {

bool is_status(const std::string &line) {
    return line.starts_with("+OK") || line.starts_with("-ERR");
}

/// What a frame completed or judged. A command that waited for a status is judged in its frame,
/// behind it.
struct Judged {
    std::uint32_t last = 0; ///< type of the last such event
    std::size_t replies = 0;
};
using JudgedByFrame = std::map<std::uint64_t, Judged>;

JudgedByFrame judged_by_frame(const Outcome &outcome) {
    JudgedByFrame frames;
    for (const auto &event : outcome.events) {
        const auto type = event.plain.type;
        const bool unknown =
            type == POP3ANA_EVENT_ANOMALY && event.plain.anomaly == POP3ANA_ANOMALY_UNKNOWN_COMMAND;
        const bool reply = type == POP3ANA_EVENT_REPLY;
        if (!unknown && !reply && type != POP3ANA_EVENT_REQUEST && type != POP3ANA_EVENT_UNEXPECTED)
            continue;
        auto &judged = frames[event.plain.frame];
        judged.last = type;
        judged.replies += reply ? 1 : 0;
    }
    return frames;
}

/// The status that ends a segment, or that a multi-line response in it begins with.
struct Status {
    std::size_t packet = 0;
    std::size_t at = 0; ///< in the payload
    std::string line;
};

std::vector<Status> statuses(const WholeConnection &connection, const JudgedByFrame &frames,
                             bool only_ok) {
    std::vector<Status> all;
    for (std::size_t i = 0; i < connection.size(); ++i) {
        const auto &packet = connection[i];
        const auto judged = frames.find(packet.place + 1);
        if (packet.from == Side::Client || packet.tcp.has(kSyn | kFin | kRst)) continue;
        if (judged == frames.end() || judged->second.last != POP3ANA_EVENT_REPLY) continue;
        const auto text = text_of(packet);
        if (text.size() < 2 || text.size() > 60'000 || text.back() != '\n') continue;
        const auto before = text.rfind('\n', text.size() - 2);
        std::size_t at = before == std::string::npos ? 0 : before + 1;
        if (text.ends_with("\n.\r\n") && judged->second.replies == 1) at = 0;
        const auto line = text.substr(at, text.find('\n', at) + 1 - at);
        if (is_status(line) && (!only_ok || line[0] == '+')) all.push_back({i, at, line});
    }
    return all;
}

void say_twice(WholeConnection &connection, const Status &status, Random &random) {
    const Packet told = connection[status.packet];
    const auto text = text_of(told);
    const std::size_t after = status.at + status.line.size();
    const auto end = told.tcp.seq + static_cast<std::uint32_t>(after);
    if (after < text.size() || random.chance(0.5)) {
        make_room(connection, Side::Server, end, status.line.size(), status.packet + 1);
        connection[status.packet] =
            segment(told, told.tcp.seq, told.tcp.ack,
                    text.substr(0, after) + status.line + text.substr(after));
        return;
    }
    std::size_t later = status.packet + 1;
    while (later < connection.size() && connection[later].from == Side::Client &&
           !connection[later].tcp.has(kSyn | kFin | kRst) && random.chance(0.6))
        ++later;
    make_room(connection, Side::Server, end, status.line.size(), later);
    Packet again = segment(told, end, told.tcp.ack, status.line);
    again.place = connection[later - 1].place;
    again.frame.ts_ns = connection[later - 1].frame.ts_ns;
    connection.insert(connection.begin() + static_cast<std::ptrdiff_t>(later), again);
}

std::string forged_bytes(Random &random) {
    constexpr const char *kTexts[] = {
        "",
        "+OK\r\n",
        "+OK ready\r\n",
        "-ERR a\r\n-ERR b\r\n-ERR c\r\n-ERR d\r\n-ERR e\r\n",
        "+OK\r\n+OK\r\n-ERR [AUTH] x\r\n-ERR y\r\n-ERR z\r\n-ERR w\r\n",
        "-ERR locked",
        "+OK 3 octets\r\nhi\r\n.\r\n",
        "+ Y2hhbGxlbmdl\r\n",
        "USER root\r\nPASS x\r\n",
        "\r\n"};
    return random.pick(kTexts);
}

Endpoint other_endpoint(Random &random, std::uint8_t family) {
    constexpr const char *kOld[] = {"198.51.100.7", "2001:db8:3::7"};
    auto end = endpoint(kOld[family == 4 ? 0 : 1], 110);
    end.address[family == 4 ? 3 : 15] = static_cast<std::uint8_t>(random.below(256));
    return end;
}

/// What somebody sends in a server's name to a client, which at most resets the connection.
Capture forged_server(const Endpoint &server, const Endpoint &client, Random &random) {
    Capture forged;
    const auto send = [&](const Endpoint &from, const Endpoint &to, std::uint32_t seq,
                          std::uint32_t ack, std::uint8_t flags, const std::string &text) {
        const auto datagram = tcp_datagram(from, to, seq, ack, flags, bytes_of(text));
        forged.push_back(
            {0, kLinkEthernet, ethernet(from.family == 4 ? kEtherIpv4 : kEtherIpv6, datagram)});
    };
    std::uint32_t seq = random.number();
    const std::uint32_t ack = random.number();
    std::uint8_t flags = random.chance(0.6) ? kSyn | kAck : kAck | kPush;
    for (std::size_t left = random.between(1, 6); left > 0; --left) {
        const auto text = forged_bytes(random);
        send(server, client, seq, ack, flags, text);
        seq += static_cast<std::uint32_t>(text.size()) + ((flags & kSyn) != 0 ? 1U : 0U);
        flags = random.chance(0.1) ? kFin | kAck : kAck | kPush;
        if (random.chance(0.1)) send(client, server, ack, 0, kRst, "");
    }
    return forged;
}

} // namespace

Capture with_statuses_twice(const Capture &capture, const Outcome &outcome, bool only_ok,
                            Random &random) {
    const auto frames = judged_by_frame(outcome);
    auto connections = whole_connections(capture);
    for (auto &connection : connections) {
        const auto all = statuses(connection, frames, only_ok);
        if (!all.empty() && random.chance(0.6)) say_twice(connection, random.pick(all), random);
    }
    return with_connections(capture, connections);
}

Capture with_forged_servers(const Capture &capture, Random &random) {
    constexpr std::uint16_t kFirstPort = 1024;
    std::vector<Endpoint> clients, servers;
    std::set<std::pair<Endpoint, Endpoint>> spoke;
    for (const auto &frame : capture) {
        const auto packet = find_tcp(frame);
        if (!packet) continue;
        spoke.insert(packet->connection());
        const bool to_server = packet->destination.port == 110;
        clients.push_back(to_server ? packet->source : packet->destination);
        servers.push_back(to_server ? packet->destination : packet->source);
    }
    std::multimap<std::size_t, Frame> forged; // by how many packets come before
    for (std::size_t left = clients.empty() ? 0 : random.between(1, 4); left > 0; --left) {
        const std::size_t like = random.below(clients.size());
        auto client = clients[like], server = servers[like];
        if (random.chance(0.3)) server = other_endpoint(random, client.family);
        client.port = static_cast<std::uint16_t>(kFirstPort + random.below(60'000));
        server.port = 110;
        if (!spoke.insert(std::minmax(client, server)).second) continue;
        std::size_t place = random.between(1, capture.size());
        for (auto &frame : forged_server(server, client, random)) {
            frame.ts_ns = capture[place - 1].ts_ns;
            forged.emplace(place, frame);
            place = random.between(place, std::min(capture.size(), place + 20));
        }
    }
    Capture result;
    for (std::size_t i = 0; i <= capture.size(); ++i) {
        const auto [first, last] = forged.equal_range(i);
        for (auto frame = first; frame != last; ++frame)
            result.push_back(frame->second);
        if (i < capture.size()) result.push_back(capture[i]);
    }
    return result;
}

} // namespace pop3ana_test
