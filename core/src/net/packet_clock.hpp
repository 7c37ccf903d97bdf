// The clock that expiry, idle time and gaps use (docs/semantics.md section 6). Events have the
// time of their packet instead.
// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include "base/limits.hpp"

#include <algorithm>

namespace pop3ana {

/// The latest time seen. One packet with a wild time does not move it: a time more than
/// kClockLeapNs ahead needs the next segment as a witness.
class PacketClock {
public:
    [[nodiscard]] std::int64_t now_ns() const { return now_ns_; }
    [[nodiscard]] bool is_set() const { return now_ns_ != kNone; }

    /// The time of a segment; not negative.
    void segment(std::int64_t ts_ns) {
        if (now_ns_ < 0) {
            now_ns_ = ts_ns;
        } else if (ts_ns - now_ns_ <= kClockLeapNs) {
            now_ns_ = std::max(now_ns_, ts_ns);
            ahead_ns_ = kNone;
        } else if (ahead_ns_ == kNone) {
            ahead_ns_ = ts_ns;
        } else {
            now_ns_ = std::min(ahead_ns_, ts_ns);
            ahead_ns_ = ts_ns - now_ns_ > kClockLeapNs ? ts_ns : kNone;
        }
    }

    /// The time of the caller's own clock.
    void tick(std::int64_t ts_ns) {
        now_ns_ = std::max(now_ns_, ts_ns);
        ahead_ns_ = kNone;
    }

private:
    static constexpr std::int64_t kNone = -1;

    std::int64_t now_ns_ = kNone;
    std::int64_t ahead_ns_ = kNone; ///< of the segment before, if it was too far ahead
};

} // namespace pop3ana
