// One number for each frame of extracts, where files have numbers of their own.
//
// The library wants numbers that grow with each frame, and gives them back in events. They are kept
// as runs: in one the numbers grow as those of the file do. Files of a ring follow each other, and
// give a run each.
// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>

namespace pop3dump {

class FrameNumbers {
public:
    struct Original {
        std::uint32_t origin = 0; ///< see Packet; 0: the frame is of no extract
        std::uint64_t frame = 0;  ///< 0: no longer known
    };

    /// The number of a frame, larger than all before it and at least `least`. The first one is
    /// that of the file, if it can be.
    std::uint64_t add(const Original &original, std::uint64_t least);

    /// Whether add() was called. Until then frames have the numbers that they have.
    [[nodiscard]] bool is_used() const { return last_ != 0; }

    /// The frame of a number; of those before the first add(), that number itself. Of more than
    /// kFrameRuns runs the first ones are forgotten.
    [[nodiscard]] Original find(std::uint64_t number) const;

private:
    struct Run {
        std::uint64_t first;
        Original original; ///< of the first
    };

    std::deque<Run> runs_; ///< in the order of their numbers
    std::uint64_t last_ = 0;
    std::uint64_t last_frame_ = 0;
    bool has_forgotten_ = false;
};

} // namespace pop3dump
