// The options of live captures.
// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace pop3dump {

/// No packet is longer (libpcap's MAXIMUM_SNAPLEN).
constexpr int kMaxSnapshotBytes = 256 * 1024;

struct LiveOptions {
    enum class Direction { In, Out, Both };

    std::vector<std::string> interfaces;  ///< -i: names, or numbers of -D
    std::optional<std::string> link_type; ///< -y: libpcap's name for it
    int snapshot_bytes = kMaxSnapshotBytes;
    int buffer_kib = 16384;
    Direction direction = Direction::Both;
    std::uint16_t fanout = 1; ///< threads that capture
    bool promiscuous = true;
    bool immediate = false;
    bool nanoseconds = true;
};

/// Which packets the kernel hands over.
struct LiveFilter {
    std::string expression;    ///< pcap-filter(7); "": what may be POP3 of these ports
    std::string ports = "110"; ///< a list as --port takes it, which is known to be right
};

} // namespace pop3dump
