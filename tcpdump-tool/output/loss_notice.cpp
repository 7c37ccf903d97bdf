// When to speak of a full disk, and what to say.
// SPDX-License-Identifier: GPL-2.0-or-later
#include "output/loss_notice.hpp"

#include "system/diagnostics.hpp"

#include <fmt/core.h>

namespace pop3dump {

void LossNotice::say(const Loss &loss, std::string_view what) {
    constexpr std::chrono::minutes kBetweenNotices{1};
    if (!loss.goes_on && !goes_on_) return;
    const auto now = std::chrono::steady_clock::now();
    if (loss.goes_on && goes_on_ && now < next_) return;
    next_ = now + kBetweenNotices;
    const std::string found =
        loss.goes_on ? std::string(loss.error) : fmt::format("{}: is written again", loss.file);
    report(fmt::format("{}; lost since the last notice: {} {}", found, loss.count - said_, what));
    goes_on_ = loss.goes_on;
    said_ = loss.count;
}

} // namespace pop3dump
