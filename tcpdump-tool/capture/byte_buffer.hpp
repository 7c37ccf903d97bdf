// One growing window over a byte source, so that records are used where they were read.
// Invariant: position_ <= end_ <= capacity_, and offset() is the place of data() in the stream.
// Limit: it grows to what the largest ensure() asked for; callers bound that.
// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include "capture/byte_source.hpp"

#include <cstddef>
#include <cstdint>
#include <memory>

namespace pop3dump {

class ByteBuffer {
public:
    explicit ByteBuffer(std::unique_ptr<ByteSource> source);

    /// Makes the next `bytes` contiguous at data(); false when the input ends before: what is left
    /// is then there. Moves the data: earlier pointers become invalid.
    bool ensure(std::size_t bytes) { return available() >= bytes || refill(bytes); }

    [[nodiscard]] const std::uint8_t *data() const { return bytes_.get() + position_; }
    [[nodiscard]] std::size_t available() const { return end_ - position_; }
    [[nodiscard]] std::uint64_t offset() const { return window_offset_ + position_; }

    /// Steps over bytes that ensure() has made available; they stay valid until the next ensure().
    void consume(std::size_t bytes) { position_ += bytes; }

    /// Steps over any number of bytes without keeping them; false when the input ends before.
    bool skip(std::uint64_t bytes);

    [[nodiscard]] const ByteSource &source() const { return *source_; }

private:
    bool refill(std::size_t bytes);
    void make_room(std::size_t bytes);

    std::unique_ptr<ByteSource> source_;
    std::unique_ptr<std::uint8_t[]> bytes_;
    std::size_t capacity_ = 0;
    std::size_t position_ = 0;
    std::size_t end_ = 0;
    std::uint64_t window_offset_ = 0; ///< place of bytes_[0] in the stream
};

} // namespace pop3dump
