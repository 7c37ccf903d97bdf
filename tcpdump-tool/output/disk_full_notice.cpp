// When to report a full disk, and with which words.
// SPDX-License-Identifier: GPL-2.0-or-later
#include "output/disk_full_notice.hpp"

#include "system/diagnostics.hpp"

#include <fmt/core.h>

namespace pop3dump {

void DiskFullNotice::update(const Loss &loss, std::string_view what) {
    constexpr std::chrono::minutes kBetweenNotices{1};
    if (!loss.ongoing && !ongoing_) return;
    const auto now = std::chrono::steady_clock::now();
    if (loss.ongoing && ongoing_ && now < next_) return;
    next_ = now + kBetweenNotices;
    const std::string found =
        loss.ongoing ? std::string(loss.error) : fmt::format("{}: writing again", loss.file);
    report(fmt::format("{}; dropped since the last notice: {} {}", found, loss.count - reported_,
                       what));
    ongoing_ = loss.ongoing;
    reported_ = loss.count;
}

void add_full_disk_loss(std::string_view file, std::uint64_t count, std::string_view what,
                        std::vector<std::string> &errors) {
    if (count > 0)
        errors.push_back(fmt::format("{}: no space left: {} {} not written", file, count, what));
}

} // namespace pop3dump
