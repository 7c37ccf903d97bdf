// Reads the files of Solaris' snoop(8): RFC 1761.
// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include "capture/formats/record_file.hpp"

#include <span>

namespace pop3dump {

/// Version 2, of Ethernet.
class SnoopReader final : public RecordFile {
public:
    /// Whether the first four bytes of a file begin a snoop file.
    static bool is_begun_by(std::span<const std::uint8_t> start);

    SnoopReader(std::string name, ByteBuffer buffer);

    /// Reads the file header; false when it is cut, or of another version or link type: error()
    /// then says so.
    bool read_header();

    bool next(Packet &packet) override;
};

} // namespace pop3dump
