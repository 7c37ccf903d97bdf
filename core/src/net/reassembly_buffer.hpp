// Bytes that arrived out of order, by position: TCP segments behind a gap, fragments of a datagram.
//
// Invariant: ranges are disjoint, sorted and not empty. Of two copies of a byte the first one stays
// (docs/semantics.md section 6), so an insertion only fills what is still empty:
//
//      buffered      ....[aaaa]......[bbb].......
//      insert           [cccccccccccccccccc]
//      then          ...[c][aaaa][cccc][bbb][c]..
//
// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include "base/bytes.hpp"

#include <cstdint>
#include <map>
#include <optional>
#include <vector>

namespace pop3ana {

/// What is known of a range beside its bytes.
struct RangeOrigin {
    std::uint64_t capture_order = 0;   ///< counts packets; says which range was captured first
    std::uint32_t acknowledgement = 0; ///< of the segments that brought it, the oldest
    bool has_acknowledgement = false;

    [[nodiscard]] std::optional<std::uint32_t> ack() const {
        return has_acknowledgement ? std::optional{acknowledgement} : std::nullopt;
    }
};

struct BufferedRange {
    std::uint64_t end = 0;           ///< position after its last byte
    std::vector<std::uint8_t> bytes; ///< empty when `is_gap`
    RangeOrigin origin;
    bool is_gap = false; ///< sent, but cut off by the snapshot length
};

class ReassemblyBuffer {
    using Map = std::map<std::uint64_t, BufferedRange>;

    Map ranges_;              ///< by the position of their first byte
    std::uint64_t bytes_ = 0; ///< of all ranges

public:
    struct Inserted {
        std::uint64_t stored_bytes = 0;
        bool differs = false; ///< some byte was buffered already with another value
    };

    /// Stores those of `bytes`, which start at `begin`, that are not buffered yet.
    Inserted insert(std::uint64_t begin, Bytes bytes, const RangeOrigin &origin);

    /// Marks what is not buffered yet of `begin` .. `end` as never captured.
    void insert_gap(std::uint64_t begin, std::uint64_t end, const RangeOrigin &origin);

    /// Drops all bytes from `end` on; returns how many.
    std::uint64_t cut(std::uint64_t end);

    /// Takes the first range out. There must be one.
    BufferedRange take_first();

    /// Makes one gap of all up to the first that has bytes. False when there is none.
    bool forget_first_bytes();

    [[nodiscard]] bool empty() const { return ranges_.empty(); }
    [[nodiscard]] std::size_t size() const { return ranges_.size(); }
    [[nodiscard]] std::uint64_t bytes() const { return bytes_; }
    [[nodiscard]] const Map &ranges() const { return ranges_; }
    [[nodiscard]] std::uint64_t first_begin() const { return ranges_.begin()->first; }
    [[nodiscard]] const BufferedRange &first() const { return ranges_.begin()->second; }
    [[nodiscard]] std::uint64_t last_end() const { return ranges_.rbegin()->second.end; }

    /// Memory that the ranges stand for, in bytes.
    [[nodiscard]] std::uint64_t cost() const;

private:
    void keep_older_acknowledgement(Map::iterator copied, std::uint64_t end,
                                    const RangeOrigin &copy);

    template <class Fill, class Overlap>
    void for_each_part(std::uint64_t begin, std::uint64_t end, Fill fill, Overlap overlap);
};

} // namespace pop3ana
