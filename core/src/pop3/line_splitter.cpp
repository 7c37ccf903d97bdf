// SPDX-License-Identifier: GPL-2.0-or-later
#include "pop3/line_splitter.hpp"

#include "base/byte_word.hpp"
#include "base/limits.hpp"

#include <algorithm>
#include <cstring>
#include <limits>
#include <utility>

namespace pop3ana {
namespace {

constexpr std::ptrdiff_t kWordBytes = sizeof(ByteWord);

std::string_view text_between(const std::uint8_t *begin, const std::uint8_t *end) {
    return as_text({begin, end});
}

// The first LF; `end` when there is none.
const std::uint8_t *find_line_end(const std::uint8_t *begin, const std::uint8_t *end) {
    const void *found = std::memchr(begin, '\n', static_cast<std::size_t>(end - begin));
    return found != nullptr ? static_cast<const std::uint8_t *>(found) : end;
}

std::size_t count_last_crs(std::string_view text) {
    const std::size_t other = text.find_last_not_of('\r');
    return other == std::string_view::npos ? text.size() : text.size() - other - 1;
}

std::string_view without_last_crs(std::string_view text) {
    while (text.ends_with('\r'))
        text.remove_suffix(1);
    return text;
}

// The first LF with a dot behind it; `end` when there is none. A search for either alone would stop
// at every line or dot; compilers turn the loop that looks for both into vector code.
const std::uint8_t *find_leading_dot(const std::uint8_t *begin, const std::uint8_t *end) {
    constexpr std::ptrdiff_t kBlock = 64;
    const std::uint8_t *position = begin;
    for (; end - position > kBlock; position += kBlock) {
        std::uint8_t found = 0;
        for (std::ptrdiff_t i = 0; i < kBlock; ++i)
            found |= static_cast<std::uint8_t>((position[i] == '\n' ? 0xff : 0) &
                                               (position[i + 1] == '.' ? 0xff : 0));
        if (found != 0) break;
    }
    for (; end - position > kWordBytes; position += kWordBytes) {
        const ByteWord dots =
            equal_bytes(load_word(position), '\n') & equal_bytes(load_word(position + 1), '.');
        if (dots != 0) return position + first_index(dots);
    }
    for (; end - position > 1; ++position)
        if (position[0] == '\n' && position[1] == '.') return position;
    return end;
}

} // namespace

bool Chunk::has_line_end() const {
    return std::find(position_, end_, '\n') != end_;
}

std::optional<LineSplitter::Line> LineSplitter::next_line(Chunk &chunk, TextPool &pool) {
    if (chunk.empty()) return std::nullopt;
    const std::uint8_t *line_end = find_line_end(chunk.position_, chunk.end_);
    const std::string_view text = text_between(chunk.position_, line_end);
    if (line_end == chunk.end_) {
        chunk.position_ = chunk.end_;
        if (!is_remainder_) keep(text, pool);
        return std::nullopt;
    }
    chunk.position_ = line_end + 1;
    const bool is_ordinary =
        !kept_ && !after_gap_ && !at_start_ && !is_remainder_ && text.size() <= kLineBytes;
    if (is_ordinary) return Line{without_last_crs(text)};
    return finish_line(text, pool);
}

std::optional<LineSplitter::Line> LineSplitter::last_line(TextPool &pool) {
    if (!kept_ && dropped_bytes_ == 0 && !is_remainder_) return std::nullopt;
    return finish_line({}, pool);
}

void LineSplitter::keep(std::string_view text, TextPool &pool) {
    const std::size_t kept_bytes = kept_ ? kept_->size() : 0;
    const std::size_t room = dropped_bytes_ == 0 ? kLineBytes - kept_bytes : 0;
    const std::string_view kept = text.substr(0, room);
    const std::string_view dropped = text.substr(kept.size());
    if (!kept.empty()) pool.append(kept_, kept);
    if (dropped.empty()) return;
    constexpr std::size_t kMost = std::numeric_limits<std::uint32_t>::max();
    constexpr std::size_t kMostCrs = std::numeric_limits<std::uint8_t>::max();
    dropped_bytes_ = static_cast<std::uint32_t>(std::min(kMost, dropped_bytes_ + dropped.size()));
    const std::size_t crs = count_last_crs(dropped);
    dropped_crs_ = static_cast<std::uint8_t>(
        std::min(kMostCrs, crs == dropped.size() ? dropped_crs_ + crs : crs));
}

LineSplitter::Line LineSplitter::finish_line(std::string_view text, TextPool &pool) {
    constexpr std::string_view kByteOrderMark = "\xef\xbb\xbf";
    Line line;
    line.after_gap = after_gap_;
    after_gap_ = false;
    line.is_remainder = is_remainder_;
    if (is_remainder_) {
        is_remainder_ = false;
    } else if (kept_ || dropped_bytes_ != 0) {
        line.text = finish_kept(text, pool);
        line.dropped_bytes = std::exchange(dropped_bytes_, 0);
    } else {
        line.text = without_last_crs(text);
        if (line.text.size() > kLineBytes) {
            line.dropped_bytes = static_cast<std::uint32_t>(line.text.size() - kLineBytes);
            line.text = line.text.substr(0, kLineBytes);
        }
    }
    if (at_start_) {
        at_start_ = false;
        line.after_bom = line.text.starts_with(kByteOrderMark);
        if (line.after_bom) line.text.remove_prefix(kByteOrderMark.size());
    }
    return line;
}

// The kept line with `text` behind it.
std::string_view LineSplitter::finish_kept(std::string_view text, TextPool &pool) {
    keep(text, pool);
    dropped_bytes_ -= std::exchange(dropped_crs_, std::uint8_t{0});
    const std::string_view line = kept_ ? pool.finish(kept_) : std::string_view{};
    return dropped_bytes_ == 0 ? without_last_crs(line) : line;
}

bool LineSplitter::find_terminator(Chunk &chunk, BodyCount &count) {
    while (!chunk.empty()) {
        const std::uint8_t byte = *chunk.position_;
        if (body_ == BodyState::kLineStart && byte == '.') {
            body_ = BodyState::kDot;
            ++chunk.position_;
            continue;
        }
        if (terminator_unfinished() && (byte == '\r' || byte == '\n')) {
            body_ = byte == '\r' ? BodyState::kDotCr : BodyState::kLineStart;
            ++chunk.position_;
            if (byte == '\n') return true;
            ++count.crs_behind_dot;
            continue;
        }
        count.bytes += std::exchange(count.crs_behind_dot, 0); // The line is no terminator.
        const std::uint8_t *const line_end = find_leading_dot(chunk.position_, chunk.end_);
        if (line_end != chunk.end_) {
            body_ = BodyState::kDot;
            count.bytes += static_cast<std::uint64_t>(line_end + 1 - chunk.position_);
            chunk.position_ = line_end + 2;
            continue;
        }
        count.bytes += static_cast<std::uint64_t>(chunk.end_ - chunk.position_);
        body_ = chunk.end_[-1] == '\n' ? BodyState::kLineStart : BodyState::kInsideLine;
        chunk.position_ = chunk.end_;
    }
    return false;
}

void LineSplitter::end_search(TextPool &pool) {
    if (terminator_unfinished())
        keep(".", pool);
    else
        is_remainder_ = body_ == BodyState::kInsideLine;
    body_ = BodyState::kLineStart;
}

void LineSplitter::gap(TextPool &pool) {
    pool.release(kept_);
    dropped_bytes_ = 0;
    dropped_crs_ = 0;
    body_ = BodyState::kLineStart;
    after_gap_ = true;
    at_start_ = false;
    is_remainder_ = false;
}

void LineSplitter::cut(TextPool &pool) {
    gap(pool);
    is_remainder_ = true;
}

std::string LineSplitter::take_held(TextPool &pool) {
    std::string held;
    if (kept_) held = kept_->view();
    pool.release(kept_);
    return held;
}

} // namespace pop3ana
