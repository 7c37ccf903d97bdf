// Counts the frames that held nothing for the analyzer by what they held instead, so that a run
// without sessions can say why.
//
// Every number has a counter of its own: nobody can fill a table so that others get lost. Counters
// come in pages, of which only those in use take memory: 512 KiB for each kind at most.
// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include "pop3ana/pop3ana.h"

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>

namespace pop3ana {

class SkippedFrames {
public:
    /// `kind` is one of POP3ANA_SKIPPED_*. Numbers above 65535 count as that.
    void count(std::uint32_t kind, std::uint32_t number) {
        const std::uint32_t low = std::min(number, kLargest);
        std::unique_ptr<Page> &page = pages_[kind * kPages + low / kPageCounters];
        if (!page) page = std::make_unique<Page>();
        ++(*page)[low % kPageCounters];
    }

    /// Replaces `entry` by the next one in the order of kind and number; frames == 0: there is
    /// none.
    void next(pop3ana_skipped &entry) const;

private:
    static constexpr std::uint32_t kLargest = 0xffff;
    static constexpr std::uint32_t kPageCounters = 256;
    static constexpr std::uint32_t kPages = (kLargest + 1) / kPageCounters; ///< of a kind
    using Page = std::array<std::uint64_t, kPageCounters>;

    std::array<std::unique_ptr<Page>, (std::size_t{POP3ANA_SKIPPED_POP3_PORT} + 1) * kPages> pages_;
};

} // namespace pop3ana
