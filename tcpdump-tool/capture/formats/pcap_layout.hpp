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

namespace pop3dump {

/// What is known of a file of microseconds before the first record.
struct PcapRecords {
    ByteOrder order;
    std::uint32_t captured_limit_bytes = 0;
    bool lengths_may_be_swapped = false;
};

/// One of `layouts`, lengths of a record header, the usual one first; `buffer` stands at the first
/// record. Waits for the header of the second one, for more only when it is not of the usual
/// layout.
std::size_t choose_record_header_bytes(ByteBuffer &buffer, const PcapRecords &records,
                                       std::span<const std::size_t> layouts);

} // namespace pop3dump
