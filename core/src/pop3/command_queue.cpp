// SPDX-License-Identifier: GPL-2.0-or-later
#include "pop3/command_queue.hpp"

#include "base/byte_word.hpp"

namespace pop3ana {
namespace {

// What stands before each text, in three words: the frame, its time, the rest. A struct would be
// put together in small pieces and copied in large ones, which stalls store forwarding.
constexpr std::size_t kFrameAt = 0, kTimeAt = 8, kRestAt = 16;
static_assert(kRestAt + sizeof(ByteWord) == CommandQueue::kHeaderBytes);

// The rest: a sequence number of 32 bits, then these.
constexpr unsigned kTextBytesShift = 32, kCommandShift = 49, kIsPlainShift = 55,
                   kArgumentOffsetShift = 56;
constexpr std::uint64_t kTextBytesMask = 0x1'ffff, kCommandMask = 0x3f;
static_assert(kLineBytes <= kTextBytesMask);
static_assert(static_cast<unsigned>(Command::kUnknown) <= kCommandMask);

} // namespace

void CommandQueue::push(const ClientLine &line, TextPool &pool) {
    char *const to = pool.extend(text_, kHeaderBytes + line.text.size());
    store_word(to + kFrameAt, line.frame);
    store_word(to + kTimeAt, static_cast<std::uint64_t>(line.ts_ns));
    store_word(to + kRestAt, line.end | std::uint64_t{line.text.size()} << kTextBytesShift |
                                 static_cast<std::uint64_t>(line.command) << kCommandShift |
                                 std::uint64_t{line.is_plain} << kIsPlainShift |
                                 std::uint64_t{line.argument_offset} << kArgumentOffsetShift);
    copy_text(to + kHeaderBytes, line.text);
    ++count_;
    known_ = static_cast<std::uint16_t>(known_ + (line.is_known() ? 1 : 0));
    openers_ = static_cast<std::uint16_t>(openers_ + (line.may_open() ? 1 : 0));
}

ClientLine CommandQueue::take() {
    const char *const from = text_->data() + offset_;
    const std::uint64_t rest = load_word(from + kRestAt);
    const std::size_t text_bytes = rest >> kTextBytesShift & kTextBytesMask;
    const ClientLine line{std::string_view{from + kHeaderBytes, text_bytes},
                          load_word(from + kFrameAt),
                          static_cast<std::int64_t>(load_word(from + kTimeAt)),
                          static_cast<std::uint32_t>(rest),
                          static_cast<Command>(rest >> kCommandShift & kCommandMask),
                          static_cast<std::uint32_t>(rest >> kArgumentOffsetShift),
                          (rest >> kIsPlainShift & 1) != 0};
    offset_ += static_cast<std::uint32_t>(kHeaderBytes + text_bytes);
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
