// SPDX-License-Identifier: GPL-2.0-or-later
#include "attack_traffic.hpp"

namespace pop3ana_hostile {

using namespace pop3ana_test;

void Traffic::frame(ByteSpan bytes) {
    file_.packet(bytes, time_us_);
    time_us_ += 5;
}

void Traffic::datagram(ByteSpan ip, std::uint16_t ether_type) {
    frame(ethernet(ether_type, ip));
}

void Traffic::segment(const Endpoint &from, const Endpoint &to, std::uint32_t seq,
                      std::uint32_t ack, std::uint8_t flags, std::string_view payload) {
    datagram(tcp_datagram(from, to, seq, ack, flags, bytes_of(payload)));
}

Endpoint client(std::uint64_t number) {
    Endpoint end;
    end.address = {10, static_cast<std::uint8_t>(number >> 16),
                   static_cast<std::uint8_t>(number >> 8), static_cast<std::uint8_t>(number)};
    end.port = static_cast<std::uint16_t>(1024 + number % 60'000);
    return end;
}

const Endpoint &server() {
    static const Endpoint kServer = endpoint("192.0.2.1", 110);
    return kServer;
}

Talk::Talk(Traffic &traffic, std::uint64_t number, std::uint32_t client_isn,
           std::uint32_t server_isn)
    : traffic_(traffic), halves_{{client(number), client_isn}, {server(), server_isn}} {}

void Talk::open() {
    packet(Side::Client, half(Side::Client).next++, kSyn, {});
    packet(Side::Server, half(Side::Server).next++, kSyn | kAck, {});
    say(Side::Client, {});
}

void Talk::say(Side from, std::string_view text) {
    inject(from, 0, text.empty() ? kAck : kAck | kPush, text);
    half(from).next += static_cast<std::uint32_t>(text.size());
}

void Talk::inject(Side from, std::int64_t distance, std::uint8_t flags, std::string_view text) {
    packet(from, half(from).next + static_cast<std::uint32_t>(distance), flags, text);
}

void Talk::log_in() {
    for (const char *line : {"USER bob\r\n", "PASS right\r\n"}) {
        say(Side::Client, line);
        say(Side::Server, "+OK\r\n");
    }
    ++traffic_.verdicts.logins;
}

void Talk::packet(Side from, std::uint32_t seq, std::uint8_t flags, std::string_view text) {
    const Half &peer = half(other(from));
    const std::uint32_t ack = (flags & kAck) != 0 ? peer.next : 0;
    traffic_.segment(half(from).end, peer.end, seq, ack, flags, text);
}

} // namespace pop3ana_hostile
