// Writes packets as pcapng, in the byte order of this machine, with times in ns.
// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include "output_file.hpp"
#include "packet_source.hpp"

#include <cstdint>
#include <vector>

namespace pop3dump {

/// One section, with one interface for each link type, described before its first packet.
class PcapngWriter {
public:
    /// Writes the section header. `file` is borrowed, and tells of failures.
    explicit PcapngWriter(OutputFile &file);

    /// Times before 1970 are written as 0: pcapng has none. False when the packet is lost.
    bool write(const Packet &packet);

    /// Call it after the last packet: when there was none, describes an interface of `link_type`,
    /// because libpcap refuses files without one.
    void finish(std::uint32_t link_type);

private:
    /// Describes it before its first packet, in the record of that packet.
    std::uint32_t interface_of(std::uint32_t link_type);

    OutputFile &file_;
    std::vector<std::uint32_t> link_types_; ///< by interface
};

} // namespace pop3dump
