// In which order the bytes of both directions are handed on, and how long one waits for the other.
//
// An acknowledgement says what its sender had received. What has one comes after the bytes of the
// other direction that it covers, so commands come before their replies even where a capture swaps
// neighbours. The other direction's acked() is the watermark: what no segment of the right place
// has acknowledged is not waited for.
//
// Where an ACK covers bytes that were not captured, nobody knows whether they are late or lost:
// each such ACK waits for its own time, from when it came. Two sides may even wait for each other,
// since the ACK of a retransmission is newer than its bytes: such a deadlock has a time, too.
// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include "base/side.hpp"
#include "net/tcp_stream.hpp"

#include <optional>
#include <vector>

namespace pop3ana {

/// What comes next on a side.
enum class Head : std::uint8_t {
    kClosed,         ///< nothing: it has ended, or must not begin yet
    kGap,            ///< nothing that was captured
    kSegment,        ///< bytes
    kWaitingSegment, ///< bytes that wait for bytes of the other side
    kFin,
    kWaitingFin,
};
using Heads = PerSide<Head>;

inline bool is_waiting(Head head) {
    return head == Head::kWaitingSegment || head == Head::kWaitingFin;
}

/// Each side waits for the other one.
inline bool is_ack_deadlock(const Heads &heads) {
    return is_waiting(heads[Side::kClient]) && is_waiting(heads[Side::kServer]);
}

/// Whether what has the acknowledgement `ack` waits for bytes of `other_side`.
inline bool waits_for(const TcpStream &other_side, std::optional<std::uint32_t> ack) {
    if (!ack || !other_side.has_numbers() || other_side.ended()) return false;
    const StreamPosition position = other_side.position_of(*ack);
    return other_side.next() < position && position <= other_side.acked();
}

/// What comes next on a side that may be handed on.
Head head_of(const TcpStream &stream, const ReassemblyBuffer &buffered,
             const TcpStream &other_side);

/// When something of a connection came.
struct Moment {
    std::int64_t ts_ns = 0;
    std::uint64_t order = 0;  ///< TcpShared::capture_order
    std::uint32_t packet = 0; ///< of the connection
};

/// A gap that has waited long enough.
struct DueGap {
    std::uint64_t order = 0;  ///< of the oldest ACK that is due
    std::optional<Side> side; ///< none: an ACK deadlock
};

/// How long an ACK waits.
enum class Patience : std::uint8_t {
    kTime,          ///< kGapAgeNs
    kTimeOrPackets, ///< that, or kGapPackets of its connection
    kNone,
};

class AckOrder {
    /// An acknowledgement beyond what was handed on.
    struct PendingAck {
        StreamPosition position = 0;
        Moment since;
    };

    /// By the side whose bytes are acknowledged; oldest first, each further than the one before. No
    /// more than kAckClocks: later ones take the place of the last.
    PerSide<std::vector<PendingAck>> pending_;
    std::optional<Moment> deadlock_since_;
    /// Of the oldest ACK that waits, or of the deadlock; as of the last call of due().
    std::optional<Moment> waits_since_;

public:
    /// The peer of `side` has acknowledged up to `position`, which is beyond all before.
    void add(Side side, StreamPosition position, const Moment &now);

    [[nodiscard]] bool has_pending(Side side) const { return !pending_[side].empty(); }

    /// The oldest one. There must be one.
    [[nodiscard]] StreamPosition oldest(Side side) const { return pending_[side].front().position; }
    void drop_oldest(Side side) { pending_[side].erase(pending_[side].begin()); }

    /// Drops those of `side` that wait no more.
    void trim(Side side, const TcpStream &stream);

    /// Something was handed on: what may be a deadlock now has not been one for long.
    void on_progress() { deadlock_since_.reset(); }

    /// The gap whose turn it is, the client's first; none when none is due. A side that goes on
    /// with what was captured has no gap.
    std::optional<DueGap> due(const PerSide<TcpStream> &streams, const Heads &heads,
                              Patience patience, const Moment &now);

    /// NULL: nothing waits for its time.
    [[nodiscard]] const Moment *waits_since() const {
        return waits_since_ ? &*waits_since_ : nullptr;
    }

    /// Forgets all.
    void clear();

    [[nodiscard]] bool empty() const {
        return !deadlock_since_ && pending_.values[0].empty() && pending_.values[1].empty();
    }

    /// Memory that it has allocated, in bytes.
    [[nodiscard]] std::uint64_t cost() const;
};

} // namespace pop3ana
