// PacketDecoder: from the link layer to the IP header.
// SPDX-License-Identifier: GPL-2.0-or-later
#include "net/packet.hpp"

#include "base/limits.hpp"
#include "net/ether_types.hpp"
#include "net/link_types.hpp"

namespace pop3ana {
namespace {

constexpr std::uint16_t kPppIpv4 = 0x0021;
constexpr std::uint16_t kPppIpv6 = 0x0057;

} // namespace

PacketDecoder::Result PacketDecoder::decode(std::uint32_t link_type, Bytes frame,
                                            std::int64_t ts_ns, Segment &segment) {
    segment_ = &segment;
    ts_ns_ = ts_ns;
    encapsulations_ = 0;
    switch (LinkType{link_type}) {
    case LinkType::kEthernet: return ethernet(frame);
    case LinkType::kRaw:
    case LinkType::kRawBsd:
    case LinkType::kRawOpenBsd:
    case LinkType::kIpv4:
    case LinkType::kIpv6: return ip(frame);
    // The address family in front differs between systems; the IP version tells as much.
    case LinkType::kNull:
    case LinkType::kLoop: return frame.size() < 4 ? malformed() : ip(skip(frame, 4));
    case LinkType::kLinuxSll:
        return frame.size() < 16 ? malformed() : ether_type(be16(&frame[14]), skip(frame, 16));
    case LinkType::kLinuxSll2:
        return frame.size() < 20 ? malformed() : ether_type(be16(frame.data()), skip(frame, 20));
    case LinkType::kPpp:
    case LinkType::kPppHdlc: return ppp(frame);
    case LinkType::kIeee80211: return ieee80211(frame);
    case LinkType::kIeee80211Radiotap: // Its length is little-endian.
        return frame.size() < 4 ? malformed()
                                : ieee80211(skip(frame, std::size_t{frame[3]} << 8 | frame[2]));
    default:
        ++counters_.frames_undecodable;
        return not_decoded(POP3ANA_SKIPPED_LINK_TYPE, link_type);
    }
}

PacketDecoder::Result PacketDecoder::ethernet(Bytes frame) {
    if (frame.size() < 14) return malformed();
    return ether_type(be16(&frame[12]), skip(frame, 14));
}

// Data frames whose body is not encrypted, with LLC/SNAP (IEEE 802.11 s.9.2.4, RFC 1042).
PacketDecoder::Result PacketDecoder::ieee80211(Bytes frame) {
    if (frame.size() < 24) return malformed();
    const unsigned type = frame[0] >> 2 & 3;
    const bool no_data = (frame[0] & 0x40) != 0;
    const bool encrypted = (frame[1] & 0x40) != 0;
    if (type != 2 || no_data || encrypted)
        return not_decoded(POP3ANA_SKIPPED_WLAN, frame[0] | (encrypted ? 0x4000U : 0U));
    const bool four_addresses = (frame[1] & 3) == 3;
    const bool qos = (frame[0] & 0x80) != 0;
    const Bytes llc = skip(frame, 24U + (four_addresses ? 6U : 0U) + (qos ? 2U : 0U));
    if (llc.size() < 8 || llc[0] != 0xaa || llc[1] != 0xaa || llc[2] != 0x03)
        return not_decoded(POP3ANA_SKIPPED_ETHER_TYPE, kNoEtherType);
    return ether_type(be16(&llc[6]), skip(llc, 8));
}

// RFC 1661 s.2 with RFC 1662's address and control bytes, and both optional compressions.
PacketDecoder::Result PacketDecoder::ppp(Bytes frame) {
    if (frame.size() >= 2 && frame[0] == 0xff && frame[1] == 0x03) frame = skip(frame, 2);
    if (frame.size() < 2) return malformed();
    if (frame[0] == kPppIpv4 || frame[0] == kPppIpv6) return ip(skip(frame, 1));
    const std::uint16_t protocol = be16(frame.data());
    if (protocol == kPppIpv4 || protocol == kPppIpv6) return ip(skip(frame, 2));
    return not_decoded(POP3ANA_SKIPPED_PPP_PROTOCOL, protocol);
}

PacketDecoder::Result PacketDecoder::ether_type(std::uint16_t type, Bytes payload) {
    while (is_vlan_tag(type)) {
        if (payload.size() < 4) return malformed();
        type = be16(&payload[2]);
        payload = skip(payload, 4);
    }
    switch (type) {
    case kEtherIpv4:
    case kEtherIpv6: return ip(payload);
    case kEtherMpls:
    case kEtherMplsMulticast: return mpls(payload);
    case kEtherPppoeSession: return payload.size() < 8 ? malformed() : ppp(skip(payload, 6));
    case kEtherBridging:
        if (++encapsulations_ > kMaxEncapsulations) {
            ++counters_.frames_too_deep;
            return Result::kOther;
        }
        return ethernet(payload);
    default:
        return not_decoded(POP3ANA_SKIPPED_ETHER_TYPE, is_ether_type(type) ? type : kNoEtherType);
    }
}

// RFC 3032 s.2.1: labels down to the bottom of the stack, then IP.
PacketDecoder::Result PacketDecoder::mpls(Bytes labels) {
    while (labels.size() >= 4) {
        const bool bottom = (labels[2] & 1) != 0;
        labels = skip(labels, 4);
        if (bottom) return ip(labels);
    }
    return malformed();
}

} // namespace pop3ana
