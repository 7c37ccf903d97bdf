// TCP packets inside captured frames: where their parts lie, and how to change them so that all
// lengths and checksums stay right. Knows the link types that captures of hosts have (Ethernet,
// SLL, SLL2, NULL, LOOP, RAW) with plain IPv4 and IPv6; frames of any other kind are left alone.
// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include "capture.hpp"

#include <array>
#include <compare>
#include <cstddef>
#include <optional>
#include <span>
#include <string>
#include <utility>

namespace pop3ana_test {

constexpr std::uint32_t kLinkNull = 0, kLinkEthernet = 1, kLinkPpp = 9, kLinkRaw = 101,
                        kLinkIeee80211 = 105, kLinkLoop = 108, kLinkSll = 113, kLinkIpv4 = 228,
                        kLinkIpv6 = 229, kLinkSll2 = 276;

constexpr std::uint16_t kEtherIpv4 = 0x0800, kEtherIpv6 = 0x86dd;

constexpr std::uint8_t kFin = 1, kSyn = 2, kRst = 4, kPush = 8, kAck = 16;

using ByteSpan = std::span<const std::uint8_t>;

std::uint32_t get_number(ByteSpan bytes, std::size_t at, std::size_t width);
void put_number(Bytes &bytes, std::size_t at, std::size_t width, std::uint64_t value);
void append_number(Bytes &bytes, std::size_t width, std::uint64_t value);
void append(Bytes &bytes, ByteSpan more);

/// The one's complement sum of RFC 1071, not yet complemented.
std::uint32_t checksum_add(std::uint32_t sum, ByteSpan bytes);
std::uint16_t checksum_end(std::uint32_t sum);

struct Endpoint {
    std::uint8_t family = 4; ///< 4 or 6
    std::array<std::uint8_t, 16> address{};
    std::uint16_t port = 0;

    auto operator<=>(const Endpoint &) const = default;
};

/// From text as inet_pton reads it; asserts that it is an address.
Endpoint endpoint(const char *address, std::uint16_t port);

/// "A/a", as in the log.
std::string to_string(const Endpoint &end);

struct TcpPacket {
    std::size_t ip = 0; ///< offsets into Frame::bytes
    std::size_t tcp = 0;
    std::size_t payload = 0;
    std::size_t payload_bytes = 0; ///< as captured
    std::size_t wire_bytes = 0;    ///< payload as sent
    Endpoint source, destination;
    std::uint32_t seq = 0, ack = 0;
    std::uint8_t flags = 0;

    [[nodiscard]] bool has(std::uint8_t flag) const { return (flags & flag) != 0; }
    [[nodiscard]] bool truncated() const { return payload_bytes < wire_bytes; }
    /// The sequence number after the packet; SYN and FIN count one each.
    [[nodiscard]] std::uint32_t end() const;
    /// Both directions of a connection have the same.
    [[nodiscard]] std::pair<Endpoint, Endpoint> connection() const;
};

std::optional<TcpPacket> find_tcp(const Frame &frame);

ByteSpan payload_of(const Frame &frame, const TcpPacket &packet);

/// A copy of the frame with other numbers, flags and payload.
Frame with_segment(const Frame &frame, const TcpPacket &packet, std::uint32_t seq,
                   std::uint32_t ack, std::uint8_t flags, ByteSpan payload);

/// A TCP packet from scratch: IPv4 or IPv6 header, TCP header of 20 bytes, payload.
Bytes tcp_datagram(const Endpoint &source, const Endpoint &destination, std::uint32_t seq,
                   std::uint32_t ack, std::uint8_t flags, ByteSpan payload);

/// Headers in front of `payload`, with right lengths and checksums.
Bytes ipv4(std::uint8_t protocol, ByteSpan payload, const Endpoint &source,
           const Endpoint &destination, std::uint16_t identification = 0,
           std::uint16_t fragment_field = 0x4000);
Bytes ipv6(std::uint8_t next_header, ByteSpan payload, const Endpoint &source,
           const Endpoint &destination);
Bytes ethernet(std::uint16_t ether_type, ByteSpan payload);

} // namespace pop3ana_test
