// SPDX-License-Identifier: GPL-2.0-or-later
#include "tcp_connection.hpp"

#include "limits.hpp"

#include <algorithm>
#include <cassert>

namespace pop3ana {
namespace {

constexpr std::array kSides{Side::kOriginator, Side::kResponder};

/// The position that a number means; `reference`: one near to it, or 0 when none is known.
StreamPosition position_of(std::uint32_t sequence_number, StreamPosition reference) {
    return reference == 0 ? first_position(sequence_number) : unwrap(sequence_number, reference);
}

/// Counts what `pieces` take while this is there, also when an insertion finds no memory half-way.
class HeldCount {
public:
    HeldCount(const PieceMap &pieces, TcpShared &shared)
        : pieces_(pieces), shared_(shared), cost_(pieces.cost()), bytes_(pieces.bytes()) {}
    ~HeldCount() {
        shared_.held_cost += pieces_.cost() - cost_;
        shared_.counters.held_bytes += pieces_.bytes() - bytes_;
    }
    HeldCount(const HeldCount &) = delete;
    HeldCount &operator=(const HeldCount &) = delete;

private:
    const PieceMap &pieces_;
    TcpShared &shared_;
    std::uint64_t cost_, bytes_;
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
    std::uint32_t sequence_number = segment.sequence_number;
    if (segment.has(kSyn)) {
        Direction &direction = at(from);
        if (!direction.has_initial) {
            direction.initial = sequence_number;
            direction.has_initial = true;
            if (!direction.started) begin(from, position_of(sequence_number + 1, direction.next));
        }
        ++sequence_number;
    }
    if (segment.has(kAck)) acknowledge(other(from), segment, shared);
    if (segment.has(kSyn) && out_of_order_) deliver(from, shared, sink);
    if (segment.payload_bytes != 0 || segment.has(kFin))
        payload(from, segment, sequence_number, shared, sink);
    if (!ended_ && out_of_order_) give_up_holes(shared, sink);
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
    if (all_delivered && !direction.ended) sink.on_end(from);
}

// `acked` is the side whose bytes are acknowledged.
void TcpConnection::acknowledge(Side acked, const Segment &segment, TcpShared &shared) {
    Direction &direction = at(acked);
    const bool is_bare = segment.payload_bytes == 0 && !segment.has(kFin);
    if (!direction.started && (segment.has(kSyn) || (midstream_ && is_bare)))
        begin(acked, position_of(segment.acknowledgement, direction.next));
    if (direction.next == 0) {
        // A pure ACK that overtook the start of the other direction says nothing yet.
        if (!is_bare) direction.next = direction.acked = first_position(segment.acknowledgement);
        return;
    }
    const StreamPosition position = unwrap(segment.acknowledgement, direction.next);
    if (position <= direction.acked) return;
    const PieceMap &pieces = held(acked);
    const StreamPosition captured_end =
        pieces.empty() ? direction.next : std::max(direction.next, pieces.last_end());
    if (position > captured_end + kPlausibleAheadBytes) return;
    direction.acked = position;
    if (position <= direction.next) return;
    auto &clocks = out_of_order().ack_clocks[static_cast<unsigned>(acked)];
    if (clocks.size() == kAckClocks) clocks.pop_back();
    clocks.push_back({position, {shared.clock_ns, packets_}});
}

// Segments of a direction that has not started: `next` is the first byte captured.
void TcpConnection::place(Side side, StreamPosition first, const TcpShared &shared) {
    Direction &direction = at(side);
    const bool is_first = held(side).empty();
    if (!is_first && first >= direction.next) return;
    direction.next = first;
    if (!is_first) return;
    if (direction.acked < first || direction.acked - first > kPlausibleAheadBytes) {
        direction.acked = first;
    } else if (direction.acked > first) {
        auto &clocks = out_of_order().ack_clocks[static_cast<unsigned>(side)];
        if (clocks.empty()) clocks.push_back({direction.acked, {shared.clock_ns, packets_}});
    }
}

void TcpConnection::payload(Side from, const Segment &segment, std::uint32_t sequence_number,
                            TcpShared &shared, StreamSink &sink) {
    Direction &direction = at(from);
    const StreamPosition first = position_of(sequence_number, direction.next);
    if (!direction.started) place(from, first, shared);
    StreamPosition end = first + segment.payload_bytes;
    if (direction.fin != kNoPosition) {
        if (segment.has(kFin) && end == direction.fin && segment.has(kAck) &&
            is_before(segment.acknowledgement, direction.fin_ack))
            direction.fin_ack = segment.acknowledgement;
        end = std::min(end, direction.fin);
    } else if (segment.has(kFin) && end >= direction.next) {
        direction.fin = end;
        direction.fin_ack = segment.acknowledgement;
        direction.fin_has_ack = segment.has(kAck);
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

    const bool in_order = begin == direction.next && held(from).empty() &&
                          !waits_for_other(from, segment.has(kAck), segment.acknowledgement);
    if (in_order && usable_end == end) {
        begin_unseen(from, segment.has(kAck), segment.acknowledgement, sink);
        direction.advance_to(direction.next + fresh_bytes);
        if (fresh_bytes != 0)
            bytes(from, fresh, segment.has(kAck), segment.acknowledgement, shared, sink);
    } else if (end > direction.next) {
        const PieceOrigin origin{shared.capture_order, segment.acknowledgement, segment.has(kAck)};
        hold(from, begin, fresh, end, origin, shared, sink);
    }
    if (out_of_order_ || direction.fin != kNoPosition) deliver(from, shared, sink);
    while (!ended_ && !held(from).empty() &&
           (held(from).bytes() > kEarlyBytes || held(from).size() > kEarlyPieces ||
            shared.held_cost > shared.max_held_bytes))
        make_way(from, shared, sink);
}

// Holds `bytes` from `begin` on; what is missing between their end and `missing_end` was sent but
// not captured.
void TcpConnection::hold(Side from, StreamPosition begin, Bytes bytes, StreamPosition missing_end,
                         const PieceOrigin &origin, TcpShared &shared, StreamSink &sink) {
    PieceMap &pieces = out_of_order().held[static_cast<unsigned>(from)];
    PieceMap::Inserted inserted;
    {
        const HeldCount count{pieces, shared};
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
    direction.started = true;
    direction.next = std::min(position, hole_end(side));
    direction.acked = std::max(direction.acked, direction.next);
}

// The direction's SYN was not captured: it starts with a gap.
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
    return opposite.next < position && position <= opposite.acked;
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
            reach_fin(side, sink);
        else
            return progress;
        progress = true;
    }
}

// What comes next on a side.
TcpConnection::Head TcpConnection::head_of(Side side) const {
    const Direction &direction = at(side);
    if (direction.ended) return Head::kNothing;
    const PieceMap &pieces = held(side);
    if (!pieces.empty() && pieces.first_begin() <= direction.next) {
        const PieceOrigin &origin = pieces.first().origin;
        return waits_for_other(side, origin.has_acknowledgement, origin.acknowledgement)
                   ? Head::kWaitingPiece
                   : Head::kPiece;
    }
    if (direction.next == direction.fin)
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
            reach_fin(side, sink);
            return;
        }
    const auto order = [&](Side side) { return held(side).first().origin.capture_order; };
    const bool originator_later = order(Side::kOriginator) > order(Side::kResponder);
    deliver_first_piece(originator_later ? Side::kOriginator : Side::kResponder, shared, sink);
}

void TcpConnection::reach_fin(Side side, StreamSink &sink) {
    Direction &direction = at(side);
    begin_unseen(side, direction.fin_has_ack, direction.fin_ack, sink);
    direction.advance_to(direction.next + 1);
    direction.ended = true;
    sink.on_end(side);
}

void TcpConnection::deliver_first_piece(Side side, TcpShared &shared, StreamSink &sink) {
    PieceMap &pieces = out_of_order_->held[static_cast<unsigned>(side)];
    Direction &direction = at(side);
    assert(pieces.first_begin() == direction.next);
    const PieceOrigin origin = pieces.first().origin;
    begin_unseen(side, origin.has_acknowledgement, origin.acknowledgement, sink);
    const std::uint64_t cost_before = pieces.cost();
    const Piece piece = pieces.take_first();
    shared.held_cost -= cost_before - pieces.cost();
    const std::uint64_t missing = piece.end - direction.next;
    direction.advance_to(piece.end);
    if (direction.next > direction.fin) // Inside bytes captured before it: no receiver believes it.
        direction.fin = kNoPosition;
    if (piece.missing) {
        gap(side, piece.end, missing, sink);
        return;
    }
    shared.counters.held_bytes -= piece.bytes.size();
    bytes(side, piece.bytes, origin.has_acknowledgement, origin.acknowledgement, shared, sink);
}

void TcpConnection::bytes(Side side, Bytes bytes, bool has_ack, std::uint32_t ack,
                          TcpShared &shared, StreamSink &sink) {
    shared.counters.delivered_bytes += bytes.size();
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
    direction.next = end;
    direction.gap_end = static_cast<std::uint32_t>(end);
    direction.has_gap = true;
    sink.on_gap(side, missing_bytes, missing_bytes > kPlausibleAheadBytes);
}

void TcpConnection::skip_to(Side side, StreamPosition position, TcpShared &shared,
                            StreamSink &sink) {
    Direction &direction = at(side);
    direction.started = true;
    gap(side, position, position - direction.next, sink);
    deliver(side, shared, sink);
}

// Makes way for what a side holds: gives up the hole before it, or the hole of the other side that
// it waits for.
void TcpConnection::make_way(Side side, TcpShared &shared, StreamSink &sink) {
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
    return std::min(pieces.empty() ? kNoPosition : pieces.first_begin(), at(side).fin);
}

// Whether the side has something that is not handed on.
bool TcpConnection::holds(Side side) const {
    return !at(side).ended && hole_end(side) != kNoPosition;
}

// ---------------------------------------------------------------- giving up

void TcpConnection::give_up_holes(TcpShared &shared, StreamSink &sink) {
    while (!ended_ && give_up_one_hole(shared, sink)) {
    }
    if (!ended_) release_out_of_order();
}

// Each ACK beyond a hole has its own clock: the hole is given up to the oldest one that is due, or
// to the first byte captured behind it. Returns whether one was.
bool TcpConnection::give_up_one_hole(TcpShared &shared, StreamSink &sink) {
    waits_for_time_ = false;
    if (!out_of_order_) return false;
    const bool fin_acknowledged =
        std::any_of(directions_.begin(), directions_.end(), [](const Direction &direction) {
            return direction.fin != kNoPosition && direction.acked > direction.fin;
        });
    for (const Side side : kSides) {
        trim_ack_clocks(side);
        const auto &clocks = *ack_clocks(side);
        if (clocks.empty()) continue;
        const Direction &direction = at(side);
        if (head_of(side) == Head::kWaitingPiece) continue; // There is no hole.
        const AckClock &oldest = clocks.front();
        if (!fin_acknowledged && !is_due(oldest.since, shared)) {
            waits_for_time_ = true;
            continue;
        }
        const StreamPosition to = std::min(oldest.position, hole_end(side));
        if (to > direction.next)
            skip_to(side, to, shared, sink);
        else // The acknowledgement covers the FIN alone.
            ack_clocks(side)->erase(clocks.begin());
        return true;
    }
    auto &mutual_wait = out_of_order_->mutual_wait;
    if (!is_mutual_wait()) {
        mutual_wait.reset();
        return false;
    }
    if (!mutual_wait) mutual_wait = {shared.clock_ns, packets_};
    if (!fin_acknowledged && !is_due(*mutual_wait, shared)) {
        waits_for_time_ = true;
        return false;
    }
    mutual_wait.reset();
    make_way(Side::kOriginator, shared, sink);
    return true;
}

bool TcpConnection::is_due(const Moment &since, const TcpShared &shared) const {
    return packets_ - since.packet >= kHolePackets || shared.clock_ns - since.ts_ns >= kHoleAgeNs;
}

void TcpConnection::trim_ack_clocks(Side side) {
    const Direction &direction = at(side);
    auto &clocks = *ack_clocks(side);
    if (direction.ended) {
        clocks.clear();
        return;
    }
    clocks.erase(clocks.begin(), std::find_if(clocks.begin(), clocks.end(), [&](const auto &ack) {
                     return ack.position > direction.next;
                 }));
}

void TcpConnection::finish(TcpShared &shared, StreamSink &sink) {
    ended_ = true;
    waits_for_time_ = false;
    // In the order of capture; a FIN alone comes last.
    const auto order = [&](Side side) {
        return held(side).empty() ? kNoPosition : held(side).first().origin.capture_order;
    };
    while (holds(Side::kOriginator) || holds(Side::kResponder)) {
        const bool originator_first =
            !holds(Side::kResponder) ||
            (holds(Side::kOriginator) && order(Side::kOriginator) <= order(Side::kResponder));
        make_way(originator_first ? Side::kOriginator : Side::kResponder, shared, sink);
    }
    discard(shared);
}

void TcpConnection::discard(TcpShared &shared) {
    if (!out_of_order_) return;
    for (const PieceMap &pieces : out_of_order_->held) {
        shared.held_cost -= pieces.cost();
        shared.counters.held_bytes -= pieces.bytes();
        shared.counters.discarded_bytes += pieces.bytes();
    }
    drop_syn(shared);
    out_of_order_.reset();
    waits_for_time_ = false;
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

bool TcpConnection::is_own_syn(Side from, std::uint32_t sequence_number) const {
    const Direction &direction = at(from);
    if (direction.has_initial) return began_with(from, sequence_number);
    return direction.started && unwrap(sequence_number, direction.next) == direction.next - 1;
}

void TcpConnection::remember_syn(Side from, const Segment &segment, TcpShared &shared) {
    drop_syn(shared);
    OutOfOrder &storage = out_of_order();
    auto syn = std::make_unique<RememberedSyn>(RememberedSyn{from, segment, {}});
    std::size_t kept = std::min(segment.payload.size(), kSynDataBytes);
    if (shared.held_cost + kept > shared.max_held_bytes) kept = 0;
    syn->payload.assign(segment.payload.begin(),
                        segment.payload.begin() + static_cast<std::ptrdiff_t>(kept));
    syn->segment.payload = syn->payload;
    shared.held_cost += kept;
    shared.counters.held_bytes += kept;
    shared.counters.discarded_bytes += segment.payload.size() - kept;
    storage.syn = std::move(syn);
}

std::unique_ptr<TcpConnection::RememberedSyn>
TcpConnection::take_confirmed_syn(Side syn_ack_from, const Segment &syn_ack, TcpShared &shared) {
    if (!out_of_order_ || !out_of_order_->syn) return nullptr;
    const RememberedSyn &syn = *out_of_order_->syn;
    if (syn.from == syn_ack_from || syn_ack.acknowledgement != syn.segment.sequence_number + 1)
        return nullptr;
    shared.held_cost -= syn.payload.size();
    shared.counters.held_bytes -= syn.payload.size();
    return std::move(out_of_order_->syn);
}

void TcpConnection::drop_syn(TcpShared &shared) {
    if (!out_of_order_ || !out_of_order_->syn) return;
    const std::size_t kept = out_of_order_->syn->payload.size();
    shared.held_cost -= kept;
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

std::vector<TcpConnection::AckClock> *TcpConnection::ack_clocks(Side side) {
    return out_of_order_ ? &out_of_order_->ack_clocks[static_cast<unsigned>(side)] : nullptr;
}

// Idle connections hold no memory for what is out of order.
void TcpConnection::release_out_of_order() {
    if (!out_of_order_ || out_of_order_->syn || out_of_order_->mutual_wait) return;
    for (const Side side : kSides)
        if (!held(side).empty() || !ack_clocks(side)->empty()) return;
    out_of_order_.reset();
}

} // namespace pop3ana
