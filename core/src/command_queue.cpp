// SPDX-License-Identifier: GPL-2.0-or-later
#include "command_queue.hpp"

#include <cstring>

namespace pop3ana {

void CommandQueue::push(const ClientLine &line, TextPool &pool) {
    const Header header{
        line.frame,    line.end,      static_cast<std::uint32_t>(line.text.size()) & 0xff'ffffU,
        line.is_known, line.is_plain, line.may_open};
    const std::string_view header_text{reinterpret_cast<const char *>(&header), sizeof(header)};
    pool.append(text_, header_text, line.text);
    ++count_;
    known_ = static_cast<std::uint16_t>(known_ + (line.is_known ? 1 : 0));
    openers_ = static_cast<std::uint16_t>(openers_ + (line.may_open ? 1 : 0));
}

CommandQueue::Header CommandQueue::front_header() const {
    Header header;
    std::memcpy(&header, text_->data() + offset_, sizeof(header));
    return header;
}

ClientLine CommandQueue::front() const {
    const Header header = front_header();
    return {std::string_view{*text_}.substr(offset_ + sizeof(header), header.text_bytes),
            header.frame,
            header.end,
            header.is_known != 0,
            header.is_plain != 0,
            header.may_open != 0};
}

void CommandQueue::pop(TextPool &pool) {
    const Header header = front_header();
    offset_ += static_cast<std::uint32_t>(sizeof(header) + header.text_bytes);
    known_ = static_cast<std::uint16_t>(known_ - header.is_known);
    openers_ = static_cast<std::uint16_t>(openers_ - header.may_open);
    if (--count_ == 0) {
        clear(pool);
    } else if (offset_ > text_->size() / 2) {
        pool.erase_front(text_, offset_);
        offset_ = 0;
    }
}

void CommandQueue::clear(TextPool &pool) {
    pool.release(text_);
    offset_ = 0;
    count_ = known_ = openers_ = 0;
}

} // namespace pop3ana
