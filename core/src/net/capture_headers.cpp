// PacketDecoder: headers that systems put in front of what they capture.
// SPDX-License-Identifier: GPL-2.0-or-later
#include "net/packet.hpp"

#include "net/link_types.hpp"

#include <algorithm>

namespace pop3ana {

PacketDecoder::Result PacketDecoder::inner_link_layer(std::uint32_t link_type, Bytes frame) {
    return too_deep() ? Result::kOther : link_layer(link_type, frame);
}

// CACE's Per-Packet Information header: version, flags, length, link type, fields.
PacketDecoder::Result PacketDecoder::ppi(Bytes frame) {
    if (frame.size() < 8) return malformed();
    return inner_link_layer(le32(&frame[4]),
                            skip(frame, std::max<std::size_t>(le16(&frame[2]), 8)));
}

// Darwin's pktap_header: length, type of what follows, link type, interface, process.
PacketDecoder::Result PacketDecoder::pktap(Bytes frame) {
    constexpr std::size_t kHeaderBytes = 108; // longer ones are to come
    constexpr std::uint32_t kPacket = 1;
    if (frame.size() < kHeaderBytes || le32(frame.data()) < kHeaderBytes) return malformed();
    if (le32(&frame[4]) != kPacket)
        return not_decoded(POP3ANA_SKIPPED_LINK_TYPE, static_cast<std::uint32_t>(LinkType::kPktap));
    return inner_link_layer(le32(&frame[8]), skip(frame, le32(frame.data())));
}

// Netfilter's log: family, version, group; then values of length, type. Their byte order is that of
// the machine that captured; types are small, so the byte that is not 0 tells it.
PacketDecoder::Result PacketDecoder::nflog(Bytes frame) {
    constexpr std::uint16_t kPayload = 9; // NFULA_PAYLOAD
    if (frame.size() < 4) return malformed();
    frame = skip(frame, 4);
    while (frame.size() >= 4) {
        const bool is_little = frame[3] == 0;
        const std::size_t bytes = is_little ? le16(frame.data()) : be16(frame.data());
        const std::uint16_t type = is_little ? le16(&frame[2]) : be16(&frame[2]);
        if (bytes < 4) return malformed();
        if (type == kPayload) return ip(skip(frame.first(std::min(bytes, frame.size())), 4));
        frame = skip(frame, aligned(bytes, 4));
    }
    return not_decoded(POP3ANA_SKIPPED_LINK_TYPE, static_cast<std::uint32_t>(LinkType::kNflog));
}

// pflog(4): the length does not count the padding.
PacketDecoder::Result PacketDecoder::pflog(Bytes frame) {
    constexpr std::size_t kFirstVersionBytes = 45;
    if (frame.empty() || frame[0] < kFirstVersionBytes) return malformed();
    return ip_behind(aligned(frame[0], 4), frame);
}

// Endace's Extensible Record Format: 16 bytes, extension headers, and for Ethernet offset and
// padding.
PacketDecoder::Result PacketDecoder::erf(Bytes frame) {
    if (frame.size() < 16) return malformed();
    const std::uint8_t type = frame[8];
    bool is_extended = (type & 0x80) != 0;
    frame = skip(frame, 16);
    while (is_extended) {
        if (frame.size() < 8) return malformed();
        is_extended = (frame[0] & 0x80) != 0;
        frame = skip(frame, 8);
    }
    switch (link_type_of_erf(type)) {
    case LinkType::kEthernet: return ethernet(skip(frame, 2));
    case LinkType::kIpv4:
    case LinkType::kIpv6: return ip(frame);
    default:
        return not_decoded(POP3ANA_SKIPPED_LINK_TYPE, static_cast<std::uint32_t>(LinkType::kErf));
    }
}

} // namespace pop3ana
