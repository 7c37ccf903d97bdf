// Reads pcap files: https://www.ietf.org/archive/id/draft-ietf-opsawg-pcap-04.html.
// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include "capture/byte_order.hpp"
#include "capture/formats/record_file.hpp"

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>

namespace pop3dump {

/// Microsecond and nanosecond files and Kuznetsov's with longer record headers, of either byte
/// order.
class PcapReader final : public RecordFile {
public:
    /// Whether the first four bytes of a file begin a pcap file.
    static bool is_begun_by(std::span<const std::uint8_t> start);

    PcapReader(std::string name, ByteBuffer buffer);

    /// Reads the file header; false when it is cut: error() then says so.
    bool read_header();

    bool next(Packet &packet) override;

private:
    ByteOrder order_;
    std::size_t record_header_bytes_ = 0;
    std::uint32_t captured_limit_bytes_ = 0;
    std::uint32_t fraction_ns_ = 0; ///< unit of a time's second number
    bool lengths_may_be_swapped_ = false;
};

} // namespace pop3dump
