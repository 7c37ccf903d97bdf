// SPDX-License-Identifier: GPL-2.0-or-later
#include "pop3/command_queue.hpp"

#include <algorithm>
#include <cstring>

namespace pop3ana {

void CommandQueue::push(const ClientLine &line, TextPool &pool) {
    const Header header{line.frame,
                        line.ts_ns,
                        line.end,
                        static_cast<std::uint32_t>(line.text.size()) & 0x1'ffffU,
                        static_cast<std::uint32_t>(line.command) & 0x3fU,
                        line.is_plain ? 1U : 0U,
                        line.argument_offset};
    char *const to = pool.extend(text_, sizeof(header) + line.text.size());
    std::memcpy(to, &header, sizeof(header));
    std::copy(line.text.begin(), line.text.end(), to + sizeof(header));
    ++count_;
    known_ = static_cast<std::uint16_t>(known_ + (line.is_known() ? 1 : 0));
    openers_ = static_cast<std::uint16_t>(openers_ + (line.may_open() ? 1 : 0));
}

ClientLine CommandQueue::take() {
    Header header;
    std::memcpy(&header, text_->data() + offset_, sizeof(header));
    const ClientLine line{
        std::string_view{text_->data() + offset_ + sizeof(header), header.text_bytes},
        header.frame,
        header.ts_ns,
        header.end,
        static_cast<Command>(header.command),
        static_cast<std::uint8_t>(header.argument_offset),
        header.is_plain != 0};
    offset_ += static_cast<std::uint32_t>(sizeof(header) + header.text_bytes);
    --count_;
    known_ = static_cast<std::uint16_t>(known_ - (line.is_known() ? 1 : 0));
    openers_ = static_cast<std::uint16_t>(openers_ - (line.may_open() ? 1 : 0));
    return line;
}

void CommandQueue::settle(TextPool &pool) {
    if (count_ == 0) {
        clear(pool);
    } else if (offset_ > text_->size() / 2) {
        text_->erase_front(offset_);
        offset_ = 0;
    }
}

void CommandQueue::clear(TextPool &pool) {
    pool.release(text_);
    offset_ = 0;
    count_ = known_ = openers_ = 0;
}

} // namespace pop3ana
