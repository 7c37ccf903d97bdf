// A percentage that overwrites itself.
// SPDX-License-Identifier: GPL-2.0-or-later
#include "pipeline/progress.hpp"

#include "system/diagnostics.hpp"

#include <algorithm>
#include <fmt/core.h>

namespace pop3dump {
namespace {

constexpr std::uint32_t kPacketsBetweenChecks = 4096;
constexpr std::uint64_t kLargeBytes = std::uint64_t{64} * 1024 * 1024;
constexpr std::chrono::milliseconds kInterval{200};

} // namespace

Progress::Progress(const PacketSource &source, bool enabled)
    : source_(source), packets_to_check_(kPacketsBetweenChecks),
      next_(std::chrono::steady_clock::now() + kInterval) {
    const std::uint64_t total_bytes = source.progress().total_bytes;
    if (enabled && total_bytes >= kLargeBytes) total_bytes_ = total_bytes;
}

void Progress::check() {
    packets_to_check_ = kPacketsBetweenChecks;
    if (total_bytes_ == 0) return;
    const auto now = std::chrono::steady_clock::now();
    if (now < next_) return;
    next_ = now + kInterval;
    const std::uint64_t done_bytes = std::min(source_.progress().done_bytes, total_bytes_);
    write_stderr(fmt::format("\r{:3} %", done_bytes * 100 / total_bytes_));
    shown_ = true;
}

void Progress::erase() {
    if (shown_) write_stderr("\r     \r");
    shown_ = false;
}

} // namespace pop3dump
