// What only a connection with something out of order needs: captured bytes that must not be handed
// on yet, ACKs that wait for bytes, a SYN that waits for its answer.
//
// Invariant: its bytes are in pop3ana_counters::held_bytes, and what it costs was counted in
// TcpShared::buffered_cost when count_cost() was called last. clear() takes both back; it must be
// called before the end.
// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include "base/side.hpp"
#include "net/ack_order.hpp"
#include "net/candidate_syn.hpp"
#include "net/reassembly_buffer.hpp"
#include "net/stream_sink.hpp"

#include <memory>

namespace pop3ana {

/// Places of a connection in queues of its owner.
struct QueuePlaces {
    std::uint32_t buffers = ~std::uint32_t{0};
    std::uint32_t acks = ~std::uint32_t{0};
};

class OutOfOrder {
    PerSide<ReassemblyBuffer> buffers_;
    AckOrder acks_;
    std::unique_ptr<CandidateSyn> syn_; ///< NULL: none
    std::uint64_t counted_cost_ = 0;    ///< of this in TcpShared::buffered_cost
    QueuePlaces places_;

public:
    [[nodiscard]] const ReassemblyBuffer &buffered(Side side) const { return buffers_[side]; }
    [[nodiscard]] AckOrder &acks() { return acks_; }
    [[nodiscard]] const AckOrder &acks() const { return acks_; }
    [[nodiscard]] QueuePlaces &places() { return places_; }

    /// Keeps those of `bytes`, which start at `begin`, that are not kept yet; from their
    /// end to `sent_end` is a gap: sent, but not captured. Whether a byte was kept before
    /// with another value.
    bool insert(Side side, StreamPosition begin, Bytes bytes, StreamPosition sent_end,
                const RangeOrigin &origin, pop3ana_counters &counters);

    /// Takes out what comes first of a side, to hand it on. There must be something.
    BufferedRange take_first(Side side, pop3ana_counters &counters);

    /// Drops all bytes of a side.
    void drop(Side side, pop3ana_counters &counters);

    /// Drops the first bytes of a side. They are taken for cut by the capture; where room is short,
    /// for never seen.
    void drop_first(Side side, pop3ana_counters &counters);

    /// Keeps a SYN in place of the one before.
    void save_syn(Side from, const Segment &syn, pop3ana_counters &counters);
    /// Takes out the SYN that a SYN-ACK answers; NULL when there is none.
    std::unique_ptr<CandidateSyn> confirm_syn(Side from, const Segment &syn_ack,
                                              pop3ana_counters &counters);
    /// Whether there was one.
    bool drop_syn(pop3ana_counters &counters);

    /// Nothing is kept and nothing waits.
    [[nodiscard]] bool empty() const;

    [[nodiscard]] std::uint64_t counted_cost() const { return counted_cost_; }
    void count_cost(TcpShared &shared);

    void clear(TcpShared &shared);
};

} // namespace pop3ana
