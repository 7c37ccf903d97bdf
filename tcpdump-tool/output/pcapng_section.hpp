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
    /// `application` "": none is named.
    static void put_header(std::string &bytes, std::string_view application = {});

    /// A decryption secrets block: lines of a TLS key log.
    static void put_key_log(std::string &bytes, std::string_view lines);

    /// The packet with its comments, each of them cut to what an option holds (65,535 bytes). Times
    /// before 1970 are written as 0: pcapng has none.
    void put_packet(std::string &bytes, const Packet &packet,
                    std::span<const std::string> comments);

    /// The same in an extract: with its origin, of whose file `name` is the name.
    void put_extracted(std::string &bytes, const Packet &packet, std::string_view name);

    /// An interface without packets.
    void put_interface(std::string &bytes, std::uint32_t link_type) {
        put_interface(bytes, {link_type, 0}, {});
    }

    [[nodiscard]] std::size_t interfaces() const { return interfaces_.size(); }
    /// Takes back those after the first `count`: their blocks were not written.
    void forget_interfaces(std::size_t count) { interfaces_.resize(count); }

private:
    struct Interface {
        std::uint32_t link_type;
        std::uint32_t origin; ///< see Packet; 0: of any file

        friend bool operator==(const Interface &, const Interface &) = default;
    };

    void put_interface(std::string &bytes, const Interface &interface, std::string_view name);
    std::uint32_t interface_of(std::string &bytes, const Interface &interface,
                               std::string_view name);
    static void put_packet(std::string &bytes, const Packet &packet, std::uint32_t interface,
                           std::span<const std::string> comments);

    std::vector<Interface> interfaces_;
    std::uint32_t latest_ = 0; ///< that a packet had: mostly the next one has it too
};

} // namespace pop3dump
