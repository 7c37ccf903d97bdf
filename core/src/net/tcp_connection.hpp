// Both directions of a TCP connection: bytes in order, each once, or gaps (RFC 9293 s.3.4,
// docs/semantics.md section 6).
//
// In-order bytes are handed on at once, without a copy. What comes early is copied and held until
//  - the hole before it is filled, or given up: the peer has acknowledged past it and then some
//    packets or some time went by, a FIN is acknowledged, a limit is reached, the connection ends;
//  - the bytes of the other direction that its ACK covers were handed on, or given up. So commands
//    come before their replies even where a capture swaps neighbours.
//
// A direction whose start neither a SYN nor the other side's SYN-ACK tells starts with a gap, at
// the first byte of it that can be handed on, or where the first segment of the other direction
// that is handed on acknowledges it: both directions start at one moment of the conversation,
// whatever order they were captured in.
//
// Every captured byte is counted once: delivered, duplicate, discarded, or (now) held.
// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include "base/side.hpp"
#include "net/delivery.hpp"
#include "net/piece_map.hpp"
#include "net/segment.hpp"
#include "net/tcp_seq.hpp"
#include "pop3ana/pop3ana.h"

#include <array>
#include <memory>
#include <optional>

namespace pop3ana {

/// What a connection hands on. Virtual, so that each stage compiles and is tested alone; one
/// indirect call a segment is within the noise of the benchmark.
class StreamSink {
public:
    /// Bytes in order.
    virtual void on_bytes(Side from, const Delivery &delivery) = 0;
    /// Bytes are missing here; 0: nobody knows how many. `is_wide`: so many, with those of the gaps
    /// right before this one, that what follows may belong to another connection.
    virtual void on_gap(Side from, std::uint64_t missing_bytes, bool is_wide) = 0;
    /// What was just handed on was sent before the end of the last gap of `from`, the other side.
    virtual void on_gap_goes_on(Side from) = 0;
    /// The side has closed its direction, and all it sent before was handed on.
    virtual void on_end(Side from) = 0;
    /// A second copy of held bytes differs from the first.
    virtual void on_overlap_differs(Side from) = 0;
    /// An RST outside of the window was ignored.
    virtual void on_reset_ignored(Side from) = 0;

protected:
    ~StreamSink() = default;
};

/// What all connections of an engine share.
struct TcpShared {
    pop3ana_counters &counters;
    std::uint64_t held_cost = 0;     ///< TcpConnection::held_cost() of all connections
    std::uint64_t capture_order = 0; ///< counts segments
    std::int64_t clock_ns = 0;       ///< see PacketClock
};

/// How a connection came to be known.
enum class Start : std::uint8_t {
    kSyn,
    kSynAck,    ///< nothing of the responder is handed on before a packet of the originator came
    kMidstream, ///< the capture starts inside the connection
};

class TcpConnection {
public:
    TcpConnection() = default;
    explicit TcpConnection(Start start)
        : midstream_(start == Start::kMidstream), waits_for_originator_(start == Start::kSynAck) {}

    /// Takes a segment of this connection. It may end it: see ended().
    void segment(Side from, const Segment &segment, TcpShared &shared, StreamSink &sink);

    /// Ends the connection: hands on all that is held, with gaps where bytes are missing.
    void finish(TcpShared &shared, StreamSink &sink);

    [[nodiscard]] bool ended() const { return ended_; }

    /// It began with a SYN-ACK, and no packet of the originator has come.
    [[nodiscard]] bool waits_for_originator() const { return waits_for_originator_; }

    /// Counts the bytes of a segment that came after the end: most are repeated.
    void count_stray(Side from, const Segment &segment, pop3ana_counters &counters) const;

    // --- Holes that wait for their time.

    struct Moment {
        std::int64_t ts_ns = 0;
        std::uint64_t order = 0;  ///< TcpShared::capture_order
        std::uint32_t packet = 0; ///< of the connection
    };

    /// What is to be given up: a hole of one side, or, with none, that each waits for the other.
    struct Hole {
        std::uint64_t order = 0; ///< of the oldest ACK that is due
        std::optional<Side> side;
    };

    /// Since when the oldest hole waits for its time; NULL: none does.
    [[nodiscard]] const Moment *waits_since() const {
        return out_of_order_ && out_of_order_->waits_since ? &*out_of_order_->waits_since : nullptr;
    }

    /// The hole to give up because its second has gone by.
    std::optional<Hole> overdue(const TcpShared &shared) { return due(false, shared); }

    void give_up(const Hole &hole, TcpShared &shared, StreamSink &sink);

    // --- Memory for what is out of order. The owner frees it with release().

    /// Places of the connection in queues of its owner.
    struct Places {
        std::uint32_t holders = ~std::uint32_t{0};
        std::uint32_t waiting = ~std::uint32_t{0};
    };

    [[nodiscard]] bool has_memory() const { return out_of_order_ != nullptr; }
    /// There must be memory.
    [[nodiscard]] Places &places() { return out_of_order_->places; }
    /// Bytes of it.
    [[nodiscard]] std::uint64_t held_cost() const { return out_of_order_->counted_cost; }
    /// Whether something is in it.
    [[nodiscard]] bool needs_memory() const;

    /// Gives up something of what it holds, to make way for other connections.
    void give_way(TcpShared &shared, StreamSink &sink);

    /// Forgets all that is held without handing it on; it counts as discarded. Frees the memory.
    void release(TcpShared &shared);

    // --- Opening again.

    /// Whether a SYN or SYN-ACK is a copy of one that belongs to this connection, captured or not.
    [[nodiscard]] bool is_copy(Side from, const Segment &segment) const;

    /// Whether a SYN belongs to this connection.
    [[nodiscard]] bool takes_syn(Side from, const Segment &segment) const {
        return from == Side::kOriginator && (at(from).next == 0 || is_copy(from, segment));
    }

    /// A SYN of unknown number on a live connection: remembered until the other side answers it.
    void remember_syn(Side from, const Segment &segment, TcpShared &shared);

    /// What is kept of such a SYN.
    struct RememberedSyn {
        std::vector<std::uint8_t> payload;
        std::uint32_t payload_bytes = 0; ///< that were sent
        std::uint32_t sequence_number = 0;
        std::uint8_t flags = 0;
        Side from{};

        /// Its payload is owned by this.
        [[nodiscard]] Segment segment() const;
    };

    /// The remembered SYN that a SYN-ACK confirms; empty when there is none.
    std::unique_ptr<RememberedSyn> take_confirmed_syn(Side syn_ack_from, const Segment &syn_ack,
                                                      TcpShared &shared);

private:
    /// An acknowledgement beyond what was handed on, and when it came.
    struct AckClock {
        StreamPosition position = 0;
        Moment since;
    };

    /// What only a connection with something out of order needs.
    struct OutOfOrder {
        std::array<PieceMap, 2> held;
        std::array<std::vector<AckClock>, 2> ack_clocks; ///< oldest first
        std::optional<Moment> mutual_wait;               ///< since when both sides wait
        std::optional<Moment> waits_since;
        std::unique_ptr<RememberedSyn> syn;
        std::uint64_t counted_cost = 0; ///< of this in TcpShared::held_cost
        Places places;

        [[nodiscard]] std::uint64_t cost() const;
    };

    struct Direction {
        StreamPosition next = 0;        ///< first byte not handed on; 0: no numbers are known
        std::uint32_t ahead = 0;        ///< bytes from there on that the peer has acknowledged
        std::uint32_t initial = 0;      ///< sequence number of the SYN, if `has_initial`
        std::uint32_t fin_number = 0;   ///< sequence number of the FIN, if `has_fin`
        std::uint32_t fin_ack = 0;      ///< acknowledgement on the FIN
        std::uint32_t gap_end = 0;      ///< sequence number behind the last gap, if `has_gap`
        std::uint32_t gap_run : 21 = 0; ///< bytes of the last gaps, if nothing came between them
        std::uint32_t started : 1 = 0;  ///< before that, `next` may still move
        std::uint32_t has_initial : 1 = 0;
        std::uint32_t has_fin : 1 = 0;
        std::uint32_t fin_has_ack : 1 = 0;
        std::uint32_t ended : 1 = 0;     ///< the FIN was reached
        std::uint32_t fin_acked : 1 = 0; ///< known once `ended`
        std::uint32_t has_gap : 1 = 0;   ///< near enough for 32 bits to tell where it was

        /// Position of the FIN; kNoPosition: none is known.
        [[nodiscard]] StreamPosition fin() const {
            return has_fin ? unwrap(fin_number, next) : kNoPosition;
        }
        /// Whether the peer has acknowledged the FIN.
        [[nodiscard]] bool is_fin_acked() const {
            return has_fin && (ended ? fin_acked != 0 : acked() > fin());
        }
        /// What the peer has acknowledged, or `next`.
        [[nodiscard]] StreamPosition acked() const { return next + ahead; }
        void set_acked(StreamPosition position) {
            constexpr StreamPosition kMost = 0xffffffff;
            const StreamPosition distance = position > next ? position - next : 0;
            ahead = static_cast<std::uint32_t>(distance < kMost ? distance : kMost);
        }
        /// Wherever that is; what was acknowledged stays.
        void start_at(StreamPosition position) {
            const StreamPosition acknowledged = acked();
            next = position;
            set_acked(acknowledged);
        }
        void advance_to(StreamPosition position) {
            const StreamPosition bytes = position - next;
            next = position;
            ahead = ahead > bytes ? ahead - static_cast<std::uint32_t>(bytes) : 0;
            if (has_gap && is_before(static_cast<std::uint32_t>(next), gap_end)) has_gap = 0;
        }
    };
    static_assert(sizeof(Direction) == 32, "there may be a million connections");

    Direction &at(Side side) { return directions_[static_cast<unsigned>(side)]; }
    [[nodiscard]] const Direction &at(Side side) const {
        return directions_[static_cast<unsigned>(side)];
    }
    /// What comes next on a side; a waiting one waits for bytes of the other side.
    enum class Head : std::uint8_t { kNothing, kPiece, kWaitingPiece, kFin, kWaitingFin };
    [[nodiscard]] Head head_of(Side side) const;

    [[nodiscard]] StreamPosition hole_end(Side side) const;
    [[nodiscard]] bool holds(Side side) const;
    OutOfOrder &out_of_order();
    [[nodiscard]] const PieceMap &held(Side side) const;
    [[nodiscard]] std::vector<AckClock> &ack_clocks(Side side);
    [[nodiscard]] Moment now(const TcpShared &shared) const {
        return {shared.clock_ns, shared.capture_order, packets_};
    }

    void reset(Side from, const Segment &segment, TcpShared &shared, StreamSink &sink);
    void acknowledge(Side acked, const Segment &segment, TcpShared &shared);
    void start_clock(Side acked, StreamPosition position, const TcpShared &shared);
    [[nodiscard]] bool is_next_alone(Side from, const Segment &segment,
                                     std::uint32_t sequence_number) const;
    void payload(Side from, const Segment &segment, std::uint32_t sequence_number,
                 TcpShared &shared, StreamSink &sink);
    void hold(Side from, StreamPosition begin, Bytes bytes, StreamPosition missing_end,
              const PieceOrigin &origin, TcpShared &shared, StreamSink &sink);
    void place(Side side, StreamPosition first, const TcpShared &shared);
    void begin(Side side, StreamPosition position);
    void begin_blind(Side side, StreamPosition position, StreamSink &sink);
    void begin_unseen(Side side, bool has_ack, std::uint32_t ack, StreamSink &sink);
    [[nodiscard]] bool waits_for_other(Side side, bool has_ack, std::uint32_t ack) const;
    void deliver(Side first, TcpShared &shared, StreamSink &sink);
    bool deliver_one_side(Side side, TcpShared &shared, StreamSink &sink);
    [[nodiscard]] bool is_mutual_wait() const;
    void break_mutual_wait(TcpShared &shared, StreamSink &sink);
    void gap(Side side, StreamPosition end, std::uint64_t missing_bytes, StreamSink &sink);
    void bytes(Side side, Bytes bytes, bool has_ack, std::uint32_t ack, TcpShared &shared,
               StreamSink &sink);
    void reach_fin(Side side, TcpShared &shared, StreamSink &sink);
    void deliver_first_piece(Side side, TcpShared &shared, StreamSink &sink);
    void skip_to(Side side, StreamPosition position, TcpShared &shared, StreamSink &sink);
    void make_way(Side side, TcpShared &shared, StreamSink &sink);
    std::optional<Hole> due(bool packets_count, const TcpShared &shared);
    void give_up_holes(TcpShared &shared, StreamSink &sink);
    void trim_ack_clocks(Side side);
    void drop_pieces(Side side, TcpShared &shared);
    void drop_first_bytes(TcpShared &shared);
    void drop_syn(TcpShared &shared);
    void count_cost(TcpShared &shared);

    std::array<Direction, 2> directions_{};
    std::unique_ptr<OutOfOrder> out_of_order_;
    std::uint32_t packets_ = 0;
    bool midstream_ = false;
    bool ended_ = false;
    bool waits_for_originator_ = false;
};

} // namespace pop3ana
