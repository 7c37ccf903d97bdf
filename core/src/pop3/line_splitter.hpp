// Cuts one direction of a connection into lines, and finds the end of multi-line responses
// (docs/semantics.md sections 2 and 6).
//
// A line ends at LF; CRs directly before it belong to its end (K14). A line inside one chunk is a
// view of it; only a line that crosses chunks is copied, and kLineBytes of it are kept. The body of
// a multi-line response need not be cut into lines: find_terminator() searches it at memory speed.
// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include "base/bytes.hpp"
#include "base/text_pool.hpp"

#include <optional>

namespace pop3ana {

/// Bytes of one delivery that are still to be cut into lines.
class Chunk {
public:
    explicit Chunk(Bytes bytes)
        : begin_(bytes.data()), position_(begin_), end_(begin_ + bytes.size()) {}

    [[nodiscard]] bool empty() const { return position_ == end_; }

    /// Bytes that were taken.
    [[nodiscard]] std::size_t consumed() const {
        return static_cast<std::size_t>(position_ - begin_);
    }

    [[nodiscard]] bool has_line_end() const;

private:
    friend class LineSplitter;
    const std::uint8_t *begin_;
    const std::uint8_t *position_;
    const std::uint8_t *end_;
};

/// Bytes of a multi-line response: what lies between its status line and its terminator, dots
/// undone (RFC 1939 s.3), line ends as sent.
struct BodyCount {
    std::uint64_t bytes = 0;
    std::uint64_t crs_behind_dot = 0; ///< of a line that may be the terminator
};

class LineSplitter {
public:
    struct Line {
        std::string_view text;           ///< without its end; valid until the next line
        std::uint32_t dropped_bytes = 0; ///< beyond the limit
        bool after_gap = false;          ///< the first line after a gap, which may hold its start
        bool after_bom = false;          ///< a byte order mark stood before `text` (K20)
        bool is_remainder = false;       ///< only the end of a line, whose start was not kept
    };

    /// `after_gap`: the first bytes may come from the middle of a line.
    explicit LineSplitter(bool after_gap) : after_gap_(after_gap), at_start_(!after_gap) {}

    /// The next whole line of `chunk`. None: the rest of the chunk was kept, it holds no line end.
    std::optional<Line> next_line(Chunk &chunk, TextPool &pool);

    /// The unfinished line, when its sender closes the direction.
    std::optional<Line> last_line(TextPool &pool);

    /// What is kept of the unfinished line.
    [[nodiscard]] std::string_view unfinished() const {
        return kept_ ? kept_->view() : std::string_view{};
    }

    /// A multi-line response starts with the next byte; find_terminator() reads it.
    void begin_search() { body_ = BodyState::kLineStart; }

    /// Goes on through a multi-line response up to the end of its terminator: a line that is
    /// exactly `.` (RFC 1939 s.3). False when `chunk` ends before it. Adds to `count`, which was
    /// fresh when the search began.
    bool find_terminator(Chunk &chunk, BodyCount &count);

    /// Whether what is there of a multi-line response ends in an unfinished terminator.
    [[nodiscard]] bool terminator_unfinished() const {
        return body_ == BodyState::kDot || body_ == BodyState::kDotCr;
    }

    /// From here on next_line() reads what find_terminator() read. Of the line in progress only the
    /// end will be seen.
    void end_search(TextPool &pool);

    /// A gap is here: it holds the end of the line in progress.
    void gap(TextPool &pool);

    /// Drops the unfinished line, whose end is yet to come, as if its start were in a gap.
    void cut(TextPool &pool);

    /// What the unfinished line costs, in bytes: see TextPool.
    [[nodiscard]] std::uint64_t cost() const { return TextPool::cost(kept_); }

    /// Whether the next line is the first one after a gap.
    [[nodiscard]] bool after_gap() const { return after_gap_; }

    /// What comes next is not the start of the direction: a byte order mark is text.
    void leave_start() { at_start_ = false; }

    /// Keeps bytes that may turn out to be no part of a line.
    void hold(std::string_view text, TextPool &pool) { pool.append(kept_, text); }

    /// Takes what was held out.
    std::string take_held(TextPool &pool);

    /// Gives the memory of an unfinished line back.
    void release(TextPool &pool) { pool.release(kept_); }

private:
    enum class BodyState : std::uint8_t { kLineStart, kDot, kDotCr, kInsideLine };

    void keep(std::string_view text, TextPool &pool);
    Line finish_line(std::string_view text, TextPool &pool);
    std::string_view finish_kept(std::string_view text, TextPool &pool);

    TextPool::Buffer kept_;           ///< an unfinished line
    std::uint32_t dropped_bytes_ = 0; ///< of the unfinished line
    std::uint8_t dropped_crs_ = 0;    ///< of these the last ones, which may belong to its end
    BodyState body_ = BodyState::kLineStart;
    bool after_gap_ : 1;
    bool at_start_ : 1;             ///< no byte of the direction has come
    bool is_remainder_ : 1 = false; ///< the start of the line in progress was searched, not kept
};

} // namespace pop3ana
