// SPDX-License-Identifier: GPL-2.0-or-later
#include "traffic.hpp"

#include <algorithm>
#include <utility>

namespace pop3ana_test {

ByteSpan bytes_of(std::string_view text) {
    return {reinterpret_cast<const std::uint8_t *>(text.data()), text.size()};
}

Conversation::Conversation(const ConversationSettings &settings)
    : now_ns_(settings.start_ns), step_ns_(settings.step_ns) {
    half(Side::Client) = {settings.client, settings.client_isn, settings.server_isn, 0};
    half(Side::Server) = {settings.server, settings.server_isn, settings.client_isn, 0};
}

void Conversation::packet(Side from, std::uint8_t flags, std::string_view payload) {
    Half &sender = half(from);
    Half &receiver = half(other(from));
    const bool first = (flags & kSyn) != 0 && (flags & kAck) == 0;
    const auto datagram = tcp_datagram(sender.end, receiver.end, sender.next,
                                       first ? 0 : sender.received, flags, bytes_of(payload));
    const auto type = sender.end.family == 4 ? kEtherIpv4 : kEtherIpv6;
    capture_.push_back({now_ns_, kLinkEthernet, ethernet(type, datagram)});
    now_ns_ += step_ns_;
    sender.unacknowledged = 0;
    sender.next += static_cast<std::uint32_t>(payload.size()) + ((flags & (kSyn | kFin)) != 0);
    receiver.received = sender.next;
}

void Conversation::open() {
    packet(Side::Client, kSyn);
    packet(Side::Server, kSyn | kAck);
    acknowledge(Side::Client);
}

void Conversation::send(Side from, std::string_view bytes) {
    packet(from, kAck | kPush, bytes);
    if (++half(other(from)).unacknowledged == 2) acknowledge(other(from));
}

void Conversation::lose(Side from, std::string_view bytes) {
    half(from).next += static_cast<std::uint32_t>(bytes.size());
    half(other(from)).received = half(from).next;
    acknowledge(other(from));
}

void Conversation::acknowledge(Side from) {
    packet(from, kAck);
}

void Conversation::fin(Side from) {
    packet(from, kFin | kAck);
}

void Conversation::rst(Side from) {
    packet(from, kRst | kAck);
}

void Conversation::at(std::int64_t now_ns) {
    now_ns_ = std::max(now_ns_, now_ns);
}

Capture Conversation::take() {
    return std::exchange(capture_, {});
}

} // namespace pop3ana_test
