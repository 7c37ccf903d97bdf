// Writes a pcap file packet by packet, so that it may be larger than memory.
// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include "wire.hpp"

#include <cstdint>
#include <cstdio>
#include <string>

namespace pop3ana_test {

/// A pcap file of Ethernet frames in the byte order of this machine. What cannot be written throws.
class PcapStream {
public:
    explicit PcapStream(const std::string &path); ///< "-": stdout

    void packet(ByteSpan frame, std::uint64_t time_us);
    void close();

    [[nodiscard]] std::uint64_t bytes() const { return bytes_; }
    [[nodiscard]] std::uint64_t packets() const { return packets_; }

private:
    void write(const void *data, std::size_t size);

    std::FILE *file_;
    std::uint64_t bytes_ = 0;
    std::uint64_t packets_ = 0;
};

} // namespace pop3ana_test
