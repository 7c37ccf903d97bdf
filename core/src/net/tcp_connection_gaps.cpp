// How a TCP connection goes on without what was not captured: after a time, where memory is short,
// at its end.
// SPDX-License-Identifier: GPL-2.0-or-later
#include "net/tcp_connection.hpp"

#include <algorithm>

namespace pop3ana {

// ---------------------------------------------------------------- time

void TcpConnection::expire_gaps(TcpShared &shared, StreamSink &sink) {
    while (!ended_) {
        const bool is_fin_acked =
            streams_[Side::kClient].is_fin_acked() || streams_[Side::kServer].is_fin_acked();
        const std::optional<DueGap> gap =
            due_gap(is_fin_acked ? Patience::kNone : Patience::kTimeOrPackets, shared);
        if (!gap) return;
        expire_gap(*gap, shared, sink);
    }
}

std::optional<DueGap> TcpConnection::due_gap(Patience patience, const TcpShared &shared) {
    return out_of_order_->acks().due(streams_, heads(), patience, now(shared));
}

// A gap ends at its oldest ACK, or at the first byte captured behind it.
void TcpConnection::expire_gap(const DueGap &gap, TcpShared &shared, StreamSink &sink) {
    AckOrder &acks = out_of_order_->acks();
    if (!gap.side) {
        acks.on_progress();
        flush_oldest(Side::kClient, shared, sink);
        return;
    }
    const TcpStream &stream = streams_[*gap.side];
    const StreamPosition end =
        std::min(acks.oldest(*gap.side), stream.next_known(buffered(*gap.side)));
    if (end > stream.next())
        advance_past_gap(*gap.side, end, shared, sink);
    else // The acknowledgement covers the FIN alone.
        acks.drop_oldest(*gap.side);
}

void TcpConnection::advance_past_gap(Side side, StreamPosition end, TcpShared &shared,
                                     StreamSink &sink) {
    TcpStream &stream = streams_[side];
    stream.set_started();
    deliver_gap(side, end, end - stream.next(), sink);
    deliver(side, shared, sink);
}

// One of the segments is a retransmission, whose acknowledgement is newer than its bytes. Its first
// copy was not captured, or it would have come by now. The one captured later is taken for it.
void TcpConnection::resolve_ack_deadlock(TcpShared &shared, StreamSink &sink) {
    for (const Side side : kSides)
        if (head(side) == Head::kWaitingFin) {
            reach_fin(side, shared, sink);
            return;
        }
    const auto order = [&](Side side) { return buffered(side).first().origin.capture_order; };
    const bool client_later = order(Side::kClient) > order(Side::kServer);
    deliver_first_range(client_later ? Side::kClient : Side::kServer, shared, sink);
}

// ---------------------------------------------------------------- room

// Makes way for what is buffered of a side: skips the gap before it, or the gap of the other side
// that it waits for.
void TcpConnection::flush_oldest(Side side, TcpShared &shared, StreamSink &sink) {
    if (is_before_start(side)) {
        out_of_order_->drop_first(side, shared.counters);
        return;
    }
    deliver(side, shared, sink); // An acknowledgement may have changed what waits.
    const Head next = head(side);
    if (is_ack_deadlock(heads())) {
        resolve_ack_deadlock(shared, sink);
        deliver(side, shared, sink);
    } else if (is_waiting(next)) {
        const std::optional<std::uint32_t> ack = next == Head::kWaitingFin
                                                     ? streams_[side].fin_ack()
                                                     : buffered(side).first().origin.ack();
        const Side opposite = other(side);
        const StreamPosition wanted = streams_[opposite].position_of(*ack);
        const StreamPosition known = streams_[opposite].next_known(buffered(opposite));
        advance_past_gap(opposite, std::min(wanted, known), shared, sink);
    } else if (has_undelivered(side)) {
        advance_past_gap(side, streams_[side].next_known(buffered(side)), shared, sink);
    }
}

bool TcpConnection::has_undelivered(Side side) const {
    return !streams_[side].ended() && streams_[side].next_known(buffered(side)) != kNoPosition;
}

void TcpConnection::give_way(TcpShared &shared, StreamSink &sink) {
    if (!out_of_order_->drop_syn(shared.counters)) flush_largest(shared, sink);
    if (!ended_) due_gap(Patience::kTime, shared); // Brings waits_since() up to date.
    out_of_order_->count_cost(shared);
}

void TcpConnection::flush_largest(TcpShared &shared, StreamSink &sink) {
    const ReassemblyBuffer &client = buffered(Side::kClient);
    const ReassemblyBuffer &server = buffered(Side::kServer);
    if (!client.empty() || !server.empty()) {
        flush_oldest(client.cost() >= server.cost() ? Side::kClient : Side::kServer, shared, sink);
        return;
    }
    // What is left is small, and waits for what was not captured.
    AckOrder &acks = out_of_order_->acks();
    for (const Side side : kSides) {
        acks.trim(side, streams_[side]);
        while (!ended_ && acks.has_pending(side)) {
            expire_gap({0, side}, shared, sink);
            acks.trim(side, streams_[side]);
        }
    }
    if (is_ack_deadlock(heads())) flush_oldest(Side::kClient, shared, sink);
}

// ---------------------------------------------------------------- the end

void TcpConnection::finish(TcpShared &shared, StreamSink &sink) {
    ended_ = true;
    // In the order of capture; a FIN alone comes last.
    const auto order = [&](Side side) {
        return buffered(side).empty() ? kNoPosition : buffered(side).first().origin.capture_order;
    };
    while (!waits_for_client_ &&
           (has_undelivered(Side::kClient) || has_undelivered(Side::kServer))) {
        const bool client_first =
            !has_undelivered(Side::kServer) ||
            (has_undelivered(Side::kClient) && order(Side::kClient) <= order(Side::kServer));
        flush_oldest(client_first ? Side::kClient : Side::kServer, shared, sink);
    }
    if (!out_of_order_) return;
    for (const Side side : kSides)
        out_of_order_->drop(side, shared.counters);
    out_of_order_->drop_syn(shared.counters);
    out_of_order_->acks().clear();
    out_of_order_->count_cost(shared);
}

} // namespace pop3ana
