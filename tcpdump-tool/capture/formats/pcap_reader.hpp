// Reads pcap files: https://www.ietf.org/archive/id/draft-ietf-opsawg-pcap-04.html.
// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include "capture/formats/pcap_layout.hpp"
#include "capture/formats/record_file.hpp"

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>

namespace pop3dump {

/// Files of microseconds and nanoseconds, of either byte order; those of patched versions of
/// libpcap with longer record headers (Kuznetsov's, of Red Hat 6.1 and SuSE 6.3; Nokia's), and of
/// AIX.
class PcapReader final : public RecordFile {
public:
    /// Whether the first four bytes of a file begin a pcap file.
    static bool is_begun_by(std::span<const std::uint8_t> start);

    PcapReader(std::string name, ByteBuffer buffer);

    /// Reads the file header; false when it is cut: error() then says so.
    bool read_header();

    bool next(Packet &packet) override;

private:
    void choose_layout();

    PcapRecords records_;
    std::span<const std::size_t> layouts_; ///< lengths that a record header may have
    std::size_t record_header_bytes_ = 0;  ///< 0: not chosen yet
    std::uint32_t fraction_ns_ = 0;        ///< unit of a time's second number
};

} // namespace pop3dump
