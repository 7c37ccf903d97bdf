// The bounds of comments.
// SPDX-License-Identifier: GPL-2.0-or-later
#include "output/packet_comments.hpp"

#include "output/output_limits.hpp"

#include <fmt/core.h>

namespace pop3dump {

void PacketComments::add(std::string_view line) {
    constexpr std::string_view kMark = "... (cut)";
    const bool is_long = line.size() > kCommentBytes;
    if (bytes_ >= kPacketCommentBytes) {
        ++left_out_;
        return;
    }
    std::string &text =
        texts_.emplace_back(is_long ? line.substr(0, kCommentBytes - kMark.size()) : line);
    if (is_long) text += kMark;
    bytes_ += text.size();
}

std::span<const std::string> PacketComments::texts() {
    if (left_out_ > 0) {
        texts_.push_back(fmt::format("{} more log lines omitted", left_out_));
        left_out_ = 0;
    }
    return texts_;
}

void PacketComments::clear() {
    texts_.clear();
    bytes_ = left_out_ = 0;
}

} // namespace pop3dump
