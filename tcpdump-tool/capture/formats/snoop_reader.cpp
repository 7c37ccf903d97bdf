// SPDX-License-Identifier: GPL-2.0-or-later
#include "capture/formats/snoop_reader.hpp"

#include "base/bytes.hpp"
#include "capture/capture_limits.hpp"

#include <algorithm>
#include <fmt/core.h>
#include <string_view>
#include <utility>

namespace pop3dump {
namespace {

using pop3ana::be32;

constexpr std::string_view kMagic{"snoop\0\0\0", 8};
constexpr std::size_t kFileHeaderBytes = 16;
constexpr std::size_t kRecordHeaderBytes = 24;
constexpr std::uint32_t kVersion = 2;

} // namespace

bool SnoopReader::is_begun_by(std::span<const std::uint8_t> start) {
    return std::equal(start.begin(), start.end(), kMagic.begin());
}

SnoopReader::SnoopReader(std::string name, ByteBuffer buffer)
    : RecordFile(std::move(name), std::move(buffer)) {}

bool SnoopReader::read_header() {
    enum DataLink : std::uint32_t { kIeee8023 = 0, kEthernet = 4 };
    constexpr std::uint32_t kLinkTypeEthernet = 1;
    if (!ensure_header(kFileHeaderBytes)) return false;
    const std::uint8_t *header = buffer_.data();
    const std::uint32_t version = be32(header + 8);
    const std::uint32_t data_link = be32(header + 12);
    if (!std::equal(kMagic.begin(), kMagic.end(), header)) {
        error_ = name_ + ": not a snoop file";
    } else if (version != kVersion) {
        error_ = fmt::format("{}: unsupported snoop version {}", name_, version);
    } else if (data_link != kIeee8023 && data_link != kEthernet) {
        error_ = fmt::format("{}: unsupported link type {} of snoop", name_, data_link);
    }
    link_type_ = kLinkTypeEthernet;
    buffer_.consume(kFileHeaderBytes);
    return error_.empty();
}

bool SnoopReader::next(Packet &packet) {
    if (!error_.empty() || !ensure_record(kRecordHeaderBytes)) return false;
    const std::uint8_t *header = buffer_.data();
    const std::uint32_t wire_bytes = be32(header);
    const std::uint32_t captured_bytes = be32(header + 4);
    const std::uint32_t record_bytes = be32(header + 8); // with padding
    const std::int64_t seconds = be32(header + 16);
    const std::int64_t microseconds = be32(header + 20);
    if (!accept_length(captured_bytes, kCapturedBytes)) return false;
    const std::size_t used_bytes = kRecordHeaderBytes + captured_bytes;
    if (record_bytes < used_bytes || record_bytes - used_bytes > kCapturedBytes)
        return fail(fmt::format("invalid record length {}", record_bytes));
    if (!ensure_record(record_bytes)) return false;
    packet.ts_ns = seconds * 1'000'000'000 + microseconds * 1000;
    packet.link_type = link_type_;
    packet.wire_bytes = wire_bytes;
    packet.data = {buffer_.data() + kRecordHeaderBytes, captured_bytes};
    buffer_.consume(record_bytes);
    ++packets_;
    return true;
}

} // namespace pop3dump
