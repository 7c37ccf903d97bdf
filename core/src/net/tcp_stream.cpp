// SPDX-License-Identifier: GPL-2.0-or-later
#include "net/tcp_stream.hpp"

#include <algorithm>

namespace pop3ana {
namespace {

constexpr std::uint64_t kGapRunMask = 2 * kPlausibleAheadBytes - 1; ///< what the bit field holds

/// A FIN further ahead than 32 bits can tell is not believed.
constexpr std::uint64_t kMostAhead = 0x7fffffff;

} // namespace

void TcpStream::on_syn(std::uint32_t sequence_number, const ReassemblyBuffer &buffered) {
    if (has_initial_) return;
    initial_ = sequence_number;
    has_initial_ = 1;
    if (!started_) start(position_of(sequence_number + 1), buffered);
}

void TcpStream::on_syn_acked(std::uint32_t ack) {
    if (has_initial_) return;
    initial_ = ack - 1;
    has_initial_ = 1;
}

bool TcpStream::is_syn(std::uint32_t sequence_number) const {
    if (has_initial_) return initial_ == sequence_number;
    if (next_ == 0) return false;
    const StreamPosition position = unwrap(sequence_number, next_);
    return position < next_ && next_ - position <= kPlausibleAheadBytes;
}

// What was acknowledged stays.
void TcpStream::start(StreamPosition position, const ReassemblyBuffer &buffered) {
    started_ = 1;
    const StreamPosition acknowledged = acked();
    next_ = std::min(position, next_known(buffered));
    set_acked(acknowledged);
}

void TcpStream::place(StreamPosition first, bool is_first) {
    if (!is_first && first >= next_) return;
    const StreamPosition acknowledged = acked();
    next_ = first;
    const bool is_plausible = acknowledged >= first && acknowledged - first <= kPlausibleAheadBytes;
    set_acked(is_first && !is_plausible ? first : acknowledged);
}

bool TcpStream::acknowledge(StreamPosition position, const ReassemblyBuffer &buffered) {
    if (ended_ && position >= next_ && position <= next_ + kPlausibleAheadBytes) fin_acked_ = 1;
    if (position <= acked()) return false;
    const StreamPosition captured_end =
        buffered.empty() ? next_ : std::max(next_, buffered.last_end());
    if (position > captured_end + kPlausibleAheadBytes) return false;
    set_acked(position);
    return true;
}

bool TcpStream::skip_gap(StreamPosition end, std::uint64_t gap_bytes) {
    advance_to(end);
    gap_end_ = static_cast<std::uint32_t>(end);
    has_gap_ = 1;
    const std::uint64_t run = gap_run_ + gap_bytes;
    const bool is_wide = run > kPlausibleAheadBytes;
    gap_run_ = is_wide ? kPlausibleAheadBytes + 1 : run & kGapRunMask;
    return is_wide;
}

StreamPosition TcpStream::take_fin(const Segment &segment, StreamPosition end) {
    if (has_fin_) {
        const StreamPosition known = fin();
        if (segment.has(kFin) && end == known && segment.has(kAck) &&
            is_before(segment.acknowledgement, fin_ack_))
            fin_ack_ = segment.acknowledgement;
        return std::min(end, known);
    }
    if (segment.has(kFin) && end >= next_ && end - next_ <= kMostAhead) {
        fin_number_ = static_cast<std::uint32_t>(end);
        has_fin_ = 1;
        fin_ack_ = segment.acknowledgement;
        fin_has_ack_ = segment.has(kAck) ? 1 : 0;
    }
    return end;
}

void TcpStream::reach_fin() {
    fin_acked_ = is_fin_acked() ? 1 : 0;
    advance_to(next_ + 1);
    ended_ = 1;
}

std::uint64_t TcpStream::repeated(std::uint32_t sequence_number, std::uint64_t bytes) const {
    const StreamPosition first = unwrap(sequence_number, next_);
    return started_ && first < next_ ? std::min<std::uint64_t>(next_ - first, bytes) : 0;
}

} // namespace pop3ana
