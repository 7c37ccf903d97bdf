// Lines of the client that the server never answers.
// SPDX-License-Identifier: GPL-2.0-or-later
#include "sent_bytes.hpp"
#include "tamper.hpp"

#include <algorithm>
#include <cctype>

namespace pop3ana_test {

namespace {

constexpr std::size_t kLongestSegment = 60'000; ///< what an IPv4 length has room for, and more

/// The command that a line begins with, in capitals; empty: none.
std::string command_of(std::string line) {
    constexpr const char *kCommands[] = {
        "USER", "PASS", "APOP", "AUTH", "STAT", "LIST", "RETR", "DELE", "RSET",    "NOOP",
        "LAST", "QUIT", "TOP",  "CAPA", "UIDL", "STLS", "UTF8", "LANG", "XCLIENT", "XSENDER"};
    while (!line.empty() && (line.back() == '\r' || line.back() == '\n'))
        line.pop_back();
    auto word = line.substr(0, line.find(' '));
    for (auto &letter : word)
        letter = static_cast<char>(std::toupper(static_cast<unsigned char>(letter)));
    const bool known =
        std::find(std::begin(kCommands), std::end(kCommands), word) != std::end(kCommands);
    return known ? word : std::string();
}

std::string first_line(const std::string &text) {
    return text.substr(0, text.find('\n'));
}

/// Of a text that ends with its last line.
std::string last_line(const std::string &text) {
    const auto before = text.rfind('\n', text.size() - 2);
    return text.substr(before == std::string::npos || text.size() < 2 ? 0 : before + 1);
}

bool has_whole_lines(const Packet &packet) {
    return packet.from == Side::Client && !packet.tcp.has(kSyn | kFin | kRst) &&
           packet.tcp.payload_bytes > 0 && packet.tcp.payload_bytes < kLongestSegment &&
           text_of(packet).back() == '\n';
}

std::string unanswered_line(Random &random) {
    constexpr const char *kLines[] = {"\r\n",
                                      "\n",
                                      "\t\r\n",
                                      "+OK\r\n",
                                      "XYZZY\r\n",
                                      "garbage word\r\n",
                                      "foo\rbar\r\n",
                                      "NOOP\rUSER x\r\n",
                                      "USER a\rPASS b\r\n"};
    if (random.chance(0.9)) return random.pick(kLines);
    std::string line = "\x01"; // no known word begins so
    for (const auto byte : random.bytes(20))
        if (byte != '\n') line += static_cast<char>(byte);
    return line + '\n';
}

std::string preface(Random &random) {
    using namespace std::string_literals;
    const std::string kPrefaces[] = {
        "\r\n\r\n\0\r\nQUIT\n\x21\x11\0\x0c\xcb\0\x71\x09\xc0\0\x02\x01\x30\x39\0\x6e"s,
        "PROXY TCP4 203.0.113.9 192.0.2.1 12345 110\r\n", "PROXY UNKNOWN\r\n"};
    return random.pick(kPrefaces);
}

enum class Place { InFront, Behind, Before, After }; ///< the last two: in a segment of its own

struct Spot {
    std::size_t packet = 0;
    bool first = false; ///< the client's first line
};

/// A segment of commands, outside of any SASL exchange and of TLS.
bool find_spot(const WholeConnection &connection, Random &random, Spot &spot) {
    std::vector<std::size_t> spoken;
    for (std::size_t i = 0; i < connection.size(); ++i)
        if (has_whole_lines(connection[i])) spoken.push_back(i);
    if (spoken.empty()) return false;
    const std::size_t chosen = random.below(spoken.size());
    spot = {spoken[chosen], chosen == 0};
    const auto text = text_of(connection[spot.packet]);
    const auto last = command_of(last_line(text));
    if (command_of(first_line(text)).empty() || last.empty()) return false;
    if (last == "AUTH" || last == "STLS") return false;
    for (std::size_t i = spot.packet; i-- > 0;) {
        const auto &before = connection[i];
        if (before.from == Side::Server || before.tcp.payload_bytes == 0) continue;
        return has_whole_lines(before) && command_of(last_line(text_of(before))) != "STLS";
    }
    return true;
}

void put_in_front(WholeConnection &connection, std::size_t at, const std::string &line,
                  bool same_segment, Random &random) {
    make_room(connection, Side::Client, connection[at].tcp.seq, line.size(), at);
    const Packet told = connection[at];
    const auto seq = told.tcp.seq - static_cast<std::uint32_t>(line.size());
    if (same_segment) {
        connection[at] = segment(told, seq, told.tcp.ack, line + text_of(told));
        return;
    }
    std::size_t place = at;
    while (place > 0 && connection[place - 1].from == Side::Client &&
           connection[place - 1].tcp.payload_bytes == 0 && random.chance(0.5))
        --place;
    Packet packet = segment(told, seq, connection[place].tcp.ack, line);
    packet.frame.ts_ns = connection[place].frame.ts_ns;
    packet.place = connection[place].place;
    if (connection[place].tcp.has(kSyn)) return; // nothing comes before the handshake's end
    connection.insert(connection.begin() + static_cast<std::ptrdiff_t>(place), packet);
    const auto server = std::find_if(connection.begin(), connection.end(),
                                     [](const Packet &one) { return one.from == Side::Server; });
    if (server == connection.end() || random.chance(0.5)) return;
    Packet ack = segment(*server, told.tcp.ack, told.tcp.seq, {}); // of this line alone
    ack.frame.ts_ns = told.frame.ts_ns;
    ack.place = told.place;
    connection.insert(connection.begin() + static_cast<std::ptrdiff_t>(at + 1), ack);
}

void put_behind(WholeConnection &connection, std::size_t at, const std::string &line,
                bool same_segment, Random &random) {
    const auto end = connection[at].tcp.end();
    constexpr std::size_t kLater[] = {0, 0, 1, 2};
    const std::size_t received = same_segment ? at : at + random.pick(kLater);
    make_room(connection, Side::Client, end, line.size(), std::max(received, at + 1));
    const Packet told = connection[at];
    if (same_segment)
        connection[at] = segment(told, told.tcp.seq, told.tcp.ack, text_of(told) + line);
    else
        connection.insert(connection.begin() + static_cast<std::ptrdiff_t>(at + 1),
                          segment(told, end, told.tcp.ack, line));
}

void add_line(WholeConnection &connection, Random &random) {
    Spot spot;
    if (!find_spot(connection, random, spot)) return;
    constexpr Place kPlaces[] = {Place::InFront, Place::Behind, Place::Before, Place::After};
    auto place = random.pick(kPlaces);
    auto line = unanswered_line(random);
    if (spot.first && random.chance(0.3)) {
        place = random.chance(0.5) ? Place::InFront : Place::Before;
        line = preface(random);
    }
    const bool same_segment = place == Place::InFront || place == Place::Behind;
    if (place == Place::InFront || place == Place::Before)
        put_in_front(connection, spot.packet, line, same_segment, random);
    else
        put_behind(connection, spot.packet, line, same_segment, random);
}

} // namespace

Capture with_unanswered_lines(const Capture &capture, Random &random) {
    auto connections = whole_connections(capture);
    for (auto &connection : connections) {
        if (random.chance(0.5)) continue;
        for (std::size_t left = random.chance(0.3) ? 2 : 1; left > 0; --left)
            add_line(connection, random);
    }
    return with_connections(capture, connections);
}

} // namespace pop3ana_test
