// Both directions of a TCP connection: bytes in order, each once, or gaps (RFC 9293 s.3.4,
// docs/semantics.md section 6).
//
// In-order bytes are handed on at once, without a copy. What is out of order is copied and buffered
// until
//  - the gap before it is filled or expires: the peer has acknowledged past it and then some
//    packets or some time went by, a FIN is acknowledged, a limit is reached, the connection ends;
//  - the bytes of the other direction that its ACK covers were handed on, or given up. So commands
//    come before their replies even where a capture swaps neighbours.
//
// A direction whose start neither a SYN nor the other side's SYN-ACK tells starts with a gap, at
// the first byte of it that can be handed on, or where the first segment of the other direction
// that is handed on acknowledges it: both directions start at one moment of the conversation,
// whatever order they were captured in.
//
// Every captured byte is counted once: delivered, duplicate, discarded, or (now) buffered, which
// pop3ana_counters calls held.
//
// Its parts: a TcpStream for each direction, and an OutOfOrder once something is out of order, with
// an AckOrder and, where ports are used again, a CandidateSyn.
// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include "base/side.hpp"
#include "net/ack_order.hpp"
#include "net/candidate_syn.hpp"
#include "net/out_of_order.hpp"
#include "net/segment.hpp"
#include "net/stream_sink.hpp"
#include "net/tcp_stream.hpp"

#include <memory>
#include <optional>

namespace pop3ana {

/// How a connection came to be known.
enum class Start : std::uint8_t {
    kSyn,
    kSynAck,    ///< nothing of the server is handed on before a packet of the client came
    kMidstream, ///< the capture starts inside the connection
};

class TcpConnection {
    PerSide<TcpStream> streams_;
    std::unique_ptr<OutOfOrder> out_of_order_; ///< NULL: nothing is, or has been since release()
    std::uint32_t packets_ = 0;
    bool midstream_ = false;
    bool ended_ = false;
    bool was_reset_ = false;
    bool waits_for_client_ = false;

public:
    TcpConnection() = default;
    explicit TcpConnection(Start start)
        : midstream_(start == Start::kMidstream), waits_for_client_(start == Start::kSynAck) {}

    /// Takes a segment of this connection. It may end it: see ended().
    void segment(Side from, const Segment &segment, TcpShared &shared, StreamSink &sink);

    /// Ends the connection: hands on all that is buffered, and the gaps between it.
    void finish(TcpShared &shared, StreamSink &sink);

    [[nodiscard]] bool ended() const { return ended_; }
    /// Whether an RST has ended it.
    [[nodiscard]] bool was_reset() const { return was_reset_; }

    /// Whether both SYNs were captured, so that a stranger who sees no packets of others did not
    /// make it up.
    [[nodiscard]] bool saw_handshake() const {
        return streams_[Side::kClient].knows_syn() && streams_[Side::kServer].knows_syn();
    }

    /// It began with a SYN-ACK, and no packet of the client has come.
    [[nodiscard]] bool waits_for_client() const { return waits_for_client_; }

    /// Counts the bytes of a segment that came after the end: most are repeated.
    void count_stray(Side from, const Segment &segment, pop3ana_counters &counters) const;

    // -- Gaps that wait for their time.

    /// Since when the oldest one waits; NULL: none does.
    [[nodiscard]] const Moment *waits_since() const {
        return out_of_order_ ? out_of_order_->acks().waits_since() : nullptr;
    }

    /// The gap whose second has gone by. There must be memory.
    std::optional<DueGap> overdue_gap(const TcpShared &shared) {
        return due_gap(Patience::kTime, shared);
    }

    /// What was to fill it is not waited for any longer.
    void expire_gap(const DueGap &gap, TcpShared &shared, StreamSink &sink);

    // -- Memory for what is out of order. The owner frees it with release().

    [[nodiscard]] bool has_memory() const { return out_of_order_ != nullptr; }
    /// There must be memory, here and for the next two.
    [[nodiscard]] QueuePlaces &places() { return out_of_order_->places(); }
    /// Bytes of it.
    [[nodiscard]] std::uint64_t buffered_cost() const { return out_of_order_->counted_cost(); }
    /// Whether something is in it.
    [[nodiscard]] bool needs_memory() const { return !out_of_order_->empty(); }

    /// Gives up something of it, to make way for other connections.
    void give_way(TcpShared &shared, StreamSink &sink);

    /// Drops what is in it without handing it on; it counts as discarded. Frees the memory.
    void release(TcpShared &shared);

    // -- A SYN on a live connection.

    /// Whether a SYN or SYN-ACK is a copy of one that belongs to this connection, captured or not.
    [[nodiscard]] bool is_copy(Side from, const Segment &segment) const {
        return is_syn_copy(streams_, from, segment);
    }

    /// Whether a SYN belongs to this connection.
    [[nodiscard]] bool takes_syn(Side from, const Segment &segment) const {
        return from == Side::kClient && (!streams_[from].has_numbers() || is_copy(from, segment));
    }

    /// A SYN that does not: kept until the other side answers it.
    void save_candidate_syn(Side from, const Segment &segment, TcpShared &shared);

    /// The candidate that a SYN-ACK confirms; NULL when there is none.
    std::unique_ptr<CandidateSyn> confirm_syn(Side syn_ack_from, const Segment &syn_ack,
                                              TcpShared &shared);

private:
    [[nodiscard]] const ReassemblyBuffer &buffered(Side side) const;
    OutOfOrder &out_of_order();
    [[nodiscard]] Head head(Side side) const;
    [[nodiscard]] Heads heads() const { return {{head(kSides[0]), head(kSides[1])}}; }
    [[nodiscard]] bool is_before_start(Side side) const {
        return waits_for_client_ && side == Side::kServer;
    }
    [[nodiscard]] Moment now(const TcpShared &shared) const {
        return {shared.clock_ns, shared.capture_order, packets_};
    }

    // A segment.
    void reset(Side from, const Segment &segment, TcpShared &shared, StreamSink &sink);
    void acknowledge(Side acked, const Segment &segment, TcpShared &shared);
    [[nodiscard]] bool is_next_alone(Side from, const Segment &segment,
                                     std::uint32_t sequence_number) const;
    void payload(Side from, const Segment &segment, std::uint32_t sequence_number,
                 TcpShared &shared, StreamSink &sink);
    void place(Side from, StreamPosition first, const TcpShared &shared);

    // Handing on.
    void begin_without_syn(Side side, StreamPosition position, StreamSink &sink);
    void begin_both_directions(Side side, std::optional<std::uint32_t> ack, StreamSink &sink);
    void deliver(Side first, TcpShared &shared, StreamSink &sink);
    bool deliver_one_side(Side side, TcpShared &shared, StreamSink &sink);
    void deliver_first_range(Side side, TcpShared &shared, StreamSink &sink);
    void deliver_bytes(Side side, Bytes bytes, std::optional<std::uint32_t> ack, TcpShared &shared,
                       StreamSink &sink);
    void deliver_gap(Side side, StreamPosition end, std::uint64_t gap_bytes, StreamSink &sink);
    void reach_fin(Side side, TcpShared &shared, StreamSink &sink);

    // Giving up.
    std::optional<DueGap> due_gap(Patience patience, const TcpShared &shared);
    void expire_gaps(TcpShared &shared, StreamSink &sink);
    void flush_largest(TcpShared &shared, StreamSink &sink);
    void flush_oldest(Side side, TcpShared &shared, StreamSink &sink);
    void advance_past_gap(Side side, StreamPosition end, TcpShared &shared, StreamSink &sink);
    void resolve_ack_deadlock(TcpShared &shared, StreamSink &sink);
    [[nodiscard]] bool has_undelivered(Side side) const;
};

} // namespace pop3ana
