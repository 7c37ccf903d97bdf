// How long the record headers of a pcap file are. Patched versions of libpcap made them longer and
// kept the magic number, so only the records tell.
//
// A file is of the usual layout unless its second record cannot be one in it, and the first three
// can be in another: a guess never touches a file that reads well. The fraction of a second of the
// one layout is the second of the other, or a length is; so, since January 1970, one record more
// decides.
// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include "capture/byte_buffer.hpp"
#include "capture/byte_order.hpp"

#include <cstddef>
#include <cstdint>
#include <span>
#include <utility>

namespace pop3dump {

/// What record headers of all layouts begin with.
struct PcapRecordHeader {
    std::uint32_t seconds;
    std::uint32_t fraction; ///< of a second
    std::uint32_t captured_bytes;
    std::uint32_t wire_bytes;
};

/// What the file header says of the records.
struct PcapRecords {
    ByteOrder order;
    std::uint32_t captured_limit_bytes = 0;
    bool lengths_may_be_swapped = false;

    /// Of the 16 bytes at `bytes`.
    [[nodiscard]] PcapRecordHeader parse(const std::uint8_t *bytes) const {
        PcapRecordHeader header{order.u32(bytes), order.u32(bytes + 4), order.u32(bytes + 8),
                                order.u32(bytes + 12)};
        if (lengths_may_be_swapped && header.captured_bytes > header.wire_bytes)
            std::swap(header.captured_bytes, header.wire_bytes);
        return header;
    }
};

/// For a file of microseconds: one of `layouts`, lengths of a record header, the usual one first;
/// `buffer` stands at the first record. Waits for the header of the second one, for more only when
/// it is not of the usual layout.
std::size_t choose_record_header_bytes(ByteBuffer &buffer, const PcapRecords &records,
                                       std::span<const std::size_t> layouts);

} // namespace pop3dump
