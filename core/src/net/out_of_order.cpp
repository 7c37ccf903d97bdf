// SPDX-License-Identifier: GPL-2.0-or-later
#include "net/out_of_order.hpp"

#include "base/limits.hpp"

#include <utility>

namespace pop3ana {
namespace {

/// Counts the bytes of a buffer when this goes, also when an insertion finds no memory half-way.
class CountedBytes {
public:
    CountedBytes(const ReassemblyBuffer &buffer, pop3ana_counters &counters)
        : buffer_(buffer), counters_(counters), before_(buffer.bytes()) {}
    ~CountedBytes() { counters_.held_bytes += buffer_.bytes() - before_; }
    CountedBytes(const CountedBytes &) = delete;
    CountedBytes &operator=(const CountedBytes &) = delete;

private:
    const ReassemblyBuffer &buffer_;
    pop3ana_counters &counters_;
    std::uint64_t before_;
};

} // namespace

bool OutOfOrder::insert(Side side, StreamPosition begin, Bytes bytes, StreamPosition sent_end,
                        const RangeOrigin &origin, pop3ana_counters &counters) {
    ReassemblyBuffer &buffer = buffers_[side];
    ReassemblyBuffer::Inserted inserted;
    {
        const CountedBytes count{buffer, counters};
        inserted = buffer.insert(begin, bytes, origin);
        if (begin + bytes.size() < sent_end)
            buffer.insert_gap(begin + bytes.size(), sent_end, origin);
    }
    counters.duplicate_bytes += bytes.size() - inserted.stored_bytes;
    return inserted.differs;
}

BufferedRange OutOfOrder::take_first(Side side, pop3ana_counters &counters) {
    BufferedRange range = buffers_[side].take_first();
    counters.held_bytes -= range.bytes.size();
    return range;
}

void OutOfOrder::drop(Side side, pop3ana_counters &counters) {
    ReassemblyBuffer &buffer = buffers_[side];
    counters.held_bytes -= buffer.bytes();
    counters.discarded_bytes += buffer.bytes();
    buffer = {};
}

void OutOfOrder::drop_first(Side side, pop3ana_counters &counters) {
    ReassemblyBuffer &buffer = buffers_[side];
    const CountedBytes count{buffer, counters};
    const std::uint64_t before = buffer.bytes();
    if (before <= kOutOfOrderBytes || !buffer.forget_first_bytes()) buffer.take_first();
    counters.discarded_bytes += before - buffer.bytes();
}

void OutOfOrder::save_syn(Side from, const Segment &syn, pop3ana_counters &counters) {
    drop_syn(counters);
    syn_ = std::make_unique<CandidateSyn>(from, syn);
    counters.held_bytes += syn_->kept_bytes();
    counters.discarded_bytes += syn.payload.size() - syn_->kept_bytes();
}

std::unique_ptr<CandidateSyn> OutOfOrder::confirm_syn(Side from, const Segment &syn_ack,
                                                      pop3ana_counters &counters) {
    if (!syn_ || !syn_->is_confirmed_by(from, syn_ack)) return nullptr;
    counters.held_bytes -= syn_->kept_bytes();
    return std::move(syn_);
}

bool OutOfOrder::drop_syn(pop3ana_counters &counters) {
    if (!syn_) return false;
    counters.held_bytes -= syn_->kept_bytes();
    counters.discarded_bytes += syn_->kept_bytes();
    syn_.reset();
    return true;
}

bool OutOfOrder::empty() const {
    return !syn_ && acks_.empty() && buffers_[Side::kClient].empty() &&
           buffers_[Side::kServer].empty();
}

void OutOfOrder::count_cost(TcpShared &shared) {
    std::uint64_t cost = sizeof(OutOfOrder) + kAllocationBytes + acks_.cost();
    for (const ReassemblyBuffer &buffer : buffers_.values)
        cost += buffer.cost();
    if (syn_) cost += syn_->cost();
    shared.buffered_cost += cost - counted_cost_;
    counted_cost_ = cost;
}

void OutOfOrder::clear(TcpShared &shared) {
    for (const Side side : kSides)
        drop(side, shared.counters);
    drop_syn(shared.counters);
    shared.buffered_cost -= counted_cost_;
    counted_cost_ = 0;
}

} // namespace pop3ana
