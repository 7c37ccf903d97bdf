// SPDX-License-Identifier: GPL-2.0-or-later
#include "capture/frame_numbers.hpp"

#include "capture/capture_limits.hpp"

#include <algorithm>

namespace pop3dump {

std::uint64_t FrameNumbers::add(const Original &original, std::uint64_t least) {
    // Whoever writes an extract chooses its numbers; 64 bits are to hold any that come so.
    constexpr std::uint64_t kLongestStep = std::uint64_t{1} << 20;
    const bool goes_on = is_used() && runs_.back().original.origin == original.origin &&
                         original.frame > last_frame_ &&
                         original.frame - last_frame_ <= kLongestStep;
    if (goes_on) {
        last_ += original.frame - last_frame_;
    } else {
        last_ = is_used() ? last_ + 1 : std::max(original.frame, least);
        runs_.push_back({last_, original});
        if (runs_.size() > kFrameRuns) {
            runs_.pop_front();
            has_forgotten_ = true;
        }
    }
    last_frame_ = original.frame;
    return last_;
}

FrameNumbers::Original FrameNumbers::find(std::uint64_t number) const {
    const auto behind =
        std::upper_bound(runs_.begin(), runs_.end(), number,
                         [](std::uint64_t value, const Run &run) { return value < run.first; });
    if (behind == runs_.begin()) return {0, has_forgotten_ ? 0 : number};
    const Run &run = *(behind - 1);
    return {run.original.origin, run.original.frame + (number - run.first)};
}

} // namespace pop3dump
