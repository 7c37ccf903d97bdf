// SPDX-License-Identifier: GPL-2.0-or-later
#include "capture/formats/pcap_layout.hpp"

#include "capture/capture_limits.hpp"

#include <algorithm>

namespace pop3dump {
namespace {

constexpr std::size_t kSharedHeaderBytes = 16; // of all layouts
constexpr std::uint32_t kFractions = 1'000'000;
constexpr std::uint32_t kNearSeconds = 366 * 86400;

bool is_sound(const PcapRecords &records, const PcapRecordHeader &header) {
    return header.fraction < kFractions && header.captured_bytes <= header.wire_bytes &&
           header.captured_bytes <= records.captured_limit_bytes;
}

/// Whether the second record can be one of the usual layout, or there is none.
bool is_usual(ByteBuffer &buffer, const PcapRecords &records, const PcapRecordHeader &first,
              std::size_t header_bytes) {
    const std::size_t at = header_bytes + first.captured_bytes;
    if (!buffer.ensure(at + kSharedHeaderBytes)) return true;
    return is_sound(records, records.parse(buffer.data() + at));
}

/// Whether the second record, and the third if there is one, can be nothing else.
bool is_certain(ByteBuffer &buffer, const PcapRecords &records, const PcapRecordHeader &first,
                std::size_t header_bytes) {
    std::size_t at = header_bytes + first.captured_bytes;
    for (int record = 2; record <= 3; ++record) {
        if (!buffer.ensure(at + kSharedHeaderBytes))
            return record == 3 && buffer.available() == at; // The file ends with the second.
        const PcapRecordHeader header = records.parse(buffer.data() + at);
        const std::uint32_t apart =
            std::max(header.seconds, first.seconds) - std::min(header.seconds, first.seconds);
        if (!is_sound(records, header) || header.wire_bytes == 0 ||
            header.wire_bytes > kCapturedBytes || apart > kNearSeconds)
            return false;
        at += header_bytes + header.captured_bytes;
    }
    return true;
}

} // namespace

std::size_t choose_record_header_bytes(ByteBuffer &buffer, const PcapRecords &records,
                                       std::span<const std::size_t> layouts) {
    const std::size_t usual = layouts.front();
    if (layouts.size() == 1 || !buffer.ensure(kSharedHeaderBytes)) return usual;
    const PcapRecordHeader first = records.parse(buffer.data());
    if (!is_sound(records, first) || is_usual(buffer, records, first, usual)) return usual;
    for (const std::size_t layout : layouts.subspan(1)) {
        if (is_certain(buffer, records, first, layout)) return layout;
    }
    return usual;
}

} // namespace pop3dump
