// SPDX-License-Identifier: GPL-2.0-or-later
#include "load.hpp"

#include "traffic.hpp"

#include <algorithm>
#include <array>
#include <cstdint>
#include <initializer_list>
#include <optional>
#include <string_view>
#include <utility>

namespace pop3ana_bench {
namespace {

using namespace pop3ana_test;

constexpr std::size_t kSegmentBytes = 1460; // Ethernet's 1500 less IPv4 and TCP headers
constexpr std::size_t kClients = 20'011;
constexpr std::uint16_t kPop3Port = 110, kPop3sPort = 995, kWebPort = 443;

constexpr Facts kGreeting{1, 0, 0};
constexpr Facts kLogin{0, 1, 0};
constexpr Facts kFailure{0, 0, 1};

// g++ 12 warns wrongly (-Wrestrict) where a literal and a temporary string are added with +.
std::string concat(std::initializer_list<std::string_view> parts) {
    std::string whole;
    for (const std::string_view part : parts)
        whole += part;
    return whole;
}

std::string number(std::size_t value) {
    return std::to_string(value);
}

std::string text_of(Random &random, std::size_t size, std::string_view alphabet) {
    std::string text(size, '\0');
    for (char &byte : text)
        byte = alphabet[random.below(alphabet.size())];
    return text;
}

constexpr std::string_view kLetters = "etaoin shrdlu cmfwyp vbgkjq xz";
constexpr std::string_view kBase64 =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

// A message as RETR sends it: header, text, for half of them an attachment, terminator.
std::string make_mail(Random &random, bool with_attachment) {
    std::string mail =
        "Received: from mx.example.org by mail.example.net; 1 Jan 2024 00:00:00 +0000\r\n"
        "From: sender@example.org\r\nTo: reader@example.net\r\nSubject: load\r\nMIME-Version: "
        "1.0\r\n"
        "Content-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\n\r\n";
    const std::size_t text_end = mail.size() + random.between(1'000, 8'000);
    while (mail.size() < text_end) {
        if (random.below(100) == 0) mail += ".."; // byte-stuffed, RFC 1939 s.3
        mail += concat({text_of(random, random.between(0, 76), kLetters), "\r\n"});
    }
    if (with_attachment) {
        mail += "--b\r\nContent-Transfer-Encoding: base64\r\n\r\n";
        const std::size_t end = mail.size() + random.between(20'000, 300'000);
        while (mail.size() < end)
            mail += concat({text_of(random, 76, kBase64), "\r\n"});
    }
    return mail.append("--b--\r\n.\r\n");
}

Endpoint client_end(std::size_t number, std::size_t port) {
    Endpoint client = endpoint("10.0.0.0", static_cast<std::uint16_t>(port));
    client.address[1] = static_cast<std::uint8_t>(number >> 16);
    client.address[2] = static_cast<std::uint8_t>(number >> 8);
    client.address[3] = static_cast<std::uint8_t>(number);
    return client;
}

// Those that make a ClientHello as long as it usually is.
std::string usual_extensions() {
    using namespace std::string_literals;
    return tls_extension(0, "\0\x13\0\0\x10mail.example.net"s) +
           tls_extension(10, "\0\4\0\x1d\0\x17"s) + tls_extension(13, "\0\4\x08\4\4\3"s) +
           tls_extension(51, "\0\x24\0\x1d\0\x20"s + std::string(32, 'k'));
}

// A TCP connection as a list of packets in the order of capture.
class Session {
public:
    Session(std::size_t number, std::uint16_t port)
        : conversation_({.client = client_end(number % kClients, 1024 + number / kClients % 64'000),
                         .server = endpoint("192.0.2.1", port),
                         .client_isn = static_cast<std::uint32_t>(number * 2'654'435'761),
                         .server_isn = static_cast<std::uint32_t>(number * 40'503)}) {
        conversation_.open();
        if (port == kPop3sPort) {
            TlsWriter tls = tls_of_session(number);
            for (const TlsWriter::Flight &flight : tls.handshake(usual_extensions())) {
                if (flight.from_server)
                    server_stream(flight.bytes);
                else
                    client(flight.bytes);
            }
            tls_ = std::move(tls);
        }
        if (port != kWebPort) server("+OK ready\r\n", kGreeting);
    }

    void client(std::string_view text) { send(Side::Client, protect(Side::Client, text), {}); }
    void server(std::string_view text, const Facts &facts = {}) {
        send(Side::Server, protect(Side::Server, text), facts);
    }
    // More than a segment holds, each segment acknowledged.
    void server_stream(std::string_view text) {
        const std::string whole = protect(Side::Server, text);
        std::string_view rest = whole;
        for (; !rest.empty(); rest.remove_prefix(std::min(rest.size(), kSegmentBytes))) {
            send(Side::Server, rest.substr(0, kSegmentBytes), {});
            conversation_.acknowledge(Side::Client);
        }
    }
    void acknowledge(Side side) { conversation_.acknowledge(side); }
    void log_in(Random &random) {
        client(concat({"USER reader", number(random.below(1000)), "\r\n"}));
        server("+OK\r\n");
        client(concat({"PASS secret", number(random.below(1000)), "\r\n"}));
        server("+OK logged in\r\n", kLogin);
    }
    void quit() {
        client("QUIT\r\n");
        server("+OK bye\r\n");
        conversation_.close();
    }
    Packets take() {
        collect({});
        return std::move(packets_);
    }

private:
    std::string protect(Side from, std::string_view text) {
        return tls_ ? tls_->data(from == Side::Server, text) : std::string{text};
    }
    void send(Side from, std::string_view text, const Facts &facts) {
        collect({});
        conversation_.send(from, text);
        collect(facts);
    }
    // The first packet of what was said since the last call has the facts, ACKs follow it.
    void collect(const Facts &facts) {
        const std::size_t first = packets_.size();
        for (Frame &frame : conversation_.take())
            packets_.push_back({std::move(frame.bytes), {}});
        if (first < packets_.size()) packets_[first].facts = facts;
    }

    Conversation conversation_;
    std::optional<TlsWriter> tls_;
    Packets packets_;
};

Bytes datagram(const Endpoint &from, const Endpoint &to, std::string_view payload) {
    constexpr std::size_t kUdpHeader = 8;
    constexpr std::uint8_t kProtocolUdp = 17;
    Bytes udp;
    append_number(udp, 2, from.port);
    append_number(udp, 2, to.port);
    append_number(udp, 2, kUdpHeader + payload.size());
    append_number(udp, 2, 0); // no checksum
    append(udp, bytes_of(payload));
    return ethernet(kEtherIpv4, ipv4(kProtocolUdp, udp, from, to));
}

} // namespace

TlsWriter tls_of_session(std::uint64_t number) {
    return TlsWriter{tls_suites().front(), number};
}

// Messages are made once and sent often: making them anew would take most of the time.
Maker::Maker() {
    for (int i = 0; i < 64; ++i)
        mails_.push_back(make_mail(random_, i % 2 == 0));
}

Packets Maker::bodies() {
    return bodies_of(kPop3Port);
}

Packets Maker::tls_bodies() {
    return bodies_of(kPop3sPort);
}

Packets Maker::bodies_of(std::uint16_t port) {
    Session session(sessions_++, port);
    session.log_in(random_);
    const std::size_t count = random_.between(1, 8);
    for (std::size_t i = 1; i <= count; ++i) {
        session.client(concat({"RETR ", number(i), "\r\n"}));
        session.server_stream(concat({"+OK message follows\r\n", random_.pick(mails_)}));
        session.client(concat({"DELE ", number(i), "\r\n"}));
        session.server("+OK deleted\r\n");
    }
    session.quit();
    return session.take();
}

// Half of the sessions guess with USER and PASS, half with AUTH PLAIN between systems that
// acknowledge each segment at once: four packets an attempt either way.
Packets Maker::logins() {
    const bool plain = random_.below(2) == 0;
    Session session(sessions_++, kPop3Port);
    for (int attempt = 0; attempt < 7; ++attempt) {
        if (plain) {
            session.client(
                concat({"AUTH PLAIN AHVzZXIAcHc", text_of(random_, 4, kBase64), "=\r\n"}));
            session.acknowledge(Side::Server);
            session.server("-ERR\r\n", kFailure);
            session.acknowledge(Side::Client);
        } else {
            session.client(concat({"USER u", number(random_.below(1000)), "\r\n"}));
            session.server("+OK\r\n");
            session.client(concat({"PASS ", text_of(random_, 6, kBase64), "\r\n"}));
            session.server("-ERR\r\n", kFailure);
        }
    }
    return session.take();
}

// POP3 whenever it is below one packet of twenty.
Packets Maker::other() {
    Packets packets;
    if (pop3_packets_ * 20 <= packets_) {
        packets = mixed();
        pop3_packets_ += packets.size();
    } else if (random_.below(3) == 0) {
        packets = name_lookup();
    } else {
        packets = web();
    }
    packets_ += packets.size();
    return packets;
}

// Per packet: 0.2 % lost, 1 % twice, 2 % up to eight places late.
Packets Maker::lossy() {
    std::vector<std::pair<std::size_t, Packet>> placed;
    std::size_t place = 0;
    for (Packet &packet : mixed()) {
        ++place;
        if (random_.below(500) == 0) continue;
        if (random_.below(100) == 0)
            placed.emplace_back(place + random_.between(1, 8), Packet{packet.frame, {}});
        const std::size_t late = random_.below(50) == 0 ? random_.between(1, 8) : 0;
        placed.emplace_back(place + late, std::move(packet));
    }
    std::stable_sort(placed.begin(), placed.end(),
                     [](const auto &a, const auto &b) { return a.first < b.first; });
    Packets packets;
    for (auto &entry : placed)
        packets.push_back(std::move(entry.second));
    return packets;
}

Packets Maker::pipelined() {
    Session session(sessions_++, kPop3Port);
    session.client("USER reader\r\nPASS secret\r\nSTAT\r\nUIDL\r\n");
    session.server("+OK\r\n+OK welcome\r\n+OK 40 12345\r\n+OK\r\n1 a\r\n2 b\r\n.\r\n", kLogin);
    for (int batch = 0; batch < 10; ++batch) {
        std::string commands;
        std::string replies;
        for (std::size_t i = 1; i <= 20; ++i) {
            const std::string n = number(i);
            const std::array<std::pair<std::string, std::string>, 4> choices{{
                {concat({"TOP ", n, " 2\r\n"}), "+OK\r\nSubject: x\r\n\r\none\r\n..\r\n.\r\n"},
                {concat({"LIST ", n, "\r\n"}), concat({"+OK ", n, " 320\r\n"})},
                {"NOOP\r\n", "+OK\r\n"},
                {concat({"DELE ", n, "\r\n"}), concat({"+OK message ", n, " deleted\r\n"})},
            }};
            const auto &[command, reply] = random_.pick(choices);
            commands += command;
            replies += reply;
        }
        session.client(commands);
        session.server_stream(replies);
    }
    session.quit();
    return session.take();
}

Packets Maker::sessions() {
    return sessions_of(kPop3Port);
}

Packets Maker::tls_sessions() {
    return sessions_of(kPop3sPort);
}

// Logged in and then silent.
Packets Maker::sessions_of(std::uint16_t port) {
    Session session(sessions_++, port);
    session.log_in(random_);
    return session.take();
}

Packets Maker::mixed() {
    return random_.below(2) == 0 ? bodies() : logins();
}

Packets Maker::web() {
    Session session(sessions_++, kWebPort);
    const std::string_view noise = random_.pick(mails_);
    session.client(noise.substr(0, random_.between(200, 600)));
    session.server_stream(noise.substr(0, random_.between(500, 100'000)));
    return session.take();
}

Packets Maker::name_lookup() {
    const std::size_t who = random_.below(kClients);
    const Endpoint client = client_end(who, random_.between(1024, 65'535));
    const Endpoint resolver = endpoint("192.0.2.53", 53);
    const std::string query = text_of(random_, random_.between(30, 60), kLetters);
    Packets packets;
    packets.push_back({datagram(client, resolver, query), {}});
    packets.push_back({datagram(resolver, client, concat({query, query, query})), {}});
    return packets;
}

} // namespace pop3ana_bench
