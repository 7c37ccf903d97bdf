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

/// Takes tags off, however many there are. False: the frame ends inside one.
bool strip_tags(std::uint16_t &type, Bytes &payload) {
    while (const std::size_t bytes = tag_bytes(type)) {
        if (payload.size() < bytes) return false;
        type = be16(&payload[bytes - 2]);
        payload = skip(payload, bytes);
    }
    return true;
}

} // namespace

PacketDecoder::Result PacketDecoder::decode(std::uint32_t link_type, Bytes frame,
                                            std::int64_t ts_ns, Segment &segment) {
    ts_ns_ = ts_ns;
    more_ = {};
    begin(segment);
    if (LinkType{link_type} == LinkType::kEthernet) return ethernet(frame);
    return link_layer(link_type, frame);
}

PacketDecoder::Result PacketDecoder::decode_more(Segment &segment) {
    begin(segment);
    return aggregate(more_);
}

void PacketDecoder::begin(Segment &segment) {
    segment_ = &segment;
    encapsulations_ = 0;
    is_reassembled_ = false;
}

PacketDecoder::Result PacketDecoder::link_layer(std::uint32_t link_type, Bytes frame) {
    switch (LinkType{link_type}) {
    case LinkType::kEthernet: return ethernet(frame);
    case LinkType::kRaw:
    case LinkType::kRawBsd:
    case LinkType::kRawOpenBsd:
    case LinkType::kIpv4:
    case LinkType::kIpv6: return ip(frame);
    // The address family in front differs between systems; the IP version tells as much.
    case LinkType::kNull:
    case LinkType::kLoop: return ip_behind(4, frame);
    case LinkType::kEnc: return ip_behind(12, frame);
    case LinkType::kIpnet: return ip_behind(24, frame);
    case LinkType::kLinuxSll:
        return frame.size() < 16 ? malformed() : ether_type(be16(&frame[14]), skip(frame, 16));
    case LinkType::kLinuxSll2:
        return frame.size() < 20 ? malformed() : ether_type(be16(frame.data()), skip(frame, 20));
    case LinkType::kPpp:
    case LinkType::kPppHdlc:
    case LinkType::kCiscoHdlc: return hdlc(frame);
    case LinkType::kPppWithDirection: return hdlc(skip(frame, 1));
    case LinkType::kPppEthernet: return pppoe(frame);
    case LinkType::kIeee80211: return ieee80211(frame);
    case LinkType::kIeee80211Radiotap: return radiotap(frame);
    case LinkType::kIeee80211Prism: return prism(frame);
    case LinkType::kIeee80211Avs: return avs(frame);
    case LinkType::kPpi: return ppi(frame);
    case LinkType::kPktap: return pktap(frame);
    case LinkType::kNflog: return nflog(frame);
    case LinkType::kPflog: return pflog(frame);
    case LinkType::kErf: return erf(frame);
    default:
        ++counters_.frames_undecodable;
        return not_decoded(POP3ANA_SKIPPED_LINK_TYPE, link_type);
    }
}

bool PacketDecoder::too_deep() {
    if (++encapsulations_ <= kMaxEncapsulations) return false;
    ++counters_.frames_too_deep;
    return true;
}

PacketDecoder::Result PacketDecoder::ip_behind(std::size_t header_bytes, Bytes frame) {
    return frame.size() < header_bytes ? malformed() : ip(skip(frame, header_bytes));
}

PacketDecoder::Result PacketDecoder::ethernet(Bytes frame) {
    if (frame.size() < 14) return malformed();
    return ether_type(be16(&frame[12]), skip(frame, 14));
}

PacketDecoder::Result PacketDecoder::inner_ethernet(Bytes frame) {
    return too_deep() ? Result::kOther : ethernet(frame);
}

// IEEE 802.2 with SNAP: RFC 1042, and IEEE 802.1H for what comes over a bridge.
PacketDecoder::Result PacketDecoder::llc(Bytes frame) {
    if (too_deep()) return Result::kOther;
    if (frame.size() < 3 || frame[0] != 0xaa || frame[1] != 0xaa || frame[2] != 0x03)
        return not_decoded(POP3ANA_SKIPPED_ETHER_TYPE, kNoEtherType);
    if (frame.size() < 8) return malformed();
    const std::uint32_t organization = be32(&frame[2]) & 0xffffff;
    if (organization != 0x000000 && organization != 0x0000f8)
        return not_decoded(POP3ANA_SKIPPED_ETHER_TYPE, kNoEtherType);
    return ether_type(be16(&frame[6]), skip(frame, 8));
}

// One byte tells which: RFC 1662 s.3.1, RFC 1547 s.4.3.1 (Cisco: unicast, broadcast).
PacketDecoder::Result PacketDecoder::hdlc(Bytes frame) {
    const bool is_cisco = !frame.empty() && (frame[0] == 0x0f || frame[0] == 0x8f);
    if (!is_cisco) return ppp(frame);
    return frame.size() < 4 ? malformed() : ether_type(be16(&frame[2]), skip(frame, 4));
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

// RFC 2516 s.4.
PacketDecoder::Result PacketDecoder::pppoe(Bytes payload) {
    return payload.size() < 8 ? malformed() : ppp(skip(payload, 6));
}

PacketDecoder::Result PacketDecoder::ether_type(std::uint16_t type, Bytes payload) {
    if (type == kEtherIpv4 || type == kEtherIpv6) return ip(payload); // nearly all
    if (!strip_tags(type, payload)) return malformed();
    switch (type) {
    case kEtherIpv4:
    case kEtherIpv6: return ip(payload);
    case kEtherMpls:
    case kEtherMplsMulticast: return mpls(payload);
    case kEtherPppoeSession: return pppoe(payload);
    case kEtherBridging: return inner_ethernet(payload);
    case kEtherProviderBackbone: return inner_ethernet(skip(payload, 4));
    default:
        return is_ether_type(type) ? not_decoded(POP3ANA_SKIPPED_ETHER_TYPE, type) : llc(payload);
    }
}

// RFC 3032 s.2.1: labels down to the bottom of the stack. Nothing says what follows: to every
// router the first four bits do (RFC 4928), and 4 and 6 are IP.
PacketDecoder::Result PacketDecoder::mpls(Bytes labels) {
    bool is_bottom = false;
    while (!is_bottom) {
        if (labels.size() < 4) return malformed();
        is_bottom = (labels[2] & 1) != 0;
        labels = skip(labels, 4);
    }
    const bool is_ip = !labels.empty() && (labels[0] >> 4 == 4 || labels[0] >> 4 == 6);
    if (is_ip) return ip(labels);
    const bool has_control_word = labels.size() > 4 && be16(labels.data()) == 0; // RFC 4448 s.4.6
    if (has_control_word && holds_ip(skip(labels, 4))) return inner_ethernet(skip(labels, 4));
    return holds_ip(labels) ? inner_ethernet(labels) : ip(labels);
}

bool PacketDecoder::holds_ip(Bytes frame) {
    if (frame.size() < 14) return false;
    std::uint16_t type = be16(&frame[12]);
    frame = skip(frame, 14);
    if (!strip_tags(type, frame) || frame.size() < 20) return false;
    switch (type) {
    case kEtherIpv4: {
        const std::size_t header_bytes = (frame[0] & 15U) * std::size_t{4};
        return frame[0] >> 4 == 4 && header_bytes >= 20 && be16(&frame[2]) >= header_bytes;
    }
    case kEtherIpv6: return frame[0] >> 4 == 6;
    case kEtherPppoeSession:
        return be16(frame.data()) == 0x1100; // version, type, code of a session
    default: return false;
    }
}

} // namespace pop3ana
