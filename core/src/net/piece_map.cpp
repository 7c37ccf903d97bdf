// SPDX-License-Identifier: GPL-2.0-or-later
#include "net/piece_map.hpp"

#include "base/limits.hpp"
#include "net/tcp_seq.hpp"

#include <algorithm>
#include <cstring>
#include <iterator>
#include <utility>

namespace pop3ana {

// Calls fill(begin, end, hint) for each part of the range that is not held, and
// overlap(begin, end, piece) for each that is.
template <class Fill, class Overlap>
void PieceMap::for_each_part(std::uint64_t begin, std::uint64_t end, Fill fill, Overlap overlap) {
    auto next = pieces_.upper_bound(begin);
    if (next != pieces_.begin() && std::prev(next)->second.end > begin) --next;
    while (begin < end) {
        if (next == pieces_.end() || next->first >= end) {
            fill(begin, end, next);
            return;
        }
        if (next->first > begin) fill(begin, next->first, next);
        const std::uint64_t from = std::max(begin, next->first);
        const auto held = next++;
        const std::uint64_t held_end = held->second.end;
        overlap(from, std::min(end, held_end), held);
        begin = held_end;
    }
}

PieceMap::Inserted PieceMap::insert(std::uint64_t begin, Bytes bytes, const PieceOrigin &origin) {
    Inserted result;
    const auto at = [&](std::uint64_t position) {
        return bytes.begin() + static_cast<std::ptrdiff_t>(position - begin);
    };
    for_each_part(
        begin, begin + bytes.size(),
        [&](std::uint64_t from, std::uint64_t to, Map::iterator hint) {
            pieces_.emplace_hint(hint, from, Piece{to, {at(from), at(to)}, origin, false});
            bytes_ += to - from;
            result.stored_bytes += to - from;
        },
        [&](std::uint64_t from, std::uint64_t to, Map::iterator held) {
            const Piece &piece = held->second;
            if (!piece.missing && !result.differs)
                result.differs = std::memcmp(piece.bytes.data() + (from - held->first), &*at(from),
                                             to - from) != 0;
            keep_older_acknowledgement(held, to, origin);
        });
    return result;
}

void PieceMap::insert_missing(std::uint64_t begin, std::uint64_t end, const PieceOrigin &origin) {
    for_each_part(
        begin, end,
        [&](std::uint64_t from, std::uint64_t to, Map::iterator hint) {
            pieces_.emplace_hint(hint, from, Piece{to, {}, origin, true});
        },
        [&](std::uint64_t, std::uint64_t to, Map::iterator held) {
            keep_older_acknowledgement(held, to, origin);
        });
}

// A retransmission that overtook the original acknowledges more than was known when the bytes were
// first sent. `copy` shows it for those before `end`.
void PieceMap::keep_older_acknowledgement(Map::iterator held, std::uint64_t end,
                                          const PieceOrigin &copy) {
    Piece &piece = held->second;
    if (!piece.origin.has_acknowledgement || !copy.has_acknowledgement ||
        !is_before(copy.acknowledgement, piece.origin.acknowledgement))
        return;
    if (end < piece.end) {
        Piece rest{piece.end, {}, piece.origin, piece.missing};
        if (!piece.missing) {
            // The first part gets memory of its own size, so that splitting leaves no slack.
            const auto split = piece.bytes.begin() + static_cast<std::ptrdiff_t>(end - held->first);
            std::vector<std::uint8_t> first_part(piece.bytes.begin(), split);
            piece.bytes.erase(piece.bytes.begin(), split);
            rest.bytes = std::exchange(piece.bytes, std::move(first_part));
        }
        piece.end = end;
        pieces_.emplace_hint(std::next(held), end, std::move(rest));
    }
    piece.origin.acknowledgement = copy.acknowledgement;
}

std::uint64_t PieceMap::cut(std::uint64_t end) {
    std::uint64_t dropped = 0;
    while (!pieces_.empty() && last_end() > end) {
        const auto last = std::prev(pieces_.end());
        const std::uint64_t keep = last->first < end ? end - last->first : 0;
        if (!last->second.missing) {
            dropped += last->second.bytes.size() - keep;
            last->second.bytes.resize(keep);
        }
        if (keep == 0)
            pieces_.erase(last);
        else
            last->second.end = end;
    }
    bytes_ -= dropped;
    return dropped;
}

Piece PieceMap::take_first() {
    Piece piece = std::move(pieces_.begin()->second);
    pieces_.erase(pieces_.begin());
    bytes_ -= piece.bytes.size();
    return piece;
}

bool PieceMap::forget_first_bytes() {
    if (bytes_ == 0) return false;
    const std::uint64_t begin = first_begin();
    Piece piece = take_first();
    const PieceOrigin origin = piece.origin;
    while (piece.missing)
        piece = take_first();
    pieces_.emplace_hint(pieces_.begin(), begin, Piece{piece.end, {}, origin, true});
    return true;
}

std::uint64_t PieceMap::cost() const {
    return bytes_ + pieces_.size() * kPieceOverheadBytes;
}

} // namespace pop3ana
