// Text that sessions keep between packets: unfinished lines, commands that wait. The buffers are
// shared by all sessions of an engine, so that idle sessions hold none and busy ones do not
// allocate. FlowTable bounds the sum.
// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include "base/byte_word.hpp"
#include "base/limits.hpp"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <memory>
#include <string_view>
#include <vector>

namespace pop3ana {

/// A text that grows at its end. std::string takes three times as long to append a few bytes.
class TextBuffer {
public:
    [[nodiscard]] std::size_t size() const { return size_; }
    [[nodiscard]] std::size_t capacity() const { return capacity_; }
    [[nodiscard]] const char *data() const { return bytes_.get(); }
    [[nodiscard]] std::string_view view() const { return {bytes_.get(), size_}; }

    /// Makes room behind the text for so many bytes, which are its own from now on and not set;
    /// kCopySlack bytes behind them may be changed. Throws std::bad_alloc, and has not changed
    /// then.
    char *extend(std::size_t bytes) {
        if (capacity_ - size_ < bytes + kCopySlack) grow(bytes + kCopySlack);
        char *const end = bytes_.get() + size_;
        size_ += static_cast<std::uint32_t>(bytes);
        return end;
    }
    void erase_front(std::size_t count) {
        size_ -= static_cast<std::uint32_t>(count);
        std::memmove(bytes_.get(), bytes_.get() + count, size_);
    }
    void clear() { size_ = 0; }

private:
    void grow(std::size_t bytes);

    std::unique_ptr<char[]> bytes_;
    std::uint32_t size_ = 0; ///< limits keep it far below what 32 bits hold
    std::uint32_t capacity_ = 0;
};

class TextPool {
public:
    /// A buffer in use; NULL while its owner has no text.
    using Buffer = std::unique_ptr<TextBuffer>;

    TextPool();

    /// What a buffer costs, in bytes.
    static std::uint64_t cost(const Buffer &buffer) {
        return buffer ? buffer->size() + kTextBufferBytes : 0;
    }

    /// Makes room for so many bytes at the end of `buffer`, giving it memory first when it is NULL.
    char *extend(Buffer &buffer, std::size_t bytes) {
        if (!buffer) buffer = take();
        return buffer->extend(bytes);
    }

    /// Appends the text to `buffer`, likewise.
    void append(Buffer &buffer, std::string_view text) {
        copy_text(extend(buffer, text.size()), text);
    }

    /// Drops the text and takes the buffer back; it is NULL then.
    void release(Buffer &buffer);

    /// Takes the buffer back, but keeps its text readable until the next call of finish().
    std::string_view finish(Buffer &buffer);

private:
    Buffer take();
    void keep_spare(Buffer &buffer);

    std::vector<Buffer> spare_;
    Buffer finished_;
};

} // namespace pop3ana
