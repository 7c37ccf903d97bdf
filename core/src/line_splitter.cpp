// SPDX-License-Identifier: GPL-2.0-or-later
#include "line_splitter.hpp"

#include "byte_word.hpp"
#include "limits.hpp"

#include <algorithm>
#include <limits>

namespace pop3ana {
namespace {

constexpr std::ptrdiff_t kWordBytes = sizeof(ByteWord);

constexpr bool is_line_end(std::uint8_t byte) {
    return byte == '\n' || byte == '\r';
}

// As high bits.
constexpr ByteWord line_ends_of(ByteWord word) {
    return equal_bytes(word, '\n') | equal_bytes(word, '\r');
}

std::string_view text_between(const std::uint8_t *begin, const std::uint8_t *end) {
    return as_text({begin, end});
}

// The first line end; `end` when there is none.
const std::uint8_t *find_line_end(const std::uint8_t *begin, const std::uint8_t *end) {
    const std::uint8_t *position = begin;
    for (; end - position >= kWordBytes; position += kWordBytes) {
        const ByteWord line_ends = line_ends_of(load_word(position));
        if (line_ends != 0) return position + first_index(line_ends);
    }
    const ByteWord line_ends = line_ends_of(load_short(text_between(position, end)));
    return line_ends != 0 ? position + first_index(line_ends) : end;
}

// Whether `byte` starts line end, dot, line end: a terminator and the end of the line before it.
bool is_terminator(const std::uint8_t *byte) {
    return is_line_end(byte[0]) && byte[1] == '.' && is_line_end(byte[2]);
}

// The first of `places`, a multiple of eight, where is_terminator() holds; NULL when there is none.
// Two bytes follow the places.
const std::uint8_t *terminator_among(const std::uint8_t *position, std::ptrdiff_t places) {
    for (const std::uint8_t *end = position + places; position != end; position += kWordBytes) {
        const ByteWord terminators = line_ends_of(load_word(position)) &
                                     equal_bytes(load_word(position + 1), '.') &
                                     line_ends_of(load_word(position + 2));
        if (terminators != 0) return position + first_index(terminators);
    }
    return nullptr;
}

// The first place where is_terminator() holds; `end` when there is none. A search for the dot alone
// would stop at every dot; a control character before one is rare, and compilers turn the loop that
// looks for it into vector code. Where every line begins with a dot it takes six times as long.
const std::uint8_t *search_terminator(const std::uint8_t *begin, const std::uint8_t *end) {
    constexpr std::ptrdiff_t kBlock = 64;
    const std::uint8_t *position = begin;
    for (; end - position >= kBlock + 2; position += kBlock) {
        std::uint8_t found = 0;
        for (std::ptrdiff_t i = 0; i < kBlock; ++i)
            found |= static_cast<std::uint8_t>((position[i] <= '\r' ? 0xff : 0) &
                                               (position[i + 1] == '.' ? 0xff : 0));
        if (found == 0) continue;
        if (const auto *terminator = terminator_among(position, kBlock)) return terminator;
    }
    const std::ptrdiff_t places = std::max<std::ptrdiff_t>(0, end - position - 2);
    const std::ptrdiff_t in_words = places - places % kWordBytes;
    if (const auto *terminator = terminator_among(position, in_words)) return terminator;
    for (position += in_words; end - position >= 3; ++position)
        if (is_terminator(position)) return position;
    return end;
}

} // namespace

std::optional<LineSplitter::Line> LineSplitter::next_line(Chunk &chunk, TextPool &pool) {
    while (!chunk.empty()) {
        if (after_cr_) {
            after_cr_ = false;
            if (*chunk.position_ == '\n') {
                ++chunk.position_;
                continue;
            }
        }
        const std::uint8_t *line_end = find_line_end(chunk.position_, chunk.end_);
        const std::string_view text = text_between(chunk.position_, line_end);
        if (line_end == chunk.end_) {
            chunk.position_ = chunk.end_;
            if (!skip_line_) keep(text, pool);
            return std::nullopt;
        }
        chunk.position_ = line_end + 1;
        after_cr_ = *line_end == '\r';
        if (after_cr_ && !chunk.empty()) {
            after_cr_ = false;
            if (*chunk.position_ == '\n') ++chunk.position_;
        }
        if (!skip_line_) return finish_line(text, pool);
        skip_line_ = false;
    }
    return std::nullopt;
}

std::optional<LineSplitter::Line> LineSplitter::last_line(TextPool &pool) {
    if (!kept_) return std::nullopt;
    return finish_line({}, pool);
}

void LineSplitter::keep(std::string_view text, TextPool &pool) {
    const std::size_t kept_bytes = kept_ ? kept_->size() : 0;
    const std::size_t room = dropped_bytes_ == 0 ? kLineBytes - kept_bytes : 0;
    const std::string_view kept = text.substr(0, room);
    std::size_t dropped = text.size() - kept.size();
    if (!kept.empty() && !pool.append(kept_, kept)) dropped = text.size();
    constexpr std::size_t kMost = std::numeric_limits<std::uint32_t>::max();
    dropped_bytes_ = static_cast<std::uint32_t>(std::min(kMost, dropped_bytes_ + dropped));
}

LineSplitter::Line LineSplitter::finish_line(std::string_view text, TextPool &pool) {
    Line line;
    if (kept_ || dropped_bytes_ != 0 || text.size() > kLineBytes) {
        keep(text, pool);
        line.text = kept_ ? pool.finish(kept_) : std::string_view{};
    } else {
        line.text = text;
    }
    line.dropped_bytes = dropped_bytes_;
    line.after_gap = after_gap_;
    dropped_bytes_ = 0;
    after_gap_ = false;
    return line;
}

bool LineSplitter::find_terminator(Chunk &chunk) {
    while (!chunk.empty()) {
        const std::uint8_t byte = *chunk.position_;
        if (after_cr_) {
            after_cr_ = false;
            if (byte == '\n') {
                ++chunk.position_;
                continue;
            }
        }
        if (body_ == BodyState::kLineStart && byte == '.') {
            body_ = BodyState::kDot;
            ++chunk.position_;
            continue;
        }
        if (body_ == BodyState::kDot && is_line_end(byte)) {
            body_ = BodyState::kLineStart;
            after_cr_ = byte == '\r';
            ++chunk.position_;
            return true;
        }
        const std::uint8_t *found = search_terminator(chunk.position_, chunk.end_);
        if (found != chunk.end_) {
            body_ = BodyState::kLineStart;
            after_cr_ = found[2] == '\r';
            chunk.position_ = found + 3;
            return true;
        }
        const std::uint8_t last = chunk.end_[-1];
        const bool dot =
            last == '.' && chunk.end_ - chunk.position_ >= 2 && is_line_end(chunk.end_[-2]);
        after_cr_ = last == '\r';
        body_ = is_line_end(last) ? BodyState::kLineStart
                : dot             ? BodyState::kDot
                                  : BodyState::kInsideLine;
        chunk.position_ = chunk.end_;
    }
    return false;
}

void LineSplitter::leave_body() {
    skip_line_ = body_ != BodyState::kLineStart;
    body_ = BodyState::kLineStart;
}

void LineSplitter::gap(TextPool &pool) {
    pool.release(kept_);
    dropped_bytes_ = 0;
    body_ = BodyState::kLineStart;
    after_cr_ = false;
    after_gap_ = true;
    skip_line_ = false;
}

} // namespace pop3ana
