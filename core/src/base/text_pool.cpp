// SPDX-License-Identifier: GPL-2.0-or-later
#include "base/text_pool.hpp"

#include "base/limits.hpp"

#include <utility>

namespace pop3ana {

void TextBuffer::grow(std::size_t bytes) {
    constexpr std::size_t kFirst = 32;
    const std::size_t capacity = std::max({kFirst, std::size_t{2} * capacity_, size_ + bytes});
    auto larger = std::make_unique_for_overwrite<char[]>(capacity);
    std::copy_n(bytes_.get(), size_, larger.get());
    bytes_ = std::move(larger);
    capacity_ = static_cast<std::uint32_t>(capacity);
}

TextPool::TextPool() {
    spare_.reserve(kPooledBuffers);
}

TextPool::Buffer TextPool::take() {
    if (spare_.empty()) return std::make_unique<TextBuffer>();
    Buffer buffer = std::move(spare_.back());
    spare_.pop_back();
    return buffer;
}

void TextPool::release(Buffer &buffer) {
    keep_spare(buffer);
}

std::string_view TextPool::finish(Buffer &buffer) {
    std::swap(finished_, buffer);
    keep_spare(buffer);
    return finished_->view();
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
