// PacketDecoder: tunnels over IP and UDP.
// SPDX-License-Identifier: GPL-2.0-or-later
#include "net/packet.hpp"

#include "net/ether_types.hpp"
#include "net/ip_protocols.hpp"

#include <algorithm>

namespace pop3ana {
namespace {

enum Port : std::uint16_t {
    kL2tpPort = 1701,
    kGtpUserPort = 2152,
    kTeredoPort = 3544,
    kVxlanPort = 4789,
    kVxlanGpePort = 4790,
    kCapwapDataPort = 5247,
    kGenevePort = 6081,
    kMplsPort = 6635,
    kHpErmPort = 7932,
    kVxlanLinuxPort = 8472, ///< of Linux, from before there was a registered one
    kTzspPort = 37008,
};

} // namespace

// RFC 2784 and RFC 2890.
PacketDecoder::Result PacketDecoder::gre(Bytes payload) {
    if (payload.size() < 4) return malformed();
    const std::uint16_t flags = be16(payload.data());
    const std::uint16_t protocol = be16(&payload[2]);
    if ((flags & 7) == 1 && protocol == kEtherPpp) return pptp(flags, payload);
    if ((flags & 7) != 0) return not_decoded(POP3ANA_SKIPPED_IP_PROTOCOL, kIpProtocolGre);
    const bool checksum = (flags & 0x8000) != 0;
    const bool key = (flags & 0x2000) != 0;
    const bool sequence = (flags & 0x1000) != 0;
    payload = skip(payload, 4U + (checksum ? 4U : 0U) + (key ? 4U : 0U) + (sequence ? 4U : 0U));
    if (protocol == kEtherErspanTypeII) // Type I has neither sequence number nor ERSPAN header.
        return inner_ethernet(skip(payload, sequence ? 8 : 0));
    if (protocol == kEtherErspanTypeIII) {
        if (payload.size() < 12) return malformed();
        const bool platform_header = (payload[11] & 1) != 0;
        return inner_ethernet(skip(payload, platform_header ? 20 : 12));
    }
    return ether_type(protocol, payload);
}

// RFC 2637 s.4.1: version 1 of GRE. Without a sequence number it acknowledges and holds nothing.
PacketDecoder::Result PacketDecoder::pptp(std::uint16_t flags, Bytes payload) {
    const bool sequence = (flags & 0x1000) != 0;
    const bool acknowledgement = (flags & 0x0080) != 0;
    if (!sequence) return not_decoded(POP3ANA_SKIPPED_IP_PROTOCOL, kIpProtocolGre);
    return ppp(skip(payload, acknowledgement ? 16 : 12));
}

// RFC 3378 s.3: version 3, the rest reserved.
PacketDecoder::Result PacketDecoder::ether_ip(Bytes payload) {
    if (payload.size() < 2) return malformed();
    return be16(payload.data()) == 0x3000
               ? inner_ethernet(skip(payload, 2))
               : not_decoded(POP3ANA_SKIPPED_IP_PROTOCOL, kIpProtocolEtherIp);
}

// RFC 3931 s.4.1.1: the session 0 is for control.
PacketDecoder::Result PacketDecoder::l2tp_in_ip(Bytes payload) {
    if (payload.size() < 4) return malformed();
    const Bytes frame = be32(payload.data()) == 0 ? Bytes{} : l2tp_frame(skip(payload, 4));
    return frame.empty() ? not_decoded(POP3ANA_SKIPPED_IP_PROTOCOL, kIpProtocolL2tp)
                         : inner_ethernet(frame);
}

// What both ends agreed on stands between session and frame: a cookie of up to 8 bytes and a
// sublayer of 4, or neither (RFC 3931 s.4.1). Only the frame tells.
Bytes PacketDecoder::l2tp_frame(Bytes data) {
    for (const std::size_t between : {0U, 4U, 8U, 12U}) {
        if (holds_ip(skip(data, between))) return skip(data, between);
    }
    return {};
}

PacketDecoder::Result PacketDecoder::udp_tunnel(Bytes payload) {
    if (payload.size() < 8) return not_decoded(POP3ANA_SKIPPED_IP_PROTOCOL, kIpProtocolUdp);
    const Bytes inner = skip(payload, 8);
    const std::uint16_t source_port = be16(payload.data());
    const std::uint16_t destination_port = be16(&payload[2]);
    switch (destination_port) {
    case kVxlanPort:
    case kVxlanLinuxPort: return vxlan(inner, destination_port);
    case kVxlanGpePort: return vxlan_gpe(inner);
    case kGenevePort: return geneve(inner);
    case kGtpUserPort: return gtp_u(inner);
    case kL2tpPort: return l2tp(inner);
    case kTeredoPort: return teredo(inner);
    case kCapwapDataPort: return capwap_data(inner);
    case kMplsPort: return mpls(inner); // RFC 7510 s.3
    case kHpErmPort: return hp_erm(inner);
    case kTzspPort: return tzsp(inner);
    default: break;
    }
    switch (source_port) { // Of these the answers come from the port, and go to any.
    case kL2tpPort: return l2tp(inner);
    case kTeredoPort: return teredo(inner);
    case kCapwapDataPort: return capwap_data(inner);
    default: return not_decoded(POP3ANA_SKIPPED_UDP_PORT, std::min(source_port, destination_port));
    }
}

// RFC 7348 s.5.
PacketDecoder::Result PacketDecoder::vxlan(Bytes payload, std::uint16_t port) {
    const bool valid = payload.size() > 8 && (payload[0] & 8) != 0;
    return valid ? inner_ethernet(skip(payload, 8)) : not_decoded(POP3ANA_SKIPPED_UDP_PORT, port);
}

// draft-ietf-nvo3-vxlan-gpe s.3: VXLAN, and with its flag P the protocol inside.
PacketDecoder::Result PacketDecoder::vxlan_gpe(Bytes payload) {
    enum NextProtocol : std::uint8_t { kIpv4 = 1, kIpv6 = 2, kEthernet = 3 };
    const bool has_protocol = payload.size() > 8 && (payload[0] & 4) != 0;
    if (!has_protocol) return vxlan(payload, kVxlanGpePort);
    switch (payload[3]) {
    case kIpv4:
    case kIpv6: return ip(skip(payload, 8));
    case kEthernet: return inner_ethernet(skip(payload, 8));
    default: return not_decoded(POP3ANA_SKIPPED_UDP_PORT, kVxlanGpePort);
    }
}

// RFC 8926 s.3.4.
PacketDecoder::Result PacketDecoder::geneve(Bytes payload) {
    if (payload.size() <= 8) return not_decoded(POP3ANA_SKIPPED_UDP_PORT, kGenevePort);
    return ether_type(be16(&payload[2]), skip(payload, 8U + (payload[0] & 63U) * 4U));
}

// 3GPP TS 29.281 s.5: user data, with or without the optional part and extension headers.
PacketDecoder::Result PacketDecoder::gtp_u(Bytes payload) {
    constexpr std::uint8_t kUserData = 255;
    if (payload.size() <= 8 || payload[1] != kUserData)
        return not_decoded(POP3ANA_SKIPPED_UDP_PORT, kGtpUserPort);
    std::size_t header_bytes = (payload[0] & 7) != 0 ? 12 : 8;
    if ((payload[0] & 4) != 0 && payload.size() > 11) {
        std::uint8_t extension = payload[11];
        while (extension != 0 && header_bytes < payload.size() && payload[header_bytes] != 0) {
            const std::size_t extension_bytes = payload[header_bytes] * std::size_t{4};
            if (header_bytes + extension_bytes > payload.size()) return malformed();
            extension = payload[header_bytes + extension_bytes - 1];
            header_bytes += extension_bytes;
        }
    }
    return ip(skip(payload, header_bytes));
}

// Version 2 (RFC 2661 s.3.1) carries PPP, version 3 (RFC 3931 s.4.1.2) any pseudowire.
PacketDecoder::Result PacketDecoder::l2tp(Bytes payload) {
    constexpr std::uint16_t kControl = 0x8000;
    constexpr std::uint16_t kVersion = 0x000f;
    const Bytes rest = skip(payload, 8); // of version 3
    const unsigned version = rest.empty() ? 0 : be16(payload.data()) & (kControl | kVersion);
    if (version == 2) return l2tp_version_2(payload);
    const Bytes frame = version == 3 ? l2tp_frame(rest) : Bytes{};
    return frame.empty() ? not_decoded(POP3ANA_SKIPPED_UDP_PORT, kL2tpPort) : inner_ethernet(frame);
}

PacketDecoder::Result PacketDecoder::l2tp_version_2(Bytes payload) {
    const std::uint16_t flags = be16(payload.data());
    const bool has_length = (flags & 0x4000) != 0;
    const bool has_sequence = (flags & 0x0800) != 0;
    const bool has_offset = (flags & 0x0200) != 0;
    std::size_t header_bytes = 6U + (has_length ? 2U : 0U) + (has_sequence ? 4U : 0U);
    if (has_offset) {
        if (payload.size() < header_bytes + 2) return malformed();
        header_bytes += 2U + be16(&payload[header_bytes]);
    }
    return ppp(skip(payload, header_bytes));
}

// RFC 4380 s.5.1.1: in front of IPv6 there may be an authentication, then an origin indication.
PacketDecoder::Result PacketDecoder::teredo(Bytes payload) {
    if (payload.size() >= 4 && be16(payload.data()) == 1) // lengths, identifier, value, nonce, flag
        payload = skip(payload, std::size_t{4} + payload[2] + payload[3] + 9);
    if (payload.size() >= 2 && be16(payload.data()) == 0) payload = skip(payload, 8);
    const bool is_ipv6 = payload.size() >= 40 && payload[0] >> 4 == 6;
    return is_ipv6 ? ip(payload) : not_decoded(POP3ANA_SKIPPED_UDP_PORT, kTeredoPort);
}

// RFC 5415 s.4.3, RFC 5416 s.2.3: whole frames of stations, not under DTLS. Some access points swap
// the bytes of 802.11's Frame Control.
PacketDecoder::Result PacketDecoder::capwap_data(Bytes payload) {
    enum Flag : std::uint32_t { kNative = 0x100, kFragment = 0x80, kKeepAlive = 0x08 };
    constexpr unsigned kIeee80211Binding = 1;
    if (payload.size() < 8) return not_decoded(POP3ANA_SKIPPED_UDP_PORT, kCapwapDataPort);
    const std::uint32_t header = be32(payload.data()); // preamble, length, radio, binding, flags
    const std::size_t header_bytes = (header >> 19 & 31) * std::size_t{4};
    const unsigned binding = header >> 9 & 31;
    const bool is_plain =
        header >> 24 == 0 && header_bytes >= 8 && (header & (kFragment | kKeepAlive)) == 0;
    const bool is_native = (header & kNative) != 0;
    if (!is_plain || (is_native && binding != kIeee80211Binding))
        return not_decoded(POP3ANA_SKIPPED_UDP_PORT, kCapwapDataPort);
    const Bytes frame = skip(payload, header_bytes);
    if (!is_native) return inner_ethernet(frame);
    if (frame.size() < 24) return malformed();
    constexpr std::uint16_t kDataFrame = 0x0800;
    const bool is_swapped =
        (be16(frame.data()) & 0x0f00) != kDataFrame && (le16(frame.data()) & 0x0f00) == kDataFrame;
    return ieee80211(is_swapped ? le16(frame.data()) : be16(frame.data()), frame, false);
}

// HP's encapsulated remote mirroring: 12 bytes of its own.
PacketDecoder::Result PacketDecoder::hp_erm(Bytes payload) {
    return inner_ethernet(skip(payload, 12));
}

// TaZmen Sniffer Protocol: version, type, link type, fields up to one that ends them.
PacketDecoder::Result PacketDecoder::tzsp(Bytes payload) {
    enum Field : std::uint8_t { kPadding = 0, kEnd = 1 };
    const bool holds_frame = payload.size() >= 4 && payload[0] == 1 && payload[1] <= 1;
    if (!holds_frame) return not_decoded(POP3ANA_SKIPPED_UDP_PORT, kTzspPort);
    const std::uint16_t encapsulated = be16(&payload[2]);
    payload = skip(payload, 4);
    while (!payload.empty() && payload[0] != kEnd) {
        if (payload.size() < 2) return malformed();
        payload = skip(payload, payload[0] == kPadding ? 1 : std::size_t{2} + payload[1]);
    }
    if (payload.empty()) return malformed();
    const Bytes frame = skip(payload, 1);
    switch (encapsulated) {
    case 1: return inner_ethernet(frame);
    case 18: return ieee80211(frame);
    case 119: return prism(frame);
    case 127: return avs(frame);
    default: return not_decoded(POP3ANA_SKIPPED_UDP_PORT, kTzspPort);
    }
}

} // namespace pop3ana
