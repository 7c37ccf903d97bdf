// Cuts one direction of a connection into lines, and finds the end of multi-line responses
// (SEMANTICS.md sections 2 and 6).
//
// A line ends at LF, CR or CR LF, wherever segments end. A line inside one chunk is a view of it;
// only a line that crosses chunks is copied, and kLineBytes of it are kept. The body of a
// multi-line response is not cut into lines: find_terminator() searches it at memory speed.
// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include "bytes.hpp"
#include "text_pool.hpp"

#include <optional>

namespace pop3ana {

/// Bytes of one delivery that are still to be cut into lines.
class Chunk {
public:
    explicit Chunk(Bytes bytes) : position_(bytes.data()), end_(bytes.data() + bytes.size()) {}

    [[nodiscard]] bool empty() const { return position_ == end_; }

private:
    friend class LineSplitter;
    const std::uint8_t *position_;
    const std::uint8_t *end_;
};

class LineSplitter {
public:
    struct Line {
        std::string_view text;           ///< without its end; valid until the next line
        std::uint32_t dropped_bytes = 0; ///< beyond the limit
        bool after_gap = false;          ///< the first line after a gap: its start may be missing
    };

    /// `after_gap`: the first bytes may come from the middle of a line.
    explicit LineSplitter(bool after_gap) : after_gap_(after_gap) {}

    /// The next whole line of `chunk`. None: the rest of the chunk was kept, it holds no line end.
    std::optional<Line> next_line(Chunk &chunk, TextPool &pool);

    /// The unfinished line, when its sender closes the direction.
    std::optional<Line> last_line(TextPool &pool);

    /// A multi-line response starts with the next byte.
    void begin_body() { body_ = BodyState::kLineStart; }

    /// Goes on through a multi-line response up to the end of its terminator: a line that is
    /// exactly `.` (RFC 1939 s.3). False when `chunk` ends before it.
    bool find_terminator(Chunk &chunk);

    /// Whether what is there of a multi-line response ends in an unfinished terminator.
    [[nodiscard]] bool terminator_unfinished() const { return body_ == BodyState::kDot; }

    /// The multi-line response ends without terminator: the line in progress is part of it.
    void leave_body();

    /// Bytes are missing here: the line in progress is lost.
    void gap(TextPool &pool);

    /// Whether the next line is the first one after a gap.
    [[nodiscard]] bool after_gap() const { return after_gap_; }

    /// Gives the memory of an unfinished line back.
    void release(TextPool &pool) { pool.release(kept_); }

private:
    enum class BodyState : std::uint8_t { kLineStart, kDot, kInsideLine };

    void keep(std::string_view text, TextPool &pool);
    Line finish_line(std::string_view text, TextPool &pool);

    TextPool::Buffer kept_;           ///< an unfinished line
    std::uint32_t dropped_bytes_ = 0; ///< of the unfinished line
    BodyState body_ = BodyState::kLineStart;
    bool after_cr_ = false;
    bool after_gap_ = false;
    bool skip_line_ = false; ///< the line in progress began in a response that is over
};

} // namespace pop3ana
