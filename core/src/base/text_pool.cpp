// SPDX-License-Identifier: GPL-2.0-or-later
#include "base/text_pool.hpp"

#include "base/limits.hpp"

#include <utility>

namespace pop3ana {

TextPool::TextPool() {
    spare_.reserve(kPooledBuffers);
}

void TextPool::append(Buffer &buffer, std::string_view text, std::string_view more) {
    if (!buffer) {
        if (spare_.empty()) {
            buffer = std::make_unique<std::string>();
        } else {
            buffer = std::move(spare_.back());
            spare_.pop_back();
        }
    }
    buffer->append(text);
    buffer->append(more);
}

void TextPool::erase_front(Buffer &buffer, std::size_t count) {
    buffer->erase(0, count);
}

void TextPool::release(Buffer &buffer) {
    keep_spare(buffer);
}

std::string_view TextPool::finish(Buffer &buffer) {
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
