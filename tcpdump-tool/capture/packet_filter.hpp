// A filter expression (pcap-filter(7)) for packets of any link types.
// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include "capture/packet_source.hpp"

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

namespace pop3dump {

/// Why no link type takes the expression, as libpcap says it of Ethernet; "": one does.
std::string why_no_filter(const std::string &expression);

/// Compiles the expression once for each link type that it meets.
class PacketFilter {
public:
    explicit PacketFilter(std::string expression);
    ~PacketFilter();
    PacketFilter(const PacketFilter &) = delete;
    PacketFilter &operator=(const PacketFilter &) = delete;

    /// Makes the filter ready for `link_type` (a LINKTYPE_ value). False when the expression is
    /// wrong, or means nothing there: error() then names it and holds libpcap's reason.
    bool prepare(std::uint32_t link_type);

    /// Whether the packet passes; NotYet when the expression means nothing for its link type:
    /// error() then says so.
    Packet::Filtered apply(const Packet &packet);

    [[nodiscard]] const std::string &error() const { return error_; }

private:
    struct Program;

    [[nodiscard]] bool matches(const Packet &packet) const;

    std::string expression_;
    std::vector<std::unique_ptr<Program>> programs_;
    const Program *current_ = nullptr;
    std::string error_;
};

} // namespace pop3dump
