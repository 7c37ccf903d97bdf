// Commands that wait for the reply to their predecessor, in one buffer of text.
// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include "base/limits.hpp"
#include "base/text_pool.hpp"
#include "pop3/certainty.hpp"

#include <cstdint>

namespace pop3ana {

class CommandQueue {
public:
    static constexpr std::size_t kHeaderBytes = 24; ///< before the text of each command

    [[nodiscard]] bool empty() const { return count_ == 0; }
    [[nodiscard]] std::uint32_t size() const { return count_; }

    /// Bytes of all lines, their ends not counted.
    [[nodiscard]] std::size_t bytes() const {
        return text_ ? text_->size() - offset_ - count_ * kHeaderBytes : 0;
    }

    /// How many of them are known commands; how many may be answered by a multi-line response.
    [[nodiscard]] std::uint32_t known() const { return known_; }
    [[nodiscard]] std::uint32_t openers() const { return openers_; }

    /// What it costs, in bytes: see TextPool.
    [[nodiscard]] std::uint64_t cost() const { return TextPool::cost(text_); }

    void push(const ClientLine &line, TextPool &pool);

    /// Takes the oldest one out. There must be one; its text is valid until the next call that
    /// takes the pool.
    ClientLine take();

    /// Gives back the memory of what was taken out.
    void settle(TextPool &pool);

    /// Drops all of them and gives the memory back.
    void clear(TextPool &pool);

private:
    TextPool::Buffer text_;    ///< header, text, header, text ...
    std::uint32_t offset_ = 0; ///< of the oldest header
    std::uint16_t count_ = 0;
    std::uint16_t known_ = 0;
    std::uint16_t openers_ = 0;
};
static_assert(kPendingCommands < 1U << 16);

} // namespace pop3ana
