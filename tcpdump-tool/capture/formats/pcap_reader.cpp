// pcap file headers and records.
// SPDX-License-Identifier: GPL-2.0-or-later
#include "capture/formats/pcap_reader.hpp"

#include "capture/capture_limits.hpp"

#include <algorithm>
#include <utility>

namespace pop3dump {
namespace {

constexpr std::uint32_t kMicroseconds = 0xa1b2c3d4;
constexpr std::uint32_t kNanoseconds = 0xa1b23c4d;
constexpr std::uint32_t kLongHeaders = 0xa1b2cd34; // Kuznetsov's tcpdump of old Red Hat Linux
constexpr std::size_t kFileHeaderBytes = 24;
constexpr std::size_t kRecordHeaderBytes = 16;
constexpr std::size_t kLongRecordHeaderBytes = 24;

bool is_magic(std::uint32_t number) {
    return number == kMicroseconds || number == kNanoseconds || number == kLongHeaders;
}

} // namespace

bool PcapReader::is_begun_by(std::span<const std::uint8_t> start) {
    const std::uint32_t magic = ByteOrder().u32(start.data());
    return is_magic(magic) || is_magic(__builtin_bswap32(magic));
}

PcapReader::PcapReader(std::string name, ByteBuffer buffer)
    : RecordFile(std::move(name), std::move(buffer)) {}

bool PcapReader::read_header() {
    if (!ensure_header(kFileHeaderBytes)) return false;
    const std::uint8_t *header = buffer_.data();
    std::uint32_t magic = order_.u32(header);
    if (!is_magic(magic)) {
        order_ = ByteOrder(true);
        magic = order_.u32(header);
    }
    record_header_bytes_ = magic == kLongHeaders ? kLongRecordHeaderBytes : kRecordHeaderBytes;
    fraction_ns_ = magic == kNanoseconds ? 1 : 1000;
    // Before version 2.4 some systems wrote the two lengths the other way round, and no mark tells.
    const std::uint16_t major = order_.u16(header + 4);
    lengths_may_be_swapped_ = major != 2 || order_.u16(header + 6) < 4;
    captured_limit_bytes_ =
        std::clamp(order_.u32(header + 16), kCapturedBytes, kAnnouncedCapturedBytes);
    link_type_ = order_.u32(header + 20) & 0xffff; // above: length of the frame check sequence
    buffer_.consume(kFileHeaderBytes);
    return true;
}

bool PcapReader::next(Packet &packet) {
    if (!error_.empty() || !ensure_record(record_header_bytes_)) return false;
    const std::uint8_t *header = buffer_.data();
    const std::uint32_t seconds = order_.u32(header);
    const std::uint32_t fraction = order_.u32(header + 4);
    std::uint32_t captured_bytes = order_.u32(header + 8);
    std::uint32_t wire_bytes = order_.u32(header + 12);
    if (lengths_may_be_swapped_ && captured_bytes > wire_bytes) {
        std::swap(captured_bytes, wire_bytes);
    }
    if (!accept_length(captured_bytes, captured_limit_bytes_)) return false;
    const std::size_t record_bytes = record_header_bytes_ + captured_bytes;
    if (!ensure_record(record_bytes)) return false;
    packet.ts_ns = std::int64_t{seconds} * 1'000'000'000 + std::int64_t{fraction} * fraction_ns_;
    packet.link_type = link_type_;
    packet.wire_bytes = wire_bytes;
    packet.data = {buffer_.data() + record_header_bytes_, captured_bytes};
    buffer_.consume(record_bytes);
    ++packets_;
    return true;
}

} // namespace pop3dump
