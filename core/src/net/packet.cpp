// PacketDecoder: from the IP header to the TCP segment.
// SPDX-License-Identifier: GPL-2.0-or-later
#include "net/packet.hpp"

#include "net/checksum.hpp"
#include "net/ip_protocols.hpp"

#include <algorithm>
#include <cstring>

namespace pop3ana {
namespace {

bool may_hold_tcp(std::uint8_t protocol) {
    return protocol == kIpProtocolTcp || protocol == kIpProtocolUdp ||
           protocol == kIpProtocolIpInIp || protocol == kIpProtocolIpv6InIp ||
           protocol == kIpProtocolGre || protocol == kIpProtocolEtherIp ||
           protocol == kIpProtocolL2tp || protocol == kIpProtocolMplsInIp;
}

} // namespace

PacketDecoder::PacketDecoder(const Options &options, pop3ana_counters &counters)
    : options_(options), counters_(counters),
      fragments_(options.max_fragment_bytes, options.hash_seed, counters) {}

PacketDecoder::Result PacketDecoder::malformed() {
    ++counters_.frames_malformed;
    return Result::kOther;
}

PacketDecoder::Result PacketDecoder::not_decoded(std::uint32_t kind, std::uint32_t number) {
    skipped_.count(kind, number);
    return Result::kUnknown;
}

PacketDecoder::Result PacketDecoder::ip(Bytes packet) {
    if (too_deep()) return Result::kOther;
    if (packet.empty()) return malformed();
    switch (packet[0] >> 4) {
    case 4: return ipv4(packet);
    case 6: return ipv6(packet);
    default: return not_decoded(POP3ANA_SKIPPED_IP_VERSION, packet[0] >> 4);
    }
}

PacketDecoder::Result PacketDecoder::ipv4(Bytes packet) {
    if (packet.size() < 20) return malformed();
    const std::size_t header_bytes = (packet[0] & 15U) * std::size_t{4};
    std::size_t total_bytes = be16(&packet[2]);
    if (total_bytes == 0) // Segmentation offload: the sending host's captures have no length yet.
        total_bytes = packet.size();
    if (header_bytes < 20 || packet.size() < header_bytes || total_bytes < header_bytes)
        return malformed();
    if (options_.verify_checksums && !ipv4_header_checksum_ok(packet.first(header_bytes))) {
        ++counters_.checksum_errors;
        return Result::kOther;
    }
    const std::uint8_t protocol = packet[9];
    const std::uint16_t flags_and_offset = be16(&packet[6]);
    const Bytes payload =
        packet.subspan(header_bytes, std::min(total_bytes, packet.size()) - header_bytes);
    const std::size_t sent_bytes = total_bytes - header_bytes;

    std::memcpy(segment_->source.data(), &packet[12], 4);
    std::memcpy(segment_->destination.data(), &packet[16], 4);
    segment_->address_family = 4;
    constexpr std::uint16_t kMoreFragments = 0x2000;
    constexpr std::uint16_t kOffset = 0x1fff;
    if ((flags_and_offset & (kMoreFragments | kOffset)) == 0)
        return transport(protocol, payload, sent_bytes);

    DatagramKey key;
    std::memcpy(key.addresses.data(), &packet[12], 8);
    key.identification = be16(&packet[4]);
    key.protocol_and_family = 4U << 8 | protocol;
    return fragment(key, protocol, (flags_and_offset & kOffset) * 8U,
                    (flags_and_offset & kMoreFragments) != 0, payload, sent_bytes);
}

PacketDecoder::Result PacketDecoder::ipv6(Bytes packet) {
    if (packet.size() < 40) return malformed();
    std::size_t sent_bytes = be16(&packet[4]);
    if (sent_bytes == 0) // Segmentation offload, or a jumbogram.
        sent_bytes = packet.size() - 40;
    std::uint8_t next_header = packet[6];
    Bytes payload = packet.subspan(40, std::min(sent_bytes, packet.size() - 40));

    std::memcpy(segment_->source.data(), &packet[8], 16);
    std::memcpy(segment_->destination.data(), &packet[24], 16);
    segment_->address_family = 6;
    for (;;) {
        switch (next_header) {
        case kIpProtocolHopByHop:
        case kIpProtocolRouting:
        case kIpProtocolDestinationOptions:
        case kIpProtocolMobility:
        case kIpProtocolAuthentication: {
            if (payload.size() < 8) return malformed();
            const std::size_t header_bytes = next_header == kIpProtocolAuthentication
                                                 ? (payload[1] + 2U) * 4U // RFC 4302 s.2.2
                                                 : (payload[1] + 1U) * 8U;
            if (header_bytes > payload.size()) return malformed();
            next_header = payload[0];
            payload = skip(payload, header_bytes);
            sent_bytes -= header_bytes;
            break;
        }
        case kIpProtocolFragment: {
            if (payload.size() < 8) return malformed();
            const std::uint16_t offset_and_more = be16(&payload[2]);
            const std::uint8_t protocol = payload[0];
            DatagramKey key;
            std::memcpy(key.addresses.data(), &packet[8], 32);
            key.identification = be32(&payload[4]);
            key.protocol_and_family = 6U << 8;
            payload = skip(payload, 8);
            sent_bytes -= 8;
            if ((offset_and_more & 0xfff9) != 0)
                return fragment(key, protocol, offset_and_more & 0xfff8U,
                                (offset_and_more & 1) != 0, payload, sent_bytes);
            next_header = protocol; // RFC 6946: an atomic fragment is a whole datagram.
            break;
        }
        default: return transport(next_header, payload, sent_bytes);
        }
    }
}

PacketDecoder::Result PacketDecoder::fragment(const DatagramKey &key, std::uint8_t protocol,
                                              std::uint32_t offset, bool more, Bytes bytes,
                                              std::size_t sent_bytes) {
    if (!may_hold_tcp(protocol)) return not_decoded(POP3ANA_SKIPPED_IP_PROTOCOL, protocol);
    ++counters_.fragments;
    if (!options_.joins_fragments) return Result::kFragment;
    if (bytes.size() < sent_bytes) { // Cut by the capture: the datagram can never be complete.
        ++counters_.fragments_dropped;
        return Result::kFragment;
    }
    const auto datagram = fragments_.add(key, offset, more, bytes, ts_ns_);
    if (!datagram) return Result::kFragment;
    is_reassembled_ = true;
    return transport(protocol, *datagram, datagram->size());
}

// `payload` follows the IP headers; `sent_bytes` of it were sent.
PacketDecoder::Result PacketDecoder::transport(std::uint8_t protocol, Bytes payload,
                                               std::size_t sent_bytes) {
    if (protocol == kIpProtocolTcp) return tcp(payload, sent_bytes);
    switch (protocol) {
    case kIpProtocolIpInIp:
    case kIpProtocolIpv6InIp: return ip(payload);
    case kIpProtocolUdp: return udp_tunnel(payload);
    case kIpProtocolGre: return gre(payload);
    case kIpProtocolEtherIp: return ether_ip(payload);
    case kIpProtocolL2tp: return l2tp_in_ip(payload);
    case kIpProtocolMplsInIp: return mpls(payload); // RFC 4023 s.3
    default: return not_decoded(POP3ANA_SKIPPED_IP_PROTOCOL, protocol);
    }
}

// RFC 9293 s.3.1.
PacketDecoder::Result PacketDecoder::tcp(Bytes payload, std::size_t sent_bytes) {
    if (payload.size() < 20) return malformed();
    const std::size_t header_bytes = (payload[12] >> 4) * std::size_t{4};
    if (header_bytes < 20 || header_bytes > sent_bytes) return malformed();
    if (options_.verify_checksums && payload.size() == sent_bytes &&
        !tcp_checksum_ok(payload, segment_->source.data(), segment_->destination.data(),
                         segment_->address_family == 4 ? 4 : 16)) {
        ++counters_.checksum_errors;
        return Result::kOther;
    }
    segment_->source_port = be16(payload.data());
    segment_->destination_port = be16(&payload[2]);
    segment_->sequence_number = be32(&payload[4]);
    segment_->acknowledgement = be32(&payload[8]);
    segment_->flags = payload[13];
    segment_->payload = skip(payload, header_bytes);
    segment_->payload_bytes = static_cast<std::uint32_t>(sent_bytes - header_bytes);
    return Result::kSegment;
}

} // namespace pop3ana
