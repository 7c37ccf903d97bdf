// When to speak of a full disk, and what to say.
// SPDX-License-Identifier: GPL-2.0-or-later
#include "loss_notice.hpp"

#include "diagnostics.hpp"

#include <fmt/core.h>
#include <utility>

namespace pop3dump {

void LossNotice::say(const OutputFile &file, std::string_view what) {
    constexpr std::chrono::minutes kBetweenNotices{1};
    const auto now = std::chrono::steady_clock::now();
    const std::uint64_t lost = file.lost_records();
    if (file.disk_full() ? waiting_ && now < next_ : !waiting_) return;
    next_ = now + kBetweenNotices;
    if (file.disk_full()) {
        waiting_ = true;
        report(fmt::format("{}; {} {} lost since the last notice, {} in all", file.error(),
                           lost - said_records_, what, lost));
    } else {
        waiting_ = false;
        report(fmt::format("{}: written again; {} {} lost since the last notice, {} in all",
                           file.name(), lost - said_records_, what, lost));
    }
    said_records_ = lost;
}

} // namespace pop3dump
