// One direction of a TCP connection: where its start, its end and its gaps are, how far it was
// handed on, and how far the peer has acknowledged it (RFC 9293 s.3.4).
//
// Invariant: every byte before next() was handed on, lies in a gap, or came before the start; none
// from there on was. Once started, next() only moves forward. acked() is never before next().
//
// Bytes behind next() that were captured out of order lie in a ReassemblyBuffer, which only a
// connection with something out of order has: where it matters it is an argument.
// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include "base/limits.hpp"
#include "net/delivery.hpp"
#include "net/reassembly_buffer.hpp"
#include "net/segment.hpp"
#include "net/tcp_seq.hpp"

#include <optional>

namespace pop3ana {

class TcpStream {
    StreamPosition next_ = 0;        ///< first byte not handed on; 0: no numbers are known
    std::uint32_t ahead_ = 0;        ///< bytes from there on that the peer has acknowledged
    std::uint32_t initial_ = 0;      ///< sequence number of the SYN, if `has_initial_`
    std::uint32_t fin_number_ = 0;   ///< sequence number of the FIN, if `has_fin_`
    std::uint32_t fin_ack_ = 0;      ///< the oldest acknowledgement on the FIN, if `fin_has_ack_`
    std::uint32_t gap_end_ = 0;      ///< sequence number behind the last gap, if `has_gap_`
    std::uint32_t gap_run_ : 21 = 0; ///< bytes of the last gaps, if nothing came between them
    std::uint32_t started_ : 1 = 0;  ///< before that, `next_` may move back
    std::uint32_t has_initial_ : 1 = 0;
    std::uint32_t has_fin_ : 1 = 0; ///< not before `next_`, unless `ended_`
    std::uint32_t fin_has_ack_ : 1 = 0;
    std::uint32_t ended_ : 1 = 0;     ///< the FIN was reached; nothing comes any more
    std::uint32_t fin_acked_ : 1 = 0; ///< known once `ended_`
    std::uint32_t has_gap_ : 1 = 0;   ///< near enough for 32 bits to tell where it was

public:
    // -- Where it stands.

    [[nodiscard]] StreamPosition next() const { return next_; }
    /// Whether a sequence number means a position: one of the direction is known.
    [[nodiscard]] bool has_numbers() const { return next_ != 0; }
    [[nodiscard]] bool started() const { return started_ != 0; }
    [[nodiscard]] bool ended() const { return ended_ != 0; }

    /// What the peer has acknowledged, or next().
    [[nodiscard]] StreamPosition acked() const { return next_ + ahead_; }
    [[nodiscard]] bool is_acked_beyond_next() const { return ahead_ != 0; }
    /// An acknowledgement that says nothing new.
    [[nodiscard]] bool is_known_ack(std::uint32_t ack) const {
        return started_ && !ended_ && ack == static_cast<std::uint32_t>(acked());
    }

    /// The position that a number means; the first number of a direction tells where it is.
    [[nodiscard]] StreamPosition position_of(std::uint32_t sequence_number) const {
        return next_ == 0 ? first_position(sequence_number) : unwrap(sequence_number, next_);
    }
    [[nodiscard]] bool is_next(std::uint32_t sequence_number) const {
        return sequence_number == static_cast<std::uint32_t>(next_);
    }
    /// Whether an RST with this number is to be believed.
    [[nodiscard]] bool is_in_window(std::uint32_t sequence_number) const {
        const StreamPosition position = unwrap(sequence_number, next_);
        return position >= next_ && position - next_ <= kPlausibleAheadBytes;
    }

    /// Where something is known of the direction again: a byte or the FIN; kNoPosition: nowhere.
    [[nodiscard]] StreamPosition next_known(const ReassemblyBuffer &buffered) const {
        const StreamPosition begin = buffered.empty() ? kNoPosition : buffered.first_begin();
        return begin < fin() ? begin : fin();
    }

    // -- The start.

    /// Its SYN came, or the SYN-ACK that answers one.
    void on_syn(std::uint32_t sequence_number, const ReassemblyBuffer &buffered);
    void on_syn_acked(std::uint32_t ack);
    /// Whether its SYN was captured, or the SYN-ACK that answers it.
    [[nodiscard]] bool knows_syn() const { return has_initial_ != 0; }
    /// Whether its SYN, captured or not, had this number.
    [[nodiscard]] bool is_syn(std::uint32_t sequence_number) const;
    [[nodiscard]] bool is_syn_acked_by(std::uint32_t ack) const {
        return has_initial_ && ack == initial_ + 1;
    }

    /// What was captured of the direction counts, even if it comes before `position`.
    void start(StreamPosition position, const ReassemblyBuffer &buffered);

    /// Before the start: the first number that is known of it.
    void set_numbers(std::uint32_t sequence_number) { next_ = first_position(sequence_number); }
    /// Before the start: a segment begins at `first`. next() is the first byte captured.
    /// `is_first`: none was before.
    void place(StreamPosition first, bool is_first);

    /// Nothing before next() will be handed on.
    void set_started() { started_ = 1; }

    // -- Acknowledgements of the peer.

    /// Whether it tells more than was known, and is believed.
    bool acknowledge(StreamPosition position, const ReassemblyBuffer &buffered);

    // -- Bytes and gaps.

    /// So many bytes were handed on.
    void hand_on(std::uint64_t bytes) {
        advance_to(next_ + bytes);
        gap_run_ = 0;
    }
    /// The bytes up to `end` are a gap, said to be of `gap_bytes`. Whether it is wide: see
    /// StreamSink.
    bool skip_gap(StreamPosition end, std::uint64_t gap_bytes);
    /// Whether the peer sent something before it had received all of the last gap.
    [[nodiscard]] bool is_before_gap_end(std::uint32_t ack) const {
        return has_gap_ && unwrap(ack, next_) < unwrap(gap_end_, next_);
    }
    /// Whether an acknowledgement covers all that was handed on.
    [[nodiscard]] bool is_covered_by(StreamPosition ack) const { return ack >= next_ - ended_; }

    // -- The end.

    [[nodiscard]] bool has_fin() const { return has_fin_ != 0; }
    /// Position of the FIN; kNoPosition: none is known.
    [[nodiscard]] StreamPosition fin() const {
        return has_fin_ ? unwrap(fin_number_, next_) : kNoPosition;
    }
    /// The oldest acknowledgement that came with it.
    [[nodiscard]] std::optional<std::uint32_t> fin_ack() const {
        return fin_has_ack_ ? std::optional{fin_ack_} : std::nullopt;
    }
    /// Whether the peer has acknowledged the FIN.
    [[nodiscard]] bool is_fin_acked() const {
        return has_fin_ && (ended_ ? fin_acked_ != 0 : acked() > fin());
    }
    /// Takes the FIN of a segment whose bytes end at `end`. Where its bytes that count end.
    StreamPosition take_fin(const Segment &segment, StreamPosition end);
    /// Bytes up to `end` were captured first: no receiver believes a FIN inside them.
    void drop_fin_before(StreamPosition end) {
        if (has_fin_ && end > fin()) has_fin_ = 0;
    }
    /// The FIN is what comes next: the direction ends.
    void reach_fin();

    /// How many of `bytes` from `sequence_number` on were handed on before.
    [[nodiscard]] std::uint64_t repeated(std::uint32_t sequence_number, std::uint64_t bytes) const;

private:
    void set_acked(StreamPosition position) {
        constexpr StreamPosition kMost = 0xffffffff;
        const StreamPosition distance = position > next_ ? position - next_ : 0;
        ahead_ = static_cast<std::uint32_t>(distance < kMost ? distance : kMost);
    }
    void advance_to(StreamPosition position) {
        const StreamPosition bytes = position - next_;
        next_ = position;
        ahead_ = ahead_ > bytes ? ahead_ - static_cast<std::uint32_t>(bytes) : 0;
        if (has_gap_ && is_before(static_cast<std::uint32_t>(next_), gap_end_)) has_gap_ = 0;
    }
};
static_assert(sizeof(TcpStream) == 32, "there may be a million connections");

} // namespace pop3ana
