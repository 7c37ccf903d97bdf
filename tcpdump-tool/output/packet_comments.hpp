// Log lines on their way into the comments of a packet.
// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace pop3dump {

/// One comment a line. Bounded: what does not fit becomes a comment that counts it.
class PacketComments {
public:
    void add(std::string_view line);

    /// The comments, until add() or clear() is called.
    [[nodiscard]] std::span<const std::string> texts();

    /// What they take in memory.
    [[nodiscard]] std::size_t bytes() const { return bytes_ + texts_.size() * sizeof(std::string); }
    void clear();

private:
    std::vector<std::string> texts_;
    std::size_t bytes_ = 0;
    std::size_t left_out_ = 0;
};

} // namespace pop3dump
