// How much of large files has been read, on a terminal.
// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include "capture/packet_source.hpp"

#include <chrono>
#include <cstdint>

namespace pop3dump {

class Progress {
public:
    /// Shows nothing unless `enabled`, and nothing for sources that are small or of unknown size.
    Progress(const PacketSource &source, bool enabled);
    ~Progress() { erase(); }
    Progress(const Progress &) = delete;
    Progress &operator=(const Progress &) = delete;

    /// Call it for each packet: it looks at the clock only now and then.
    void on_packet() {
        if (--packets_to_check_ == 0) check();
    }

    /// Call it before anything else is written to stderr.
    void erase();

private:
    void check();

    const PacketSource &source_;
    std::uint64_t total_bytes_ = 0; ///< 0: nothing is shown
    bool shown_ = false;
    std::uint32_t packets_to_check_;
    std::chrono::steady_clock::time_point next_;
};

} // namespace pop3dump
