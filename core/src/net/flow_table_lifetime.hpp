// How FlowTable ages, evicts and closes flows, and shares memory among them.
// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include "base/limits.hpp"
#include "net/flow_table.hpp"

#include <algorithm>

namespace pop3ana {

// ---------------------------------------------------------------- time

// What the clock says, if it has moved: first gaps, then idle connections.
template <Application App> inline void FlowTable<App>::advance_time() {
    const std::int64_t now_ns = clock_.now_ns();
    if (shared_.clock_ns == now_ns) return;
    shared_.clock_ns = now_ns;
    if (now_ns >= gaps_due_ns_) expire_gaps();
    if (now_ns > next_expiry_ns_) expire();
}

// The frame at work, and its time. What the clock gives up belongs to the frame that moved it.
template <Application App>
void FlowTable<App>::begin_frame(std::uint64_t frame, std::int64_t ts_ns) {
    frame_ = frame;
    clock_.segment(ts_ns);
    app_.set_time(frame, ts_ns, clock_.now_ns());
    advance_time();
}

template <Application App> void FlowTable<App>::tick(std::int64_t ts_ns) {
    clock_.tick(ts_ns);
    app_.set_time(frame_, clock_.now_ns(), clock_.now_ns());
    app_.expire(clock_.now_ns());
    advance_time();
}

// That of the oldest ACK first. ACKs come in the order of their times: when the oldest is not due,
// none is.
template <Application App> void FlowTable<App>::expire_gaps() {
    while (!pending_acks_.empty()) {
        const std::uint32_t index = pending_acks_.first();
        Entry &flow = flows_[index];
        gaps_due_ns_ = flow.tcp.waits_since()->ts_ns + kGapAgeNs;
        if (shared_.clock_ns < gaps_due_ns_) return;
        const auto gap = flow.tcp.overdue_gap(shared_);
        if (!gap) return;
        if (gap->order > pending_acks_.first_key()) { // Another one's turn may come before.
            pending_acks_.set(flows_, index, gap->order);
            continue;
        }
        flow_in_progress_ = index;
        Sink stream = sink(flow);
        flow.tcp.expire_gap(*gap, shared_, stream);
        if (!flow.tcp.ended()) flow.tcp.overdue_gap(shared_);
        update_lists(index, flow);
        flow_in_progress_ = kNoIndex;
    }
    gaps_due_ns_ = kNever;
}

template <Application App> void FlowTable<App>::mark_active(Entry &flow) const {
    flow.last_ns = shared_.clock_ns;
    flow.last_order = shared_.capture_order & kOrderMask;
}

template <Application App> void FlowTable<App>::expire() {
    next_expiry_ns_ = kNever;
    drop_closed();
    close_idle();
}

// When it has not, expire() is to come back for it.
template <Application App>
bool FlowTable<App>::has_expired(const Entry &flow, std::int64_t age_ns) {
    const std::int64_t end_ns = flow.last_ns + age_ns;
    if (shared_.clock_ns > end_ns) return true;
    next_expiry_ns_ = std::min(next_expiry_ns_, end_ns);
    return false;
}

template <Application App> void FlowTable<App>::drop_closed() {
    for (;;) {
        const std::uint32_t index = lists_.first(FlowList::kClosed);
        if (index == kNoIndex || !has_expired(flows_[index], kLingerNs)) break;
        remove(index);
    }
}

// The longest idle first, whichever list it is in.
template <Application App> void FlowTable<App>::close_idle() {
    for (;;) {
        const std::uint32_t index = lists_.longest_idle();
        if (index == kNoIndex || !has_expired(flows_[index], kIdleNs)) break;
        ++counters_.connections_idle;
        close(index, ConnectionEnd::kIdle);
        remove(index);
    }
}

// ---------------------------------------------------------------- lists and shares of memory

// The connection may have ended, or begun or ceased to hold something or to wait.
template <Application App> void FlowTable<App>::update_lists(std::uint32_t index, Entry &flow) {
    if (flow.tcp.ended()) {
        if (flow.list == FlowList::kUndecided && !flow.is_analysed && !is_listed(flow.key))
            forget(index);
        else
            close(index, flow.tcp.was_reset() ? ConnectionEnd::kRst : ConnectionEnd::kFin);
        return;
    }
    if (flow.tcp.has_memory()) update_buffers(index, flow.tcp);
    if (!flow.has_session) {
        if (flow.list == FlowList::kUndecided) update_undecided(index, flow);
        return;
    }
    if (flow.list == FlowList::kUndecided) leave_undecided(index);
    if (flow.list == FlowList::kWithoutData) lists_.move_to(index, FlowList::kWithData);
    const std::uint64_t text = app_.buffered_text(flow.session, flow.number);
    // Few connections cannot hold much in little texts.
    const bool counts =
        text > kLittleText || flow.text_bytes != 0 || flows_.size() > kFewConnections;
    if (counts && text != flow.text_bytes) count_text(index, text);
}

template <Application App>
void FlowTable<App>::update_buffers(std::uint32_t index, TcpConnection &tcp) {
    const Moment *since = tcp.waits_since();
    if (since != nullptr) {
        pending_acks_.set(flows_, index, since->order);
        gaps_due_ns_ = std::min(gaps_due_ns_, since->ts_ns + kGapAgeNs);
    } else {
        pending_acks_.remove(flows_, index);
    }
    if (tcp.needs_memory()) {
        buffer_shares_.set(flows_, index, tcp.buffered_cost(), shared_.capture_order);
    } else {
        buffer_shares_.remove(flows_, index);
        tcp.release(shared_);
    }
}

// A flow without a session, which may have been rejected.
template <Application App> void FlowTable<App>::update_undecided(std::uint32_t index, Entry &flow) {
    if (flow.is_undecided) {
        const auto *held = probes_.find(flow.number);
        const std::uint64_t probe = held != nullptr ? held->cost() : 0;
        const std::uint64_t buffers = flow.tcp.has_memory() ? flow.tcp.buffered_cost() : 0;
        if (probe + buffers != flow.text_bytes) count_text(index, probe + buffers);
        while (undecided_.bytes > kUndecidedBytesTotal)
            give_up_undecided(undecided_.queue.first());
    } else if (is_listed(flow.key)) { // Else its next segment would open one midstream.
        leave_undecided(index);
    } else {
        forget(index);
    }
}

template <Application App> void FlowTable<App>::leave_undecided(std::uint32_t index) {
    count_text(index, 0);
    if (is_full()) evict();
    --counters_.connections_undecided;
    ++counters_.connections;
    ++counters_.connections_open;
    lists_.move_to(index, FlowList::kWithData);
}

template <Application App> void FlowTable<App>::give_up_undecided(std::uint32_t index) {
    ++counters_.undecided_evicted;
    sink(flows_[index]).reject();
    update_undecided(index, flows_[index]);
}

template <Application App>
void FlowTable<App>::count_text(std::uint32_t index, std::uint64_t bytes) {
    Entry &flow = flows_[index];
    TextShares &shares = flow.list == FlowList::kUndecided ? undecided_ : text_;
    if (bytes != 0)
        shares.queue.set(flows_, index, bytes, shared_.capture_order);
    else
        shares.queue.remove(flows_, index);
    shares.bytes += bytes - flow.text_bytes;
    flow.text_bytes = static_cast<std::uint32_t>(bytes);
}

// The memory that all connections have together is shared fairly: see ShareQueue.
template <Application App> void FlowTable<App>::share_memory() {
    while (shared_.buffered_cost > options_.max_held_bytes) {
        flow_in_progress_ = buffer_shares_.first();
        Entry &flow = flows_[flow_in_progress_];
        Sink stream = sink(flow);
        flow.tcp.give_way(shared_, stream);
        update_lists(flow_in_progress_, flow);
    }
    while (text_.bytes > kTextBytesTotal) {
        flow_in_progress_ = text_.queue.first();
        Entry &flow = flows_[flow_in_progress_];
        sink(flow).give_way();
        update_lists(flow_in_progress_, flow);
    }
    flow_in_progress_ = kNoIndex;
}

// ---------------------------------------------------------------- the end of a flow

// Gives all memory back but that of the flow itself.
template <Application App> void FlowTable<App>::release(std::uint32_t index) {
    Entry &flow = flows_[index];
    app_.release(flow.session, flow.number);
    if (flow.is_undecided) sink(flow).reject();
    if (flow.text_bytes != 0) count_text(index, 0);
    if (!flow.tcp.has_memory()) return;
    pending_acks_.remove(flows_, index);
    buffer_shares_.remove(flows_, index);
    flow.tcp.release(shared_);
}

// The connection is over: its session is done, and its key lingers.
template <Application App> void FlowTable<App>::close(std::uint32_t index, ConnectionEnd reason) {
    Entry &flow = flows_[index];
    if (flow.list == FlowList::kClosed) return;
    flow_in_progress_ = index;
    Sink stream = sink(flow);
    if (!flow.tcp.ended()) flow.tcp.finish(shared_, stream);
    if (flow.list == FlowList::kUndecided && (flow.is_analysed || is_listed(flow.key)))
        leave_undecided(index);
    stream.close(reason);
    release(index);
    count_open(flow, -1);
    flow.has_session = false;
    flow.last_ns = shared_.clock_ns;
    lists_.move_to(index, FlowList::kClosed);
    next_expiry_ns_ = std::min(next_expiry_ns_, shared_.clock_ns + kLingerNs);
    flow_in_progress_ = kNoIndex;
}

template <Application App> void FlowTable<App>::remove(std::uint32_t index) {
    Entry &flow = flows_[index];
    release(index);
    count_open(flow, -1);
    lists_.remove(index);
    flows_.erase(index);
}

// Remembers of an undecided connection that it is none of the application, for a while.
template <Application App> void FlowTable<App>::forget(std::uint32_t index) {
    Entry &flow = flows_[index];
    release(index);
    count_open(flow, -1);
    lists_.move_to(index, FlowList::kRejected);
    if (lists_.size(FlowList::kRejected) > kRejectedConnections)
        remove(lists_.first(FlowList::kRejected));
}

// `change`: 1 or -1.
template <Application App> void FlowTable<App>::count_open(const Entry &flow, int change) {
    if (flow.list == FlowList::kUndecided)
        counters_.connections_undecided += static_cast<std::uint64_t>(change);
    else if (flow.list != FlowList::kClosed && flow.list != FlowList::kRejected)
        counters_.connections_open += static_cast<std::uint64_t>(change);
}

// Makes room for a new flow.
template <Application App> void FlowTable<App>::evict() {
    std::uint32_t index = lists_.first(FlowList::kClosed);
    if (index != kNoIndex) {
        remove(index);
        return;
    }
    const bool has_share =
        lists_.size(FlowList::kWithoutData) <= options_.max_connections / kOpeningShares;
    index = lists_.first(has_share ? FlowList::kWithData : FlowList::kWithoutData);
    if (index == kNoIndex) index = lists_.first(FlowList::kWithoutData);
    ++counters_.connections_evicted;
    sink(flows_[index]).anomaly(POP3ANA_ANOMALY_EVICTED, Side::kClient);
    close(index, ConnectionEnd::kEvicted);
    remove(index);
}

template <Application App> void FlowTable<App>::abandon_flow_in_progress() noexcept {
    if (flow_in_progress_ != kNoIndex) {
        ++counters_.internal_errors;
        remove(flow_in_progress_);
        flow_in_progress_ = kNoIndex;
    }
    // Of the segment at work, what the exception left uncounted.
    counters_.discarded_bytes += counters_.tcp_bytes - counters_.delivered_bytes -
                                 counters_.duplicate_bytes - counters_.discarded_bytes -
                                 counters_.held_bytes;
}

} // namespace pop3ana
