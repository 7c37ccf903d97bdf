// SPDX-License-Identifier: GPL-2.0-or-later
#include "text_pool.hpp"

#include "limits.hpp"

#include <utility>

namespace pop3ana {

TextPool::TextPool(std::uint64_t max_bytes) : max_bytes_(max_bytes) {
    spare_.reserve(kPooledBuffers);
}

bool TextPool::append(Buffer &buffer, std::string_view text, std::string_view more) {
    if (text.size() + more.size() > max_bytes_ - bytes_) return false;
    if (!buffer) {
        if (spare_.empty()) {
            buffer = std::make_unique<std::string>();
        } else {
            buffer = std::move(spare_.back());
            spare_.pop_back();
        }
    }
    // Counted one by one: the second may find no memory.
    buffer->append(text);
    bytes_ += text.size();
    buffer->append(more);
    bytes_ += more.size();
    return true;
}

bool TextPool::charge(std::size_t bytes) {
    if (bytes > max_bytes_ - bytes_) return false;
    bytes_ += bytes;
    return true;
}

void TextPool::erase_front(Buffer &buffer, std::size_t count) {
    buffer->erase(0, count);
    bytes_ -= count;
}

void TextPool::release(Buffer &buffer) {
    if (!buffer) return;
    bytes_ -= buffer->size();
    keep_spare(buffer);
}

std::string_view TextPool::finish(Buffer &buffer) {
    bytes_ -= buffer->size();
    std::swap(finished_, buffer);
    keep_spare(buffer);
    return *finished_;
}

void TextPool::keep_spare(Buffer &buffer) {
    if (!buffer) return;
    if (spare_.size() < kPooledBuffers && buffer->capacity() <= kPooledBufferBytes) {
        buffer->clear();
        spare_.push_back(std::move(buffer)); // Cannot throw: the room is reserved.
    }
    buffer.reset();
}

} // namespace pop3ana
