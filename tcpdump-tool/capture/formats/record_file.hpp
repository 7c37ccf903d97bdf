// What readers of files of plain records have in common.
// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include "capture/byte_buffer.hpp"
#include "capture/packet_source.hpp"

#include <cstddef>
#include <cstdint>
#include <string>

namespace pop3dump {

/// A header, then records one after the other. The first one that cannot be true ends the source
/// with an error: nothing tells where the next one would begin.
class RecordFile : public PacketSource {
public:
    [[nodiscard]] const std::string &error() const override { return error_; }
    [[nodiscard]] std::optional<std::uint32_t> first_link_type() const override {
        return link_type_;
    }
    [[nodiscard]] ReadProgress progress() const override { return buffer_.source().progress(); }

protected:
    /// Takes over `buffer`, which stands at the file header. `name` begins each error line.
    RecordFile(std::string name, ByteBuffer buffer);

    /// False when the file header is cut; error() then says so.
    bool ensure_header(std::size_t bytes);

    /// False where the file ends, cleanly or inside the record.
    bool ensure_record(std::size_t bytes) { return buffer_.ensure(bytes) || end_inside(bytes); }

    /// Whether a packet may be so long; else the file has failed.
    bool accept_length(std::uint32_t captured_bytes, std::uint32_t limit_bytes) {
        return captured_bytes <= limit_bytes || refuse_length(captured_bytes, limit_bytes);
    }

    /// Of the record at hand. Returns false.
    bool fail(const std::string &why);

    std::string name_;
    ByteBuffer buffer_;
    std::uint32_t link_type_ = 0;
    std::uint64_t packets_ = 0; ///< read
    std::string error_;

private:
    bool end_inside(std::size_t record_bytes);
    bool refuse_length(std::uint32_t captured_bytes, std::uint32_t limit_bytes);
};

} // namespace pop3dump
