// Commands that wait for the reply to their predecessor, in one buffer of text.
// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include "text_pool.hpp"

#include <cstdint>

namespace pop3ana {

class CommandQueue {
public:
    struct Waiting {
        std::string_view line;   ///< valid until the queue changes
        std::uint64_t frame = 0; ///< in which the line was completed
    };

    [[nodiscard]] bool empty() const { return count_ == 0; }
    [[nodiscard]] std::uint32_t size() const { return count_; }

    /// Bytes of all lines, their ends not counted.
    [[nodiscard]] std::size_t bytes() const {
        return text_ ? text_->size() - offset_ - count_ * sizeof(Header) : 0;
    }

    /// False, and nothing done, when the pool has no room.
    bool push(const Waiting &command, TextPool &pool);

    /// The oldest one. There must be one.
    [[nodiscard]] Waiting front() const;

    void pop(TextPool &pool);

    /// Drops all of them and gives the memory back.
    void clear(TextPool &pool);

private:
    struct Header {
        std::uint64_t frame;
        std::uint64_t line_bytes;
    };
    [[nodiscard]] Header front_header() const;

    TextPool::Buffer text_;    ///< header, line, header, line ...
    std::uint32_t offset_ = 0; ///< of the oldest header
    std::uint32_t count_ = 0;
};

} // namespace pop3ana
