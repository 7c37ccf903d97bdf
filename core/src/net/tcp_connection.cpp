// SPDX-License-Identifier: GPL-2.0-or-later
#include "net/tcp_connection.hpp"

#include "base/limits.hpp"

#include <algorithm>
#include <cassert>

namespace pop3ana {
namespace {

constexpr std::array kSides{Side::kOriginator, Side::kResponder};
constexpr std::uint64_t kGapRunMask = 2 * kPlausibleAheadBytes - 1; ///< what the bit field holds

/// A FIN further ahead than 32 bits can tell is not believed.
constexpr std::uint64_t kMostAhead = 0x7fffffff;

/// What malloc(3) adds to an allocation, about.
constexpr std::uint64_t kAllocationBytes = 16;

/// The position that a number means; `reference`: one near to it, or 0 when none is known.
StreamPosition position_of(std::uint32_t sequence_number, StreamPosition reference) {
    return reference == 0 ? first_position(sequence_number) : unwrap(sequence_number, reference);
}

/// Counts the bytes of `pieces` when this goes, also when an insertion finds no memory half-way.
class HeldBytes {
public:
    HeldBytes(const PieceMap &pieces, pop3ana_counters &counters)
        : pieces_(pieces), counters_(counters), before_(pieces.bytes()) {}
    ~HeldBytes() { counters_.held_bytes += pieces_.bytes() - before_; }
    HeldBytes(const HeldBytes &) = delete;
    HeldBytes &operator=(const HeldBytes &) = delete;

private:
    const PieceMap &pieces_;
    pop3ana_counters &counters_;
    std::uint64_t before_;
};

} // namespace

// ---------------------------------------------------------------- what came

void TcpConnection::segment(Side from, const Segment &segment, TcpShared &shared,
                            StreamSink &sink) {
    ++packets_;
    if (segment.has(kRst)) {
        reset(from, segment, shared, sink);
        return;
    }
    if (from == Side::kOriginator && waits_for_originator_) {
        waits_for_originator_ = false;
        deliver(Side::kResponder, shared, sink);
    }
    std::uint32_t sequence_number = segment.sequence_number;
    if (segment.has(kSyn)) {
        Direction &direction = at(from);
        if (!direction.has_initial) {
            direction.initial = sequence_number;
            direction.has_initial = 1;
            if (!direction.started) begin(from, position_of(sequence_number + 1, direction.next));
        }
        Direction &opposite = at(other(from));
        if (segment.has(kAck) && !opposite.has_initial) {
            opposite.initial = segment.acknowledgement - 1;
            opposite.has_initial = 1;
        }
        ++sequence_number;
    }
    if (segment.has(kAck)) acknowledge(other(from), segment, shared);
    if (segment.has(kSyn)) deliver(from, shared, sink);
    if (ended_)
        count_stray(from, segment, shared.counters);
    else if (segment.payload_bytes != 0 || segment.has(kFin))
        payload(from, segment, sequence_number, shared, sink);
    // FINs that wait for each other may be all there is.
    const auto &[originator, responder] = directions_;
    if (!out_of_order_ && originator.has_fin && responder.has_fin && !ended_) out_of_order();
    if (out_of_order_) {
        give_up_holes(shared, sink);
        count_cost(shared);
    }
}

void TcpConnection::reset(Side from, const Segment &segment, TcpShared &shared, StreamSink &sink) {
    shared.counters.discarded_bytes += segment.payload.size();
    const Direction &direction = at(from);
    if (direction.started) {
        const StreamPosition position = unwrap(segment.sequence_number, direction.next);
        if (position < direction.next || position - direction.next > kPlausibleAheadBytes) {
            ++shared.counters.resets_ignored;
            sink.on_reset_ignored(from);
            return;
        }
    }
    finish(shared, sink);
    const bool all_delivered =
        direction.started && unwrap(segment.sequence_number, direction.next) == direction.next;
    if (all_delivered && !direction.ended && !waits_for_originator_) sink.on_end(from);
}

// `acked` is the side whose bytes are acknowledged.
void TcpConnection::acknowledge(Side acked, const Segment &segment, TcpShared &shared) {
    Direction &direction = at(acked);
    if (direction.started && !direction.ended &&
        segment.acknowledgement == static_cast<std::uint32_t>(direction.acked()))
        return;
    const bool is_bare = segment.payload_bytes == 0 && !segment.has(kFin);
    if (!direction.started && (segment.has(kSyn) || (midstream_ && is_bare)))
        begin(acked, position_of(segment.acknowledgement, direction.next));
    if (direction.next == 0) {
        // A pure ACK that overtook the start of the other direction says nothing yet.
        if (!is_bare) direction.next = first_position(segment.acknowledgement);
        return;
    }
    const StreamPosition position = unwrap(segment.acknowledgement, direction.next);
    if (direction.ended && position >= direction.next &&
        position <= direction.next + kPlausibleAheadBytes)
        direction.fin_acked = 1;
    if (position <= direction.acked()) return;
    const PieceMap &pieces = held(acked);
    const StreamPosition captured_end =
        pieces.empty() ? direction.next : std::max(direction.next, pieces.last_end());
    if (position > captured_end + kPlausibleAheadBytes) return;
    direction.set_acked(position);
    start_clock(acked, position, shared);
}

void TcpConnection::start_clock(Side acked, StreamPosition position, const TcpShared &shared) {
    auto &clocks = out_of_order().ack_clocks[static_cast<unsigned>(acked)];
    if (clocks.size() == kAckClocks) clocks.pop_back();
    clocks.push_back({position, now(shared)});
}

// Segments of a direction that has not started: `next` is the first byte captured.
void TcpConnection::place(Side side, StreamPosition first, const TcpShared &shared) {
    Direction &direction = at(side);
    const bool is_first = held(side).empty();
    if (!is_first && first >= direction.next) return;
    const StreamPosition acknowledged = direction.acked();
    direction.next = first;
    const bool is_plausible = acknowledged >= first && acknowledged - first <= kPlausibleAheadBytes;
    direction.set_acked(is_first && !is_plausible ? first : acknowledged);
    if (is_first && direction.ahead != 0 && (!out_of_order_ || ack_clocks(side).empty()))
        start_clock(side, acknowledged, shared);
}

// Whether the segment is what comes next in a connection in which all is in order.
bool TcpConnection::is_next_alone(Side from, const Segment &segment,
                                  std::uint32_t sequence_number) const {
    const Direction &direction = at(from);
    const Direction &opposite = at(other(from));
    return !out_of_order_ && direction.started && opposite.started && !direction.has_fin &&
           !segment.has(kFin) && !waits_for_originator_ && opposite.ahead == 0 &&
           sequence_number == static_cast<std::uint32_t>(direction.next) &&
           segment.payload.size() == segment.payload_bytes;
}

void TcpConnection::payload(Side from, const Segment &segment, std::uint32_t sequence_number,
                            TcpShared &shared, StreamSink &sink) {
    Direction &direction = at(from);
    if (is_next_alone(from, segment, sequence_number)) {
        direction.advance_to(direction.next + segment.payload_bytes);
        bytes(from, segment.payload, segment.has(kAck), segment.acknowledgement, shared, sink);
        return;
    }
    const StreamPosition first = position_of(sequence_number, direction.next);
    if (!direction.started) place(from, first, shared);
    StreamPosition end = first + segment.payload_bytes;
    if (direction.has_fin) {
        const StreamPosition fin = direction.fin();
        if (segment.has(kFin) && end == fin && segment.has(kAck) &&
            is_before(segment.acknowledgement, direction.fin_ack))
            direction.fin_ack = segment.acknowledgement;
        end = std::min(end, fin);
    } else if (segment.has(kFin) && end >= direction.next && end - direction.next <= kMostAhead) {
        direction.fin_number = static_cast<std::uint32_t>(end);
        direction.has_fin = 1;
        direction.fin_ack = segment.acknowledgement;
        direction.fin_has_ack = segment.has(kAck) ? 1 : 0;
    }

    // Of the captured bytes, those before `begin` were handed on and those after `end` come too
    // late; what is left is begin .. usable_end.
    const StreamPosition begin = std::max(first, direction.next);
    const StreamPosition usable_end = std::min(end, first + segment.payload.size());
    const std::uint64_t old_bytes = std::min<std::uint64_t>(begin - first, segment.payload.size());
    shared.counters.duplicate_bytes += old_bytes;
    const std::uint64_t fresh_bytes = usable_end > begin ? usable_end - begin : 0;
    shared.counters.discarded_bytes += segment.payload.size() - old_bytes - fresh_bytes;
    const Bytes fresh =
        fresh_bytes == 0 ? Bytes{} : segment.payload.subspan(begin - first, fresh_bytes);

    const bool is_in_order = begin == direction.next && held(from).empty() &&
                             !waits_for_other(from, segment.has(kAck), segment.acknowledgement) &&
                             !(waits_for_originator_ && from == Side::kResponder);
    if (is_in_order && usable_end == end && fresh_bytes != 0) {
        begin_unseen(from, segment.has(kAck), segment.acknowledgement, sink);
        direction.advance_to(direction.next + fresh_bytes);
        bytes(from, fresh, segment.has(kAck), segment.acknowledgement, shared, sink);
    } else if (end > begin) {
        const PieceOrigin origin{shared.capture_order, segment.acknowledgement, segment.has(kAck)};
        hold(from, begin, fresh, end, origin, shared, sink);
    }
    if (out_of_order_ || direction.has_fin) deliver(from, shared, sink);
    while (out_of_order_ && !ended_ &&
           (held(from).bytes() > kEarlyBytes || held(from).size() > kEarlyPieces))
        make_way(from, shared, sink);
}

// Holds `bytes` from `begin` on; what is missing between their end and `missing_end` was sent but
// not captured.
void TcpConnection::hold(Side from, StreamPosition begin, Bytes bytes, StreamPosition missing_end,
                         const PieceOrigin &origin, TcpShared &shared, StreamSink &sink) {
    PieceMap &pieces = out_of_order().held[static_cast<unsigned>(from)];
    PieceMap::Inserted inserted;
    {
        const HeldBytes count{pieces, shared.counters};
        inserted = pieces.insert(begin, bytes, origin);
        if (begin + bytes.size() < missing_end)
            pieces.insert_missing(begin + bytes.size(), missing_end, origin);
    }
    shared.counters.duplicate_bytes += bytes.size() - inserted.stored_bytes;
    if (inserted.differs) sink.on_overlap_differs(from);
}

// What was captured of the direction counts, even if it comes before `position`.
void TcpConnection::begin(Side side, StreamPosition position) {
    Direction &direction = at(side);
    direction.started = 1;
    direction.start_at(std::min(position, hole_end(side)));
}

// Nothing tells where the direction started: it starts with a gap.
void TcpConnection::begin_blind(Side side, StreamPosition position, StreamSink &sink) {
    begin(side, position);
    if (!midstream_) gap(side, at(side).next, 0, sink);
}

// Before bytes of `side` are handed on whose segment has this acknowledgement.
void TcpConnection::begin_unseen(Side side, bool has_ack, std::uint32_t ack, StreamSink &sink) {
    const Direction &opposite = at(other(side));
    if (has_ack && !opposite.started)
        begin_blind(other(side), position_of(ack, opposite.next), sink);
    if (!at(side).started) begin_blind(side, at(side).next, sink);
}

// ---------------------------------------------------------------- handing on

bool TcpConnection::waits_for_other(Side side, bool has_ack, std::uint32_t ack) const {
    const Direction &opposite = at(other(side));
    if (!has_ack || opposite.next == 0 || opposite.ended) return false;
    const StreamPosition position = unwrap(ack, opposite.next);
    return opposite.next < position && position <= opposite.acked();
}

void TcpConnection::deliver(Side first, TcpShared &shared, StreamSink &sink) {
    bool progress = true;
    while (progress) {
        progress = deliver_one_side(first, shared, sink);
        progress = deliver_one_side(other(first), shared, sink) || progress;
    }
    if (at(Side::kOriginator).ended && at(Side::kResponder).ended && !ended_) finish(shared, sink);
}

bool TcpConnection::deliver_one_side(Side side, TcpShared &shared, StreamSink &sink) {
    bool progress = false;
    for (;;) {
        const Head head = head_of(side);
        if (head == Head::kPiece)
            deliver_first_piece(side, shared, sink);
        else if (head == Head::kFin)
            reach_fin(side, shared, sink);
        else
            return progress;
        progress = true;
    }
}

// What comes next on a side.
TcpConnection::Head TcpConnection::head_of(Side side) const {
    const Direction &direction = at(side);
    if (direction.ended || (waits_for_originator_ && side == Side::kResponder))
        return Head::kNothing;
    const PieceMap &pieces = held(side);
    if (!pieces.empty() && pieces.first_begin() <= direction.next) {
        const PieceOrigin &origin = pieces.first().origin;
        return waits_for_other(side, origin.has_acknowledgement, origin.acknowledgement)
                   ? Head::kWaitingPiece
                   : Head::kPiece;
    }
    if (direction.next == direction.fin())
        return waits_for_other(side, direction.fin_has_ack, direction.fin_ack) ? Head::kWaitingFin
                                                                               : Head::kFin;
    return Head::kNothing;
}

// Both sides wait for each other.
bool TcpConnection::is_mutual_wait() const {
    return std::all_of(kSides.begin(), kSides.end(), [this](Side side) {
        const Head head = head_of(side);
        return head == Head::kWaitingPiece || head == Head::kWaitingFin;
    });
}

// One of the segments is a retransmission, whose acknowledgement is newer than its bytes. Its first
// copy was not captured, or it would have come by now. The one captured later is taken for it.
void TcpConnection::break_mutual_wait(TcpShared &shared, StreamSink &sink) {
    for (const Side side : kSides)
        if (head_of(side) == Head::kWaitingFin) {
            reach_fin(side, shared, sink);
            return;
        }
    const auto order = [&](Side side) { return held(side).first().origin.capture_order; };
    const bool originator_later = order(Side::kOriginator) > order(Side::kResponder);
    deliver_first_piece(originator_later ? Side::kOriginator : Side::kResponder, shared, sink);
}

void TcpConnection::reach_fin(Side side, TcpShared &shared, StreamSink &sink) {
    Direction &direction = at(side);
    begin_unseen(side, direction.fin_has_ack, direction.fin_ack, sink);
    direction.fin_acked = direction.is_fin_acked() ? 1 : 0;
    direction.advance_to(direction.next + 1);
    direction.ended = 1;
    drop_pieces(side, shared); // Bytes after FIN do not count.
    sink.on_end(side);
}

void TcpConnection::deliver_first_piece(Side side, TcpShared &shared, StreamSink &sink) {
    PieceMap &pieces = out_of_order_->held[static_cast<unsigned>(side)];
    Direction &direction = at(side);
    assert(pieces.first_begin() == direction.next);
    const PieceOrigin origin = pieces.first().origin;
    out_of_order_->mutual_wait.reset(); // What may wait now has not waited for long.
    begin_unseen(side, origin.has_acknowledgement, origin.acknowledgement, sink);
    const Piece piece = pieces.take_first();
    const std::uint64_t missing = piece.end - direction.next;
    // A FIN inside bytes captured before it: no receiver believes it.
    if (direction.has_fin && piece.end > direction.fin()) direction.has_fin = 0;
    if (piece.missing) {
        gap(side, piece.end, missing, sink);
        return;
    }
    direction.advance_to(piece.end);
    shared.counters.held_bytes -= piece.bytes.size();
    bytes(side, piece.bytes, origin.has_acknowledgement, origin.acknowledgement, shared, sink);
}

void TcpConnection::bytes(Side side, Bytes bytes, bool has_ack, std::uint32_t ack,
                          TcpShared &shared, StreamSink &sink) {
    shared.counters.delivered_bytes += bytes.size();
    at(side).gap_run = 0;
    const Direction &opposite = at(other(side));
    Delivery delivery{bytes, at(side).next - bytes.size()};
    if (has_ack && opposite.next != 0) {
        delivery.acknowledged = unwrap(ack, opposite.next);
        delivery.covers_all = delivery.acknowledged >= opposite.next - (opposite.ended ? 1 : 0);
    }
    sink.on_bytes(side, delivery);
    if (has_ack && opposite.has_gap &&
        unwrap(ack, opposite.next) < unwrap(opposite.gap_end, opposite.next))
        sink.on_gap_goes_on(other(side));
}

void TcpConnection::gap(Side side, StreamPosition end, std::uint64_t missing_bytes,
                        StreamSink &sink) {
    Direction &direction = at(side);
    direction.advance_to(end);
    direction.gap_end = static_cast<std::uint32_t>(end);
    direction.has_gap = 1;
    const std::uint64_t run = direction.gap_run + missing_bytes;
    const bool is_wide = run > kPlausibleAheadBytes;
    direction.gap_run = is_wide ? kPlausibleAheadBytes + 1 : run & kGapRunMask;
    sink.on_gap(side, missing_bytes, is_wide);
}

void TcpConnection::skip_to(Side side, StreamPosition position, TcpShared &shared,
                            StreamSink &sink) {
    Direction &direction = at(side);
    direction.started = 1;
    gap(side, position, position - direction.next, sink);
    deliver(side, shared, sink);
}

// Makes way for what a side holds: gives up the hole before it, or the hole of the other side that
// it waits for.
void TcpConnection::make_way(Side side, TcpShared &shared, StreamSink &sink) {
    if (waits_for_originator_ && side == Side::kResponder) {
        drop_first_bytes(shared);
        return;
    }
    deliver(side, shared, sink); // An acknowledgement may have changed what waits.
    const Head head = head_of(side);
    if (is_mutual_wait()) {
        break_mutual_wait(shared, sink);
        deliver(side, shared, sink);
    } else if (head == Head::kWaitingPiece || head == Head::kWaitingFin) {
        const std::uint32_t ack = head == Head::kWaitingFin
                                      ? at(side).fin_ack
                                      : held(side).first().origin.acknowledgement;
        const Side opposite = other(side);
        const StreamPosition wanted = unwrap(ack, at(opposite).next);
        skip_to(opposite, std::min(wanted, hole_end(opposite)), shared, sink);
    } else if (holds(side)) {
        skip_to(side, hole_end(side), shared, sink);
    }
}

// Where something is known of a side again.
StreamPosition TcpConnection::hole_end(Side side) const {
    const PieceMap &pieces = held(side);
    return std::min(pieces.empty() ? kNoPosition : pieces.first_begin(), at(side).fin());
}

// Whether the side has something that is not handed on.
bool TcpConnection::holds(Side side) const {
    return !at(side).ended && hole_end(side) != kNoPosition;
}

// ---------------------------------------------------------------- giving up

void TcpConnection::give_up_holes(TcpShared &shared, StreamSink &sink) {
    while (!ended_) {
        const std::optional<Hole> hole = due(true, shared);
        if (!hole) return;
        give_up(*hole, shared, sink);
    }
}

// The hole to give up next, the originator's first. Each ACK beyond a hole has its own clock.
// `packets_count`: not time alone, but packets of the connection, too.
std::optional<TcpConnection::Hole> TcpConnection::due(bool packets_count, const TcpShared &shared) {
    OutOfOrder &storage = *out_of_order_;
    const bool fin_acknowledged =
        packets_count && std::any_of(directions_.begin(), directions_.end(),
                                     [](const Direction &side) { return side.is_fin_acked(); });
    const auto is_due = [&](const Moment &since) {
        return fin_acknowledged || (packets_count && packets_ - since.packet >= kHolePackets) ||
               shared.clock_ns - since.ts_ns >= kHoleAgeNs;
    };
    std::optional<Hole> result;
    storage.waits_since.reset();
    const auto wait = [&](const Moment &since) {
        if (!storage.waits_since || since.order < storage.waits_since->order)
            storage.waits_since = since;
    };
    for (const Side side : kSides) {
        trim_ack_clocks(side);
        const auto &clocks = ack_clocks(side);
        if (clocks.empty() || (waits_for_originator_ && side == Side::kResponder)) continue;
        const Head head = head_of(side);
        if (head == Head::kPiece || head == Head::kWaitingPiece) continue; // There is no hole.
        const Moment &since = clocks.front().since;
        wait(since);
        if (!is_due(since)) continue;
        if (result)
            result->order = std::min(result->order, since.order);
        else
            result = {since.order, side};
    }
    if (!is_mutual_wait()) {
        storage.mutual_wait.reset();
        return result;
    }
    if (!storage.mutual_wait) storage.mutual_wait = now(shared);
    wait(*storage.mutual_wait);
    if (!result && is_due(*storage.mutual_wait)) result = {storage.mutual_wait->order, {}};
    return result;
}

// A hole is given up to its oldest ACK, or to the first byte captured behind it.
void TcpConnection::give_up(const Hole &hole, TcpShared &shared, StreamSink &sink) {
    if (!hole.side) {
        out_of_order_->mutual_wait.reset();
        make_way(Side::kOriginator, shared, sink);
    } else {
        auto &clocks = ack_clocks(*hole.side);
        const StreamPosition to = std::min(clocks.front().position, hole_end(*hole.side));
        if (to > at(*hole.side).next)
            skip_to(*hole.side, to, shared, sink);
        else // The acknowledgement covers the FIN alone.
            clocks.erase(clocks.begin());
    }
}

void TcpConnection::trim_ack_clocks(Side side) {
    const Direction &direction = at(side);
    auto &clocks = ack_clocks(side);
    if (direction.ended) {
        clocks.clear();
        return;
    }
    clocks.erase(clocks.begin(), std::find_if(clocks.begin(), clocks.end(), [&](const auto &ack) {
                     return ack.position > direction.next;
                 }));
}

void TcpConnection::give_way(TcpShared &shared, StreamSink &sink) {
    const auto &[originator, responder] = out_of_order_->held;
    if (out_of_order_->syn) {
        drop_syn(shared);
    } else if (!originator.empty() || !responder.empty()) {
        make_way(originator.cost() >= responder.cost() ? Side::kOriginator : Side::kResponder,
                 shared, sink);
    } else {
        // What is left is small, and waits for what was not captured.
        for (const Side side : kSides) {
            trim_ack_clocks(side);
            while (!ended_ && !ack_clocks(side).empty()) {
                give_up({0, side}, shared, sink);
                trim_ack_clocks(side);
            }
        }
        if (is_mutual_wait()) make_way(Side::kOriginator, shared, sink);
    }
    if (!ended_) due(false, shared);
    count_cost(shared);
}

void TcpConnection::finish(TcpShared &shared, StreamSink &sink) {
    ended_ = true;
    // In the order of capture; a FIN alone comes last.
    const auto order = [&](Side side) {
        return held(side).empty() ? kNoPosition : held(side).first().origin.capture_order;
    };
    while (!waits_for_originator_ && (holds(Side::kOriginator) || holds(Side::kResponder))) {
        const bool originator_first =
            !holds(Side::kResponder) ||
            (holds(Side::kOriginator) && order(Side::kOriginator) <= order(Side::kResponder));
        make_way(originator_first ? Side::kOriginator : Side::kResponder, shared, sink);
    }
    if (!out_of_order_) return;
    for (const Side side : kSides) {
        drop_pieces(side, shared);
        ack_clocks(side).clear();
    }
    drop_syn(shared);
    out_of_order_->mutual_wait.reset();
    out_of_order_->waits_since.reset();
    count_cost(shared);
}

// Of the responder's bytes, nothing of which is handed on yet, the first are not kept. They are
// taken for cut by the capture; where room is short, for never seen.
void TcpConnection::drop_first_bytes(TcpShared &shared) {
    PieceMap &pieces = out_of_order_->held[static_cast<unsigned>(Side::kResponder)];
    const HeldBytes count{pieces, shared.counters};
    const std::uint64_t before = pieces.bytes();
    if (before <= kEarlyBytes || !pieces.forget_first_bytes()) pieces.take_first();
    shared.counters.discarded_bytes += before - pieces.bytes();
}

void TcpConnection::drop_pieces(Side side, TcpShared &shared) {
    if (!out_of_order_) return;
    PieceMap &pieces = out_of_order_->held[static_cast<unsigned>(side)];
    shared.counters.held_bytes -= pieces.bytes();
    shared.counters.discarded_bytes += pieces.bytes();
    pieces = {};
}

void TcpConnection::count_stray(Side from, const Segment &segment,
                                pop3ana_counters &counters) const {
    const Direction &direction = at(from);
    const StreamPosition first = unwrap(segment.sequence_number, direction.next);
    const std::uint64_t repeated =
        direction.started && first < direction.next
            ? std::min<std::uint64_t>(direction.next - first, segment.payload.size())
            : 0;
    counters.duplicate_bytes += repeated;
    counters.discarded_bytes += segment.payload.size() - repeated;
}

// ---------------------------------------------------------------- opening again

bool TcpConnection::is_copy(Side from, const Segment &segment) const {
    const bool is_syn_ack = segment.has(kAck);
    const Direction &opposite = at(other(from));
    if (is_syn_ack && from == Side::kResponder && opposite.has_initial &&
        segment.acknowledgement == opposite.initial + 1)
        return true;
    if (is_syn_ack != (from == Side::kResponder)) return false;
    const Direction &direction = at(from);
    if (direction.has_initial) return direction.initial == segment.sequence_number;
    if (direction.next == 0) return false;
    const StreamPosition position = unwrap(segment.sequence_number, direction.next);
    return position < direction.next && direction.next - position <= kPlausibleAheadBytes;
}

void TcpConnection::remember_syn(Side from, const Segment &segment, TcpShared &shared) {
    drop_syn(shared);
    auto syn = std::make_unique<RememberedSyn>();
    const Bytes kept = segment.payload.first(std::min(segment.payload.size(), kSynDataBytes));
    syn->payload.assign(kept.begin(), kept.end());
    syn->payload_bytes = segment.payload_bytes;
    syn->sequence_number = segment.sequence_number;
    syn->flags = segment.flags;
    syn->from = from;
    out_of_order().syn = std::move(syn);
    shared.counters.held_bytes += kept.size();
    shared.counters.discarded_bytes += segment.payload.size() - kept.size();
    count_cost(shared);
}

Segment TcpConnection::RememberedSyn::segment() const {
    Segment result{};
    result.payload = payload;
    result.payload_bytes = payload_bytes;
    result.sequence_number = sequence_number;
    result.flags = flags;
    return result;
}

std::unique_ptr<TcpConnection::RememberedSyn>
TcpConnection::take_confirmed_syn(Side syn_ack_from, const Segment &syn_ack, TcpShared &shared) {
    if (!out_of_order_ || !out_of_order_->syn) return nullptr;
    const RememberedSyn &syn = *out_of_order_->syn;
    if (syn.from == syn_ack_from || syn_ack.acknowledgement != syn.sequence_number + 1)
        return nullptr;
    shared.counters.held_bytes -= syn.payload.size();
    return std::move(out_of_order_->syn);
}

void TcpConnection::drop_syn(TcpShared &shared) {
    if (!out_of_order_ || !out_of_order_->syn) return;
    const std::size_t kept = out_of_order_->syn->payload.size();
    shared.counters.held_bytes -= kept;
    shared.counters.discarded_bytes += kept;
    out_of_order_->syn.reset();
}

// ---------------------------------------------------------------- storage

TcpConnection::OutOfOrder &TcpConnection::out_of_order() {
    if (!out_of_order_) out_of_order_ = std::make_unique<OutOfOrder>();
    return *out_of_order_;
}

const PieceMap &TcpConnection::held(Side side) const {
    static const PieceMap nothing;
    return out_of_order_ ? out_of_order_->held[static_cast<unsigned>(side)] : nothing;
}

// There must be memory.
std::vector<TcpConnection::AckClock> &TcpConnection::ack_clocks(Side side) {
    return out_of_order_->ack_clocks[static_cast<unsigned>(side)];
}

bool TcpConnection::needs_memory() const {
    const OutOfOrder &storage = *out_of_order_;
    return storage.syn || storage.mutual_wait || !storage.held[0].empty() ||
           !storage.held[1].empty() || !storage.ack_clocks[0].empty() ||
           !storage.ack_clocks[1].empty();
}

void TcpConnection::release(TcpShared &shared) {
    if (!out_of_order_) return;
    for (const Side side : kSides)
        drop_pieces(side, shared);
    drop_syn(shared);
    shared.held_cost -= out_of_order_->counted_cost;
    out_of_order_.reset();
}

std::uint64_t TcpConnection::OutOfOrder::cost() const {
    std::uint64_t bytes = sizeof(OutOfOrder) + kAllocationBytes;
    for (const PieceMap &pieces : held)
        bytes += pieces.cost();
    for (const auto &clocks : ack_clocks)
        bytes += clocks.capacity() * sizeof(AckClock) + kAllocationBytes;
    if (syn) bytes += sizeof(RememberedSyn) + syn->payload.capacity() + 2 * kAllocationBytes;
    return bytes;
}

void TcpConnection::count_cost(TcpShared &shared) {
    const std::uint64_t cost = out_of_order_->cost();
    shared.held_cost += cost - out_of_order_->counted_cost;
    out_of_order_->counted_cost = cost;
}

} // namespace pop3ana
