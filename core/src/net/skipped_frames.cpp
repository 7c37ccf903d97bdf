// SPDX-License-Identifier: GPL-2.0-or-later
#include "net/skipped_frames.hpp"

namespace pop3ana {

void SkippedFrames::next(pop3ana_skipped &entry) const {
    constexpr std::uint64_t kEnd = (POP3ANA_SKIPPED_POP3_PORT + 1ULL) << 16;
    std::uint64_t at = (std::uint64_t{entry.kind} << 16) + std::min(entry.number, kLargest) + 1;
    while (at < kEnd) {
        const auto &page = pages_[at / kPageCounters];
        if (!page) {
            at = (at / kPageCounters + 1) * kPageCounters;
            continue;
        }
        if (const std::uint64_t frames = (*page)[at % kPageCounters]) {
            entry.frames = frames;
            entry.kind = static_cast<std::uint32_t>(at >> 16);
            entry.number = static_cast<std::uint32_t>(at & kLargest);
            return;
        }
        ++at;
    }
    entry.frames = 0;
}

} // namespace pop3ana
