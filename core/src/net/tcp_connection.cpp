// SPDX-License-Identifier: GPL-2.0-or-later
#include "net/tcp_connection.hpp"

#include "base/limits.hpp"

#include <algorithm>
#include <cassert>

namespace pop3ana {

// ---------------------------------------------------------------- a segment

void TcpConnection::segment(Side from, const Segment &segment, TcpShared &shared,
                            StreamSink &sink) {
    ++packets_;
    if (segment.has(kRst)) {
        reset(from, segment, shared, sink);
        return;
    }
    if (from == Side::kClient && waits_for_client_) {
        waits_for_client_ = false;
        deliver(Side::kServer, shared, sink);
    }
    std::uint32_t sequence_number = segment.sequence_number;
    if (segment.has(kSyn)) {
        streams_[from].on_syn(sequence_number, buffered(from));
        if (segment.has(kAck)) streams_[other(from)].on_syn_acked(segment.acknowledgement);
        ++sequence_number;
    }
    if (segment.has(kAck)) acknowledge(other(from), segment, shared);
    if (segment.has(kSyn)) deliver(from, shared, sink);
    if (ended_)
        count_stray(from, segment, shared.counters);
    else if (segment.payload_bytes != 0 || segment.has(kFin))
        payload(from, segment, sequence_number, shared, sink);
    // FINs that wait for each other may be all there is.
    if (!out_of_order_ && streams_[Side::kClient].has_fin() && streams_[Side::kServer].has_fin() &&
        !ended_)
        out_of_order();
    if (out_of_order_) {
        expire_gaps(shared, sink);
        out_of_order_->count_cost(shared);
    }
}

void TcpConnection::reset(Side from, const Segment &segment, TcpShared &shared, StreamSink &sink) {
    shared.counters.discarded_bytes += segment.payload.size();
    const TcpStream &stream = streams_[from];
    if (stream.started() && !stream.is_in_window(segment.sequence_number)) {
        ++shared.counters.resets_ignored;
        sink.on_reset_ignored(from);
        return;
    }
    was_reset_ = true;
    finish(shared, sink);
    const bool all_delivered = stream.started() && stream.is_next(segment.sequence_number);
    if (all_delivered && !stream.ended() && !waits_for_client_) sink.on_end(from);
}

// `acked` is the side whose bytes are acknowledged.
void TcpConnection::acknowledge(Side acked, const Segment &segment, TcpShared &shared) {
    TcpStream &stream = streams_[acked];
    if (stream.is_known_ack(segment.acknowledgement)) return;
    const bool is_bare = segment.payload_bytes == 0 && !segment.has(kFin);
    if (!stream.started() && (segment.has(kSyn) || (midstream_ && is_bare)))
        stream.start(stream.position_of(segment.acknowledgement), buffered(acked));
    if (!stream.has_numbers()) {
        // A pure ACK that overtook the start of the other direction says nothing yet.
        if (!is_bare) stream.set_numbers(segment.acknowledgement);
        return;
    }
    const StreamPosition position = stream.position_of(segment.acknowledgement);
    if (stream.acknowledge(position, buffered(acked)))
        out_of_order().acks().add(acked, position, now(shared));
}

// Of a direction that has not started.
void TcpConnection::place(Side from, StreamPosition first, const TcpShared &shared) {
    TcpStream &stream = streams_[from];
    const bool is_first = buffered(from).empty();
    stream.place(first, is_first);
    if (is_first && stream.is_acked_beyond_next() &&
        (!out_of_order_ || !out_of_order_->acks().has_pending(from)))
        out_of_order().acks().add(from, stream.acked(), now(shared));
}

// Whether the segment is what comes next in a connection in which all is in order.
bool TcpConnection::is_next_alone(Side from, const Segment &segment,
                                  std::uint32_t sequence_number) const {
    const TcpStream &stream = streams_[from];
    const TcpStream &opposite = streams_[other(from)];
    return !out_of_order_ && stream.started() && opposite.started() && !stream.has_fin() &&
           !segment.has(kFin) && !waits_for_client_ && !opposite.is_acked_beyond_next() &&
           stream.is_next(sequence_number) && segment.payload.size() == segment.payload_bytes;
}

void TcpConnection::payload(Side from, const Segment &segment, std::uint32_t sequence_number,
                            TcpShared &shared, StreamSink &sink) {
    if (is_next_alone(from, segment, sequence_number)) {
        deliver_bytes(from, segment.payload, segment.ack(), shared, sink);
        return;
    }
    TcpStream &stream = streams_[from];
    const StreamPosition first = stream.position_of(sequence_number);
    if (!stream.started()) place(from, first, shared);
    const StreamPosition end = stream.take_fin(segment, first + segment.payload_bytes);

    // Of the captured bytes, those before `begin` were handed on and those after `end` come too
    // late; what is left is begin .. usable_end.
    const StreamPosition begin = std::max(first, stream.next());
    const StreamPosition usable_end = std::min(end, first + segment.payload.size());
    const std::uint64_t old_bytes = std::min<std::uint64_t>(begin - first, segment.payload.size());
    shared.counters.duplicate_bytes += old_bytes;
    const std::uint64_t fresh_bytes = usable_end > begin ? usable_end - begin : 0;
    shared.counters.discarded_bytes += segment.payload.size() - old_bytes - fresh_bytes;
    const Bytes fresh =
        fresh_bytes == 0 ? Bytes{} : segment.payload.subspan(begin - first, fresh_bytes);

    const bool is_in_order = begin == stream.next() && buffered(from).empty() &&
                             !waits_for(streams_[other(from)], segment.ack()) &&
                             !is_before_start(from);
    if (is_in_order && usable_end == end && fresh_bytes != 0) {
        begin_both_directions(from, segment.ack(), sink);
        deliver_bytes(from, fresh, segment.ack(), shared, sink);
    } else if (end > begin) {
        const RangeOrigin origin{shared.capture_order, segment.acknowledgement, segment.has(kAck)};
        if (out_of_order().insert(from, begin, fresh, end, origin, shared.counters))
            sink.on_overlap_differs(from);
    }
    if (out_of_order_ || stream.has_fin()) deliver(from, shared, sink);
    while (out_of_order_ && !ended_ &&
           (buffered(from).bytes() > kOutOfOrderBytes || buffered(from).size() > kOutOfOrderRanges))
        flush_oldest(from, shared, sink);
}

void TcpConnection::count_stray(Side from, const Segment &segment,
                                pop3ana_counters &counters) const {
    const std::uint64_t bytes = segment.payload.size();
    const std::uint64_t repeated = streams_[from].repeated(segment.sequence_number, bytes);
    counters.duplicate_bytes += repeated;
    counters.discarded_bytes += bytes - repeated;
}

// ---------------------------------------------------------------- handing on

// No SYN tells where the direction started: it starts with a gap.
void TcpConnection::begin_without_syn(Side side, StreamPosition position, StreamSink &sink) {
    TcpStream &stream = streams_[side];
    stream.start(position, buffered(side));
    if (!midstream_) deliver_gap(side, stream.next(), 0, sink);
}

// Before bytes of `side` are handed on whose segment has this acknowledgement.
void TcpConnection::begin_both_directions(Side side, std::optional<std::uint32_t> ack,
                                          StreamSink &sink) {
    const TcpStream &opposite = streams_[other(side)];
    if (ack && !opposite.started())
        begin_without_syn(other(side), opposite.position_of(*ack), sink);
    if (!streams_[side].started()) begin_without_syn(side, streams_[side].next(), sink);
}

void TcpConnection::deliver(Side first, TcpShared &shared, StreamSink &sink) {
    bool progress = true;
    while (progress) {
        progress = deliver_one_side(first, shared, sink);
        progress = deliver_one_side(other(first), shared, sink) || progress;
    }
    if (streams_[Side::kClient].ended() && streams_[Side::kServer].ended() && !ended_)
        finish(shared, sink);
}

bool TcpConnection::deliver_one_side(Side side, TcpShared &shared, StreamSink &sink) {
    bool progress = false;
    for (;;) {
        const Head next = head(side);
        if (next == Head::kSegment)
            deliver_first_range(side, shared, sink);
        else if (next == Head::kFin)
            reach_fin(side, shared, sink);
        else
            return progress;
        progress = true;
    }
}

Head TcpConnection::head(Side side) const {
    if (is_before_start(side)) return Head::kClosed;
    return head_of(streams_[side], buffered(side), streams_[other(side)]);
}

void TcpConnection::deliver_first_range(Side side, TcpShared &shared, StreamSink &sink) {
    TcpStream &stream = streams_[side];
    assert(buffered(side).first_begin() == stream.next());
    const std::optional<std::uint32_t> ack = buffered(side).first().origin.ack();
    out_of_order_->acks().on_progress();
    begin_both_directions(side, ack, sink);
    const BufferedRange range = out_of_order_->take_first(side, shared.counters);
    stream.drop_fin_before(range.end);
    if (range.is_gap)
        deliver_gap(side, range.end, range.end - stream.next(), sink);
    else
        deliver_bytes(side, range.bytes, ack, shared, sink);
}

void TcpConnection::deliver_bytes(Side side, Bytes bytes, std::optional<std::uint32_t> ack,
                                  TcpShared &shared, StreamSink &sink) {
    shared.counters.delivered_bytes += bytes.size();
    const TcpStream &opposite = streams_[other(side)];
    Delivery delivery{bytes, streams_[side].next()};
    streams_[side].hand_on(bytes.size());
    if (ack && opposite.has_numbers()) {
        delivery.acknowledged = opposite.position_of(*ack);
        delivery.covers_all = opposite.is_covered_by(delivery.acknowledged);
    }
    sink.on_bytes(side, delivery);
    if (ack && opposite.is_before_gap_end(*ack)) sink.on_gap_is_concurrent(other(side));
}

void TcpConnection::deliver_gap(Side side, StreamPosition end, std::uint64_t gap_bytes,
                                StreamSink &sink) {
    const bool is_wide = streams_[side].skip_gap(end, gap_bytes);
    sink.on_gap(side, gap_bytes, is_wide);
}

void TcpConnection::reach_fin(Side side, TcpShared &shared, StreamSink &sink) {
    TcpStream &stream = streams_[side];
    begin_both_directions(side, stream.fin_ack(), sink);
    stream.reach_fin();
    if (out_of_order_) out_of_order_->drop(side, shared.counters); // Bytes after FIN do not count.
    sink.on_end(side);
}

// ---------------------------------------------------------------- a SYN on a live connection

void TcpConnection::save_candidate_syn(Side from, const Segment &segment, TcpShared &shared) {
    out_of_order().save_syn(from, segment, shared.counters);
    out_of_order_->count_cost(shared);
}

std::unique_ptr<CandidateSyn> TcpConnection::confirm_syn(Side syn_ack_from, const Segment &syn_ack,
                                                         TcpShared &shared) {
    if (!out_of_order_) return nullptr;
    return out_of_order_->confirm_syn(syn_ack_from, syn_ack, shared.counters);
}

// ---------------------------------------------------------------- memory

OutOfOrder &TcpConnection::out_of_order() {
    if (!out_of_order_) out_of_order_ = std::make_unique<OutOfOrder>();
    return *out_of_order_;
}

const ReassemblyBuffer &TcpConnection::buffered(Side side) const {
    static const ReassemblyBuffer nothing;
    return out_of_order_ ? out_of_order_->buffered(side) : nothing;
}

void TcpConnection::release(TcpShared &shared) {
    if (!out_of_order_) return;
    out_of_order_->clear(shared);
    out_of_order_.reset();
}

} // namespace pop3ana
