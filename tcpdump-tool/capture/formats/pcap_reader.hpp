// Reads pcap files: https://www.ietf.org/archive/id/draft-ietf-opsawg-pcap-04.html.
// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include "capture/byte_buffer.hpp"
#include "capture/byte_order.hpp"
#include "capture/packet_source.hpp"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>

namespace pop3dump {

/// Microsecond and nanosecond files and Kuznetsov's with longer record headers, of either byte
/// order. The first record that cannot be true ends the source with an error: nothing tells where
/// the next one would begin.
class PcapReader final : public PacketSource {
public:
    /// Whether the first four bytes of a file begin a pcap file.
    static bool is_begun_by(std::span<const std::uint8_t> start);

    /// Takes over `buffer`, which stands at the file header. `name` begins each error line.
    PcapReader(std::string name, ByteBuffer buffer);

    /// Reads the file header; false when it is cut: error() then says so.
    bool read_header();

    bool next(Packet &packet) override;
    [[nodiscard]] const std::string &error() const override { return error_; }
    [[nodiscard]] std::optional<std::uint32_t> first_link_type() const override {
        return link_type_;
    }
    [[nodiscard]] ReadProgress progress() const override { return buffer_.source().progress(); }

private:
    bool end_inside_record(std::size_t record_bytes);
    bool fail(const std::string &why);

    std::string name_;
    ByteBuffer buffer_;
    ByteOrder order_;
    std::size_t record_header_bytes_ = 0;
    std::uint32_t captured_limit_bytes_ = 0;
    std::uint32_t fraction_ns_ = 0; ///< unit of a time's second number
    std::uint32_t link_type_ = 0;
    bool lengths_may_be_swapped_ = false;
    std::uint64_t packets_ = 0;
    std::string error_;
};

} // namespace pop3dump
