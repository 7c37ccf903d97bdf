// SPDX-License-Identifier: GPL-2.0-or-later
#include "command_queue.hpp"

#include <cstring>

namespace pop3ana {

bool CommandQueue::push(const Waiting &command, TextPool &pool) {
    const Header header{command.frame, command.line.size()};
    const std::string_view header_text{reinterpret_cast<const char *>(&header), sizeof(header)};
    if (!pool.append(text_, header_text, command.line)) return false;
    ++count_;
    return true;
}

CommandQueue::Header CommandQueue::front_header() const {
    Header header;
    std::memcpy(&header, text_->data() + offset_, sizeof(header));
    return header;
}

CommandQueue::Waiting CommandQueue::front() const {
    const Header header = front_header();
    return {std::string_view{*text_}.substr(offset_ + sizeof(header), header.line_bytes),
            header.frame};
}

void CommandQueue::pop(TextPool &pool) {
    const Header header = front_header();
    offset_ += static_cast<std::uint32_t>(sizeof(header) + header.line_bytes);
    if (--count_ == 0) {
        clear(pool);
    } else if (offset_ > text_->size() / 2) {
        pool.erase_front(text_, offset_);
        offset_ = 0;
    }
}

void CommandQueue::clear(TextPool &pool) {
    pool.release(text_);
    offset_ = count_ = 0;
}

} // namespace pop3ana
