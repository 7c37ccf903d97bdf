// pcap file headers and records.
// SPDX-License-Identifier: GPL-2.0-or-later
#include "capture/formats/pcap_reader.hpp"

#include "capture/capture_limits.hpp"

#include <algorithm>
#include <array>
#include <utility>

namespace pop3dump {
namespace {

constexpr std::uint32_t kMicroseconds = 0xa1b2c3d4;
constexpr std::uint32_t kNanoseconds = 0xa1b23c4d;
constexpr std::uint32_t kLongHeaders = 0xa1b2cd34; // Kuznetsov's tcpdump of old Red Hat Linux
constexpr std::size_t kFileHeaderBytes = 24;

// Lengths of record headers by magic number. Behind the usual 16 bytes Kuznetsov's have interface,
// protocol and direction, first with the usual magic number (ss990417: Red Hat 6.1), then with one
// of their own and also the processor (ss990915: SuSE 6.3), then without that; Nokia's 4 bytes are
// of unknown use.
constexpr std::array<std::size_t, 3> kLayouts{16, 24, 20};
constexpr std::array<std::size_t, 2> kLongLayouts{24, 28};
constexpr std::array<std::size_t, 1> kNanosecondLayouts{16};

std::span<const std::size_t> layouts_of(std::uint32_t magic) {
    if (magic == kLongHeaders) return kLongLayouts;
    if (magic == kNanoseconds) return kNanosecondLayouts;
    return kLayouts;
}

bool is_magic(std::uint32_t number) {
    return number == kMicroseconds || number == kNanoseconds || number == kLongHeaders;
}

/// AIX has version 2.2, nanoseconds, and numbers of the interface's type (RFC 1573) that no other
/// file of that version has.
std::optional<std::uint32_t> aix_link_type(std::uint32_t interface_type) {
    enum LinkType : std::uint32_t { kNull = 0, kEthernet = 1, kTokenRing = 6, kFddi = 10 };
    switch (interface_type) {
    case 6: return kEthernet;
    case 9: return kTokenRing;
    case 15: return kFddi;
    case 24: return kNull;
    default: return std::nullopt;
    }
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
    std::uint32_t magic = records_.order.u32(header);
    if (!is_magic(magic)) {
        records_.order = ByteOrder(true);
        magic = records_.order.u32(header);
    }
    fraction_ns_ = magic == kNanoseconds ? 1 : 1000;
    // Before version 2.4 some systems wrote the two lengths the other way round, and no mark tells.
    const std::uint16_t major = records_.order.u16(header + 4);
    const std::uint16_t minor = records_.order.u16(header + 6);
    records_.lengths_may_be_swapped = major != 2 || minor < 4;
    records_.captured_limit_bytes =
        std::clamp(records_.order.u32(header + 16), kCapturedBytes, kAnnouncedCapturedBytes);
    link_type_ =
        records_.order.u32(header + 20) & 0xffff; // above: length of the frame check sequence
    layouts_ = layouts_of(magic);
    if (const auto link_type = aix_link_type(link_type_); link_type && major == 2 && minor == 2) {
        link_type_ = *link_type;
        fraction_ns_ = 1;
        layouts_ = kNanosecondLayouts;
    }
    buffer_.consume(kFileHeaderBytes);
    return true;
}

/// Not with the file header: opening a pipe must not wait for packets.
void PcapReader::choose_layout() {
    record_header_bytes_ = choose_record_header_bytes(buffer_, records_, layouts_);
}

bool PcapReader::next(Packet &packet) {
    if (record_header_bytes_ == 0) choose_layout();
    if (!error_.empty() || !ensure_record(record_header_bytes_)) return false;
    const PcapRecordHeader header = records_.parse(buffer_.data());
    if (!accept_length(header.captured_bytes, records_.captured_limit_bytes)) return false;
    const std::size_t record_bytes = record_header_bytes_ + header.captured_bytes;
    if (!ensure_record(record_bytes)) return false;
    packet.ts_ns =
        std::int64_t{header.seconds} * 1'000'000'000 + std::int64_t{header.fraction} * fraction_ns_;
    packet.link_type = link_type_;
    packet.wire_bytes = header.wire_bytes;
    packet.data = {buffer_.data() + record_header_bytes_, header.captured_bytes};
    buffer_.consume(record_bytes);
    ++packets_;
    return true;
}

} // namespace pop3dump
