// Both directions of a TCP connection: bytes in order, each once, or gaps (RFC 9293 s.3.4,
// SEMANTICS.md section 6).
//
// In-order bytes are handed on at once, without a copy. What comes early is copied and held until
//  - the hole before it is filled, or given up: the peer has acknowledged past it and then some
//    packets or some time went by, a FIN is acknowledged, a limit is reached, the connection ends;
//  - the bytes of the other direction that its ACK covers were handed on, or given up. So commands
//    come before their replies even where a capture swaps neighbours.
//
// A direction whose SYN was not captured starts with a gap, at the first byte of it that can be
// handed on, or where the first segment of the other direction that is handed on acknowledges it:
// both directions start at one moment of the conversation, whatever order they were captured in.
//
// Every captured byte is counted once: delivered, duplicate, discarded, or (now) held.
// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include "delivery.hpp"
#include "piece_map.hpp"
#include "pop3ana/pop3ana.h"
#include "segment.hpp"
#include "tcp_seq.hpp"
#include "tcp_side.hpp"

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
    std::uint64_t max_held_bytes = 0; ///< pieces of all connections, overhead included
    std::uint64_t held_cost = 0;      ///< now
    std::uint64_t capture_order = 0;  ///< counts segments
    std::int64_t clock_ns = 0;        ///< the latest time seen
};

class TcpConnection {
public:
    TcpConnection() = default;

    /// `midstream`: the capture starts inside the connection.
    explicit TcpConnection(bool midstream) : midstream_(midstream) {}

    /// Takes a segment of this connection. It may end it: see ended().
    void segment(Side from, const Segment &segment, TcpShared &shared, StreamSink &sink);

    /// Gives up holes whose time has come. Also done after each segment.
    void give_up_holes(TcpShared &shared, StreamSink &sink);

    /// Ends the connection: hands on all that is held, with gaps where bytes are missing.
    void finish(TcpShared &shared, StreamSink &sink);

    /// Forgets all that is held without handing it on; it counts as discarded.
    void discard(TcpShared &shared);

    [[nodiscard]] bool ended() const { return ended_; }

    /// Counts the bytes of a segment that came after the end: most are repeated.
    void count_stray(Side from, const Segment &segment, pop3ana_counters &counters) const;

    /// A hole waits for its time, which tick() must look at.
    [[nodiscard]] bool waits_for_time() const { return waits_for_time_; }

    /// Whether the side's captured SYN (SYN-ACK) had this number.
    [[nodiscard]] bool began_with(Side from, std::uint32_t sequence_number) const {
        return at(from).has_initial && at(from).initial == sequence_number;
    }

    /// Whether a SYN (SYN-ACK from the responder) belongs to this connection: the one that opened
    /// it, seen again or late.
    [[nodiscard]] bool is_own_syn(Side from, std::uint32_t sequence_number) const;

    /// A SYN of unknown number on a live connection: remembered until the other side answers it.
    void remember_syn(Side from, const Segment &segment, TcpShared &shared);

    /// The remembered SYN that a SYN-ACK confirms: sender and segment. The payload of the result is
    /// owned by it. Empty when there is none, or when `syn_ack` confirms something else.
    struct RememberedSyn {
        Side from{};
        Segment segment;
        std::vector<std::uint8_t> payload;
    };
    std::unique_ptr<RememberedSyn> take_confirmed_syn(Side syn_ack_from, const Segment &syn_ack,
                                                      TcpShared &shared);

private:
    struct Moment {
        std::int64_t ts_ns = 0;
        std::uint32_t packet = 0; ///< of the connection
    };

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
        std::unique_ptr<RememberedSyn> syn;
    };

    struct Direction {
        StreamPosition next = 0;          ///< first byte not handed on; 0: no numbers are known
        StreamPosition acked = 0;         ///< what the peer has acknowledged
        StreamPosition fin = kNoPosition; ///< of the FIN
        std::uint32_t initial = 0;        ///< sequence number of the SYN
        std::uint32_t fin_ack = 0;        ///< acknowledgement on the FIN
        std::uint32_t gap_end = 0;        ///< sequence number behind the last gap, if `has_gap`
        bool started : 1 = false;         ///< before that, `next` may still move
        bool has_initial : 1 = false;
        bool fin_has_ack : 1 = false;
        bool ended : 1 = false;   ///< the FIN was reached
        bool has_gap : 1 = false; ///< the last gap is near enough for 32 bits to tell where it was

        void advance_to(StreamPosition position) {
            next = position;
            if (has_gap && is_before(static_cast<std::uint32_t>(next), gap_end)) has_gap = false;
        }
    };
    static_assert(sizeof(Direction) == 40, "there may be a million connections");

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
    [[nodiscard]] std::vector<AckClock> *ack_clocks(Side side);

    void reset(Side from, const Segment &segment, TcpShared &shared, StreamSink &sink);
    void acknowledge(Side acked, const Segment &segment, TcpShared &shared);
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
    [[nodiscard]] bool is_due(const Moment &since, const TcpShared &shared) const;
    void gap(Side side, StreamPosition end, std::uint64_t missing_bytes, StreamSink &sink);
    void bytes(Side side, Bytes bytes, bool has_ack, std::uint32_t ack, TcpShared &shared,
               StreamSink &sink);
    void reach_fin(Side side, StreamSink &sink);
    void deliver_first_piece(Side side, TcpShared &shared, StreamSink &sink);
    void skip_to(Side side, StreamPosition position, TcpShared &shared, StreamSink &sink);
    void make_way(Side side, TcpShared &shared, StreamSink &sink);
    bool give_up_one_hole(TcpShared &shared, StreamSink &sink);
    void trim_ack_clocks(Side side);
    void drop_syn(TcpShared &shared);
    void release_out_of_order();

    std::array<Direction, 2> directions_{};
    std::unique_ptr<OutOfOrder> out_of_order_;
    std::uint32_t packets_ = 0;
    bool midstream_ = false;
    bool ended_ = false;
    bool waits_for_time_ = false;
};

} // namespace pop3ana
