// PacketDecoder: IEEE 802.11 frames, and what wireless cards put in front of them.
// SPDX-License-Identifier: GPL-2.0-or-later
#include "net/packet.hpp"

#include <algorithm>

namespace pop3ana {
namespace {

/// Bits of Frame Control (IEEE 802.11-2020 s.9.2.4.1), its first byte above the second.
enum FrameControl : std::uint16_t {
    kVersionAndType = 0x0f00,
    kData = 0x0800,
    kNoData = 0x4000, ///< of a data frame: only what its type says, as Null
    kQos = 0x8000,
    kBothDs = 0x0003, ///< four addresses
    kProtected = 0x0040,
    kHtControl = 0x0080, ///< of a QoS frame: +HTC
};

/// Whether the card has padded the 802.11 header to a multiple of four: the field Flags.
bool has_data_padding(Bytes radiotap) {
    enum Present : std::uint32_t { kTsft = 1, kFlags = 2, kMoreWords = 0x80000000 };
    constexpr std::uint8_t kDataPadding = 0x20;
    const std::uint32_t present = le32(&radiotap[4]);
    std::size_t at = 8;
    for (std::uint32_t word = present; (word & kMoreWords) != 0; at += 4) {
        if (radiotap.size() < at + 4) return false;
        word = le32(&radiotap[at]);
    }
    if ((present & kFlags) == 0) return false;
    if ((present & kTsft) != 0) at = aligned(at, 8) + 8;
    return at < radiotap.size() && (radiotap[at] & kDataPadding) != 0;
}

} // namespace

// radiotap.org: version, padding, length, a bit for each field that is present, the fields.
PacketDecoder::Result PacketDecoder::radiotap(Bytes frame) {
    if (frame.size() < 8) return malformed();
    const std::size_t header_bytes = le16(&frame[2]);
    if (header_bytes < 8 || frame.size() < header_bytes) return malformed();
    return ieee80211(skip(frame, header_bytes), has_data_padding(frame.first(header_bytes)));
}

// The header of the Prism cards' monitor mode, or that of AVS, which took its link type first.
PacketDecoder::Result PacketDecoder::prism(Bytes frame) {
    constexpr std::size_t kPrismBytes = 144;
    constexpr std::uint32_t kAvsMagic = 0x80211000; // and its version
    if (frame.size() < 4) return malformed();
    if ((be32(frame.data()) & 0xfffff000) == kAvsMagic) return avs(frame);
    return ieee80211(skip(frame, kPrismBytes));
}

// AVS capture header: magic, length.
PacketDecoder::Result PacketDecoder::avs(Bytes frame) {
    if (frame.size() < 8) return malformed();
    return ieee80211(skip(frame, std::max<std::size_t>(be32(&frame[4]), 8)));
}

PacketDecoder::Result PacketDecoder::ieee80211(Bytes frame, bool has_padding) {
    return frame.size() < 24 ? malformed() : ieee80211(be16(frame.data()), frame, has_padding);
}

// Data frames whose body is not encrypted (IEEE 802.11-2020 s.9.3.2).
PacketDecoder::Result PacketDecoder::ieee80211(std::uint16_t control, Bytes frame,
                                               bool has_padding) {
    const bool is_encrypted = (control & kProtected) != 0;
    if ((control & (kVersionAndType | kNoData)) != kData || is_encrypted)
        return not_decoded(POP3ANA_SKIPPED_WLAN, control >> 8 | (is_encrypted ? 0x4000U : 0U));
    const bool is_qos = (control & kQos) != 0;
    std::size_t header_bytes = 24U + ((control & kBothDs) == kBothDs ? 6U : 0U);
    bool is_aggregate = false;
    if (is_qos) {
        if (frame.size() < header_bytes + 2) return malformed();
        is_aggregate = (frame[header_bytes] & 0x80) != 0; // A-MSDU Present
        header_bytes += (control & kHtControl) != 0 ? 6U : 2U;
    }
    const Bytes body = skip(frame, has_padding ? aligned(header_bytes, 4) : header_bytes);
    return is_aggregate ? aggregate(body) : llc(body);
}

// An A-MSDU (s.9.3.2.2): the first of its subframes, which are aligned to four bytes. The others
// wait, unless they lie in a reassembled datagram: the next fragment may overwrite it.
PacketDecoder::Result PacketDecoder::aggregate(Bytes subframes) {
    constexpr std::size_t kHeaderBytes = 14; // addresses, length
    more_ = {};
    if (subframes.size() < kHeaderBytes) return malformed();
    const std::size_t bytes = be16(&subframes[12]);
    const Bytes rest = skip(subframes, aligned(kHeaderBytes + bytes, 4));
    if (!is_reassembled_ && rest.size() >= kHeaderBytes) more_ = rest;
    const Bytes body = skip(subframes, kHeaderBytes);
    return llc(body.first(std::min(bytes, body.size())));
}

} // namespace pop3ana
