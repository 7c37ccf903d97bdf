// Bytes that arrived early, by position: TCP segments behind a hole, fragments of a datagram.
//
// Invariant: pieces are disjoint and sorted. Of two copies of a byte the first one stays
// (docs/semantics.md section 6), so an insertion only fills what is still empty:
//
//      held          ....[aaaa]......[bbb].......
//      insert           [cccccccccccccccccc]
//      held after    ...[c][aaaa][cccc][bbb][c]..
//
// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include "base/bytes.hpp"

#include <cstdint>
#include <map>
#include <optional>
#include <vector>

namespace pop3ana {

/// What is known of a piece beside its bytes.
struct PieceOrigin {
    std::uint64_t capture_order = 0;   ///< counts packets; says which piece was captured first
    std::uint32_t acknowledgement = 0; ///< of the segments that brought it, the oldest
    bool has_acknowledgement = false;

    [[nodiscard]] std::optional<std::uint32_t> ack() const {
        return has_acknowledgement ? std::optional{acknowledgement} : std::nullopt;
    }
};

struct Piece {
    std::uint64_t end = 0;           ///< position after its last byte
    std::vector<std::uint8_t> bytes; ///< empty when `missing`
    PieceOrigin origin;
    bool missing = false; ///< sent, but cut off by the snapshot length
};

class PieceMap {
public:
    using Map = std::map<std::uint64_t, Piece>;

    struct Inserted {
        std::uint64_t stored_bytes = 0;
        bool differs = false; ///< some byte was held already with another value
    };

    /// Stores those of `bytes`, which start at `begin`, that are not held yet.
    Inserted insert(std::uint64_t begin, Bytes bytes, const PieceOrigin &origin);

    /// Marks what is not held yet of `begin` .. `end` as never captured.
    void insert_missing(std::uint64_t begin, std::uint64_t end, const PieceOrigin &origin);

    /// Drops all bytes from `end` on; returns how many.
    std::uint64_t cut(std::uint64_t end);

    /// Takes the first piece out. There must be one.
    Piece take_first();

    /// Makes one missing piece of all up to the first that has bytes. False when there is none.
    bool forget_first_bytes();

    [[nodiscard]] bool empty() const { return pieces_.empty(); }
    [[nodiscard]] std::size_t size() const { return pieces_.size(); }
    [[nodiscard]] std::uint64_t bytes() const { return bytes_; }
    [[nodiscard]] const Map &pieces() const { return pieces_; }
    [[nodiscard]] std::uint64_t first_begin() const { return pieces_.begin()->first; }
    [[nodiscard]] const Piece &first() const { return pieces_.begin()->second; }
    [[nodiscard]] std::uint64_t last_end() const { return pieces_.rbegin()->second.end; }

    /// Memory that the pieces stand for, in bytes.
    [[nodiscard]] std::uint64_t cost() const;

private:
    void keep_older_acknowledgement(Map::iterator held, std::uint64_t end, const PieceOrigin &copy);

    template <class Fill, class Overlap>
    void for_each_part(std::uint64_t begin, std::uint64_t end, Fill fill, Overlap overlap);

    Map pieces_;
    std::uint64_t bytes_ = 0;
};

} // namespace pop3ana
