// SPDX-License-Identifier: GPL-2.0-or-later
#include "net/ack_order.hpp"

#include "base/limits.hpp"

#include <algorithm>

namespace pop3ana {

Head head_of(const TcpStream &stream, const ReassemblyBuffer &buffered,
             const TcpStream &other_side) {
    if (stream.ended()) return Head::kClosed;
    if (!buffered.empty() && buffered.first_begin() <= stream.next())
        return waits_for(other_side, buffered.first().origin.ack()) ? Head::kWaitingSegment
                                                                    : Head::kSegment;
    if (stream.next() == stream.fin())
        return waits_for(other_side, stream.fin_ack()) ? Head::kWaitingFin : Head::kFin;
    return Head::kGap;
}

void AckOrder::add(Side side, StreamPosition position, const Moment &now) {
    auto &acks = pending_[side];
    if (acks.size() == kAckClocks) acks.pop_back();
    acks.push_back({position, now});
}

void AckOrder::trim(Side side, const TcpStream &stream) {
    auto &acks = pending_[side];
    if (stream.ended()) {
        acks.clear();
        return;
    }
    acks.erase(acks.begin(), std::find_if(acks.begin(), acks.end(), [&](const PendingAck &ack) {
                   return ack.position > stream.next();
               }));
}

std::optional<DueGap> AckOrder::due(const PerSide<TcpStream> &streams, const Heads &heads,
                                    Patience patience, const Moment &now) {
    const auto is_due = [&](const Moment &since) {
        return patience == Patience::kNone || now.ts_ns - since.ts_ns >= kGapAgeNs ||
               (patience == Patience::kTimeOrPackets && now.packet - since.packet >= kGapPackets);
    };
    std::optional<DueGap> result;
    waits_since_.reset();
    const auto wait = [&](const Moment &since) {
        if (!waits_since_ || since.order < waits_since_->order) waits_since_ = since;
    };
    for (const Side side : kSides) {
        trim(side, streams[side]);
        const Head head = heads[side];
        if (!has_pending(side) || head == Head::kClosed || head == Head::kSegment ||
            head == Head::kWaitingSegment)
            continue;
        const Moment &since = pending_[side].front().since;
        wait(since);
        if (!is_due(since)) continue;
        if (result)
            result->order = std::min(result->order, since.order);
        else
            result = {since.order, side};
    }
    if (!is_ack_deadlock(heads)) {
        deadlock_since_.reset();
        return result;
    }
    if (!deadlock_since_) deadlock_since_ = now;
    wait(*deadlock_since_);
    if (!result && is_due(*deadlock_since_)) result = {deadlock_since_->order, {}};
    return result;
}

void AckOrder::clear() {
    for (auto &acks : pending_.values)
        acks.clear();
    deadlock_since_.reset();
    waits_since_.reset();
}

std::uint64_t AckOrder::cost() const {
    std::uint64_t bytes = 0;
    for (const auto &acks : pending_.values)
        bytes += acks.capacity() * sizeof(PendingAck) + kAllocationBytes;
    return bytes;
}

} // namespace pop3ana
