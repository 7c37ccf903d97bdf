// The blocks of a pcapng section as bytes, in the byte order of this machine, with times in ns and
// one interface for each link type, described before its first packet.
// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include "capture/packet_source.hpp"

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace pop3dump {

class PcapngSection {
public:
    /// All functions add to the end of `bytes`.
    static void put_header(std::string &bytes);

    /// A decryption secrets block: lines of a TLS key log.
    static void put_key_log(std::string &bytes, std::string_view lines);

    /// The packet with its comments, each of them cut to what an option holds (65,535 bytes). Times
    /// before 1970 are written as 0: pcapng has none.
    void put_packet(std::string &bytes, const Packet &packet,
                    std::span<const std::string> comments);

    /// An interface without packets.
    void put_interface(std::string &bytes, std::uint32_t link_type);

    [[nodiscard]] std::size_t interfaces() const { return link_types_.size(); }
    /// Takes back those after the first `count`: their blocks were not written.
    void forget_interfaces(std::size_t count) { link_types_.resize(count); }

private:
    std::uint32_t interface_of(std::string &bytes, std::uint32_t link_type);

    std::vector<std::uint32_t> link_types_; ///< by interface
};

} // namespace pop3dump
