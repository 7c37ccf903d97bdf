// SPDX-License-Identifier: GPL-2.0-or-later
#include "wire.hpp"

#include <algorithm>
#include <arpa/inet.h>
#include <cassert>
#include <cstdlib>

namespace pop3ana_test {

namespace {

constexpr std::uint8_t kProtocolTcp = 6;
constexpr std::size_t kIpv4Header = 20, kIpv6Header = 40, kTcpHeader = 20;

/// Where the IP header starts; npos: another protocol or link type.
constexpr std::size_t kNoIp = static_cast<std::size_t>(-1);
std::size_t ip_offset(const Frame &frame) {
    const auto &bytes = frame.bytes;
    const auto after = [&](std::size_t type_at, std::size_t ip) {
        if (bytes.size() < ip) return kNoIp;
        const auto type = get_number(bytes, type_at, 2);
        return type == kEtherIpv4 || type == kEtherIpv6 ? ip : kNoIp;
    };
    switch (frame.link_type) {
    case kLinkEthernet: return after(12, 14);
    case kLinkSll: return after(14, 16);
    case kLinkSll2: return after(0, 20);
    case kLinkNull:
    case kLinkLoop: return 4;
    case kLinkRaw:
    case kLinkIpv4:
    case kLinkIpv6: return 0;
    default: return kNoIp;
    }
}

void copy_address(Endpoint &end, ByteSpan bytes, std::size_t at, std::size_t width) {
    end.family = width == 4 ? 4 : 6;
    std::copy_n(bytes.begin() + static_cast<std::ptrdiff_t>(at), width, end.address.begin());
}

ByteSpan address_of(const Endpoint &end) {
    return ByteSpan(end.address).first(end.family == 4 ? 4 : 16);
}

std::uint32_t pseudo_header(const Endpoint &source, const Endpoint &destination,
                            std::uint8_t protocol, std::size_t length) {
    std::uint32_t sum = checksum_add(0, address_of(source));
    sum = checksum_add(sum, address_of(destination));
    return sum + protocol + static_cast<std::uint32_t>(length);
}

void set_tcp_checksum(Bytes &bytes, std::size_t tcp, const Endpoint &source,
                      const Endpoint &destination) {
    put_number(bytes, tcp + 16, 2, 0);
    const ByteSpan segment = ByteSpan(bytes).subspan(tcp);
    const auto sum = pseudo_header(source, destination, kProtocolTcp, segment.size());
    put_number(bytes, tcp + 16, 2, checksum_end(checksum_add(sum, segment)));
}

void set_ipv4_lengths(Bytes &bytes, std::size_t ip, std::size_t header) {
    put_number(bytes, ip + 2, 2, bytes.size() - ip);
    put_number(bytes, ip + 10, 2, 0);
    put_number(bytes, ip + 10, 2,
               checksum_end(checksum_add(0, ByteSpan(bytes).subspan(ip, header))));
}

} // namespace

std::uint32_t get_number(ByteSpan bytes, std::size_t at, std::size_t width) {
    std::uint32_t value = 0;
    for (const auto byte : bytes.subspan(at, width))
        value = value << 8 | byte;
    return value;
}

void put_number(Bytes &bytes, std::size_t at, std::size_t width, std::uint64_t value) {
    for (std::size_t i = width; i-- > 0; value >>= 8)
        bytes.at(at + i) = static_cast<std::uint8_t>(value);
}

void append_number(Bytes &bytes, std::size_t width, std::uint64_t value) {
    bytes.resize(bytes.size() + width);
    put_number(bytes, bytes.size() - width, width, value);
}

void append(Bytes &bytes, ByteSpan more) {
    bytes.insert(bytes.end(), more.begin(), more.end());
}

std::uint32_t checksum_add(std::uint32_t sum, ByteSpan bytes) {
    for (std::size_t i = 0; i < bytes.size(); ++i)
        sum += static_cast<std::uint32_t>(bytes[i]) << (i % 2 == 0 ? 8 : 0);
    return sum;
}

std::uint16_t checksum_end(std::uint32_t sum) {
    while (sum >> 16 != 0)
        sum = (sum & 0xffff) + (sum >> 16);
    return static_cast<std::uint16_t>(~sum);
}

Endpoint endpoint(const char *address, std::uint16_t port) {
    Endpoint end;
    end.port = port;
    end.family = std::string(address).find(':') == std::string::npos ? 4 : 6;
    const int family = end.family == 4 ? AF_INET : AF_INET6;
    if (inet_pton(family, address, end.address.data()) != 1) std::abort();
    return end;
}

std::string to_string(const Endpoint &end) {
    char text[INET6_ADDRSTRLEN];
    inet_ntop(end.family == 4 ? AF_INET : AF_INET6, end.address.data(), text, sizeof(text));
    return std::string(text) + '/' + std::to_string(end.port);
}

std::uint32_t TcpPacket::end() const {
    return seq + static_cast<std::uint32_t>(wire_bytes) + (has(kSyn) ? 1U : 0U) +
           (has(kFin) ? 1U : 0U);
}

std::pair<Endpoint, Endpoint> TcpPacket::connection() const {
    return std::minmax(source, destination);
}

std::optional<TcpPacket> find_tcp(const Frame &frame) {
    const ByteSpan bytes = frame.bytes;
    TcpPacket packet;
    packet.ip = ip_offset(frame);
    if (packet.ip == kNoIp || bytes.size() < packet.ip + kIpv4Header) return std::nullopt;
    std::size_t ip_bytes = 0;
    if (bytes[packet.ip] >> 4 == 4) {
        const std::size_t header = (bytes[packet.ip] & 15U) * 4;
        ip_bytes = get_number(bytes, packet.ip + 2, 2);
        const bool fragment = (get_number(bytes, packet.ip + 6, 2) & 0x3fff) != 0;
        if (fragment || bytes[packet.ip + 9] != kProtocolTcp) return std::nullopt;
        if (ip_bytes == 0) ip_bytes = bytes.size() - packet.ip; // segmentation offload
        copy_address(packet.source, bytes, packet.ip + 12, 4);
        copy_address(packet.destination, bytes, packet.ip + 16, 4);
        packet.tcp = packet.ip + header;
    } else if (bytes[packet.ip] >> 4 == 6 && bytes.size() >= packet.ip + kIpv6Header) {
        if (bytes[packet.ip + 6] != kProtocolTcp) return std::nullopt;
        ip_bytes = kIpv6Header + get_number(bytes, packet.ip + 4, 2);
        copy_address(packet.source, bytes, packet.ip + 8, 16);
        copy_address(packet.destination, bytes, packet.ip + 24, 16);
        packet.tcp = packet.ip + kIpv6Header;
    } else {
        return std::nullopt;
    }
    if (bytes.size() < packet.tcp + kTcpHeader) return std::nullopt;
    const std::size_t header = (bytes[packet.tcp + 12] >> 4) * std::size_t{4};
    packet.payload = packet.tcp + header;
    if (header < kTcpHeader || packet.payload > bytes.size()) return std::nullopt;
    if (packet.ip + ip_bytes < packet.payload) return std::nullopt;
    packet.wire_bytes = packet.ip + ip_bytes - packet.payload;
    packet.payload_bytes = std::min(packet.wire_bytes, bytes.size() - packet.payload);
    packet.source.port = static_cast<std::uint16_t>(get_number(bytes, packet.tcp, 2));
    packet.destination.port = static_cast<std::uint16_t>(get_number(bytes, packet.tcp + 2, 2));
    packet.seq = get_number(bytes, packet.tcp + 4, 4);
    packet.ack = get_number(bytes, packet.tcp + 8, 4);
    packet.flags = bytes[packet.tcp + 13];
    return packet;
}

ByteSpan payload_of(const Frame &frame, const TcpPacket &packet) {
    return ByteSpan(frame.bytes).subspan(packet.payload, packet.payload_bytes);
}

Frame with_segment(const Frame &frame, const TcpPacket &packet, std::uint32_t seq,
                   std::uint32_t ack, std::uint8_t flags, ByteSpan payload) {
    Frame changed{frame.ts_ns, frame.link_type, {}};
    append(changed.bytes, ByteSpan(frame.bytes).first(packet.payload));
    append(changed.bytes, payload);
    put_number(changed.bytes, packet.tcp + 4, 4, seq);
    put_number(changed.bytes, packet.tcp + 8, 4, ack);
    changed.bytes[packet.tcp + 13] = flags;
    if (packet.source.family == 4)
        set_ipv4_lengths(changed.bytes, packet.ip, packet.tcp - packet.ip);
    else
        put_number(changed.bytes, packet.ip + 4, 2, changed.bytes.size() - packet.tcp);
    set_tcp_checksum(changed.bytes, packet.tcp, packet.source, packet.destination);
    return changed;
}

Bytes tcp_datagram(const Endpoint &source, const Endpoint &destination, std::uint32_t seq,
                   std::uint32_t ack, std::uint8_t flags, ByteSpan payload) {
    Bytes segment;
    append_number(segment, 2, source.port);
    append_number(segment, 2, destination.port);
    append_number(segment, 4, seq);
    append_number(segment, 4, ack);
    append_number(segment, 1, kTcpHeader / 4 << 4);
    append_number(segment, 1, flags);
    append_number(segment, 2, 0xffff); // window
    append_number(segment, 4, 0);      // checksum, urgent pointer
    append(segment, payload);
    set_tcp_checksum(segment, 0, source, destination);
    return source.family == 4 ? ipv4(kProtocolTcp, segment, source, destination)
                              : ipv6(kProtocolTcp, segment, source, destination);
}

Bytes ipv4(std::uint8_t protocol, ByteSpan payload, const Endpoint &source,
           const Endpoint &destination, std::uint16_t identification,
           std::uint16_t fragment_field) {
    Bytes bytes;
    append_number(bytes, 1, 0x45);
    append_number(bytes, 3, 0); // type of service, length
    append_number(bytes, 2, identification);
    append_number(bytes, 2, fragment_field);
    append_number(bytes, 1, 64); // time to live
    append_number(bytes, 1, protocol);
    append_number(bytes, 2, 0); // checksum
    append(bytes, address_of(source));
    append(bytes, address_of(destination));
    append(bytes, payload);
    set_ipv4_lengths(bytes, 0, kIpv4Header);
    return bytes;
}

Bytes ipv6(std::uint8_t next_header, ByteSpan payload, const Endpoint &source,
           const Endpoint &destination) {
    Bytes bytes;
    append_number(bytes, 4, 0x60000000);
    append_number(bytes, 2, payload.size());
    append_number(bytes, 1, next_header);
    append_number(bytes, 1, 64); // hop limit
    append(bytes, address_of(source));
    append(bytes, address_of(destination));
    append(bytes, payload);
    return bytes;
}

Bytes ethernet(std::uint16_t ether_type, ByteSpan payload) {
    constexpr std::uint8_t kAddresses[] = {2, 0, 0, 0, 0, 1, 2, 0, 0, 0, 0, 2};
    Bytes bytes(std::begin(kAddresses), std::end(kAddresses));
    append_number(bytes, 2, ether_type);
    append(bytes, payload);
    return bytes;
}

} // namespace pop3ana_test
