// The member functions of FlowTable, for who says which application it has.
// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include "base/limits.hpp"
#include "net/flow_table.hpp"

#include <algorithm>
#include <bit>

namespace pop3ana {

template <Application App> class FlowTable<App>::Stream final : public StreamSink {
public:
    Stream(FlowTable &table, Flow &flow) : table_(table), flow_(flow) {}

    void on_bytes(Side from, const Delivery &delivery) override {
        if (is_read()) table_.app_.bytes(session(), from, delivery);
    }
    void on_gap(Side from, std::uint64_t missing_bytes, bool is_wide) override {
        ++table_.counters_.gaps;
        table_.counters_.gap_bytes += missing_bytes;
        if (is_read()) table_.app_.gap(session(), from, missing_bytes, is_wide);
    }
    void on_gap_goes_on(Side from) override {
        if (flow_.has_session && is_read()) table_.app_.gap_goes_on(session(), from);
    }
    void on_end(Side from) override {
        if (flow_.has_session && is_read()) table_.app_.end(session(), from);
    }
    void on_overlap_differs(Side from) override { anomaly(POP3ANA_ANOMALY_OVERLAP_DIFFERS, from); }
    void on_reset_ignored(Side from) override { anomaly(POP3ANA_ANOMALY_RESET_IGNORED, from); }

    void give_way_for_text() { table_.app_.give_way(session()); }

    void decrypted(Side from, Bytes bytes) { table_.app_.bytes(session(), from, {bytes}); }

    /// Something about the connection rather than its bytes; only worth an event once it has some.
    void anomaly(std::uint32_t kind, Side from) {
        if (flow_.has_session) table_.app_.anomaly(session(), kind, from);
    }

private:
    /// Whether the session reads the TCP stream.
    [[nodiscard]] bool is_read() const { return flow_.is_analysed && !flow_.is_decrypted; }

    Session &session() {
        if (!flow_.has_session) {
            flow_.has_session = true;
            flow_.session = Session{flow_.midstream};
        }
        const unsigned originator = flow_.originator;
        const FlowKey &key = flow_.key;
        table_.app_.enter({key.address_of(originator), key.address_of(1 - originator), flow_.number,
                           key.port(originator), key.port(1 - originator)},
                          flow_.session);
        return flow_.session;
    }

    FlowTable &table_;
    Flow &flow_;
};

template <Application App>
FlowTable<App>::FlowTable(const Options &options, App &application, std::uint64_t hash_seed,
                          pop3ana_counters &counters)
    : options_(options), app_(application), counters_(counters), shared_{counters},
      flows_(hash_seed) {}

// ---------------------------------------------------------------- segments

template <Application App>
bool FlowTable<App>::segment(const Segment &segment, std::uint64_t frame, std::int64_t ts_ns,
                             std::uint64_t &connection) {
    ++counters_.segments;
    counters_.tcp_bytes += segment.payload.size();
    counters_.segments_truncated += segment.payload.size() < segment.payload_bytes ? 1U : 0U;
    ++shared_.capture_order;
    begin_frame(frame, ts_ns);

    const SegmentKey key{segment};
    const std::optional<std::uint32_t> index = find_or_open(segment, key, connection);
    if (!index) {
        ++counters_.segments_ignored;
        return false;
    }
    if (*index == kNoIndex) return true;
    connection = flows_[*index].number;
    feed(*index, sender(*index, key), segment);
    return true;
}

template <Application App>
bool FlowTable<App>::decrypted(const Segment &ends, Side from, Bytes bytes, std::uint64_t frame,
                               std::int64_t ts_ns) {
    begin_frame(frame, ts_ns);
    if (bytes.empty()) return false;
    const SegmentKey key{ends};
    std::uint32_t index = flows_.find(key.key);
    if (index == kNoIndex) index = open(key.key, key.sender, Start::kSyn);
    Flow &flow = flows_[index];
    if (flow.list == List::kClosed) {
        counters_.decrypted_discarded_bytes += bytes.size();
        return false;
    }
    counters_.decrypted_bytes += bytes.size();
    current_ = index;
    touch(flow);
    move_to(index, List::kWithData);
    if (!flow.is_decrypted) begin_decrypted(flow);
    Stream{*this, flow}.decrypted(from, bytes);
    after_work(index, flow);
    current_ = kNoIndex;
    share_rooms();
    return true;
}

template <Application App> void FlowTable<App>::begin_decrypted(Flow &flow) {
    flow.is_analysed = flow.is_decrypted = true;
    if (flow.has_session) flow.has_session = app_.begin_decrypted(flow.session);
}

template <Application App>
typename FlowTable<App>::Opening FlowTable<App>::opening_of(const Segment &segment) {
    if (!segment.has(kSyn) || segment.has(kRst)) return Opening::kNeither;
    return segment.has(kAck) ? Opening::kSynAck : Opening::kSyn;
}

// The flow that takes the segment; kNoIndex when the segment is kept for later; none when it is
// ignored.
template <Application App>
std::optional<std::uint32_t> FlowTable<App>::find_or_open(const Segment &segment,
                                                          const SegmentKey &key,
                                                          std::uint64_t &connection) {
    std::uint32_t index = flows_.find(key.key);
    if (index != kNoIndex) {
        connection = flows_[index].number;
        const bool closed = flows_[index].list == List::kClosed;
        if (!closed) return find_open(segment, key, index);
        const Side from = sender(index, key);
        if (opening_of(segment) == Opening::kNeither || flows_[index].tcp.is_copy(from, segment)) {
            flows_[index].tcp.count_stray(from, segment, counters_);
            return std::nullopt;
        }
        remove(index);
        connection = 0;
    }
    switch (opening_of(segment)) {
    case Opening::kSyn: return open(key.key, key.sender, Start::kSyn);
    case Opening::kSynAck: return open(key.key, 1 - key.sender, Start::kSynAck);
    case Opening::kNeither: break;
    }
    if (segment.has(kRst) || !options_.midstream) {
        counters_.discarded_bytes += segment.payload.size();
        return std::nullopt;
    }
    const bool to_server = options_.ports.test(segment.destination_port);
    return open(key.key, to_server ? key.sender : 1 - key.sender, Start::kMidstream);
}

// A SYN with another number on a live connection opens a new one only once the other side answers
// it: anybody can forge the first, not both.
template <Application App>
std::uint32_t FlowTable<App>::find_open(const Segment &segment, const SegmentKey &key,
                                        std::uint32_t index) {
    TcpConnection &tcp = flows_[index].tcp;
    const Side from = sender(index, key);
    switch (opening_of(segment)) {
    case Opening::kNeither: return index;
    case Opening::kSyn:
        if (tcp.takes_syn(from, segment)) return index;
        current_ = index;
        tcp.save_candidate_syn(from, segment, shared_);
        after_work(index, flows_[index]);
        current_ = kNoIndex;
        share_rooms();
        return kNoIndex;
    case Opening::kSynAck: break;
    }
    const auto syn = tcp.confirm_syn(from, segment, shared_);
    if (!syn) return index;
    close(index);
    remove(index);
    const std::uint32_t opened = open(key.key, 1 - key.sender, Start::kSyn);
    feed(opened, Side::kOriginator, syn->segment());
    return opened;
}

template <Application App>
std::uint32_t FlowTable<App>::open(const FlowKey &key, unsigned originator, Start start) {
    if (flows_.size() >= options_.max_connections || without_data_ >= kConnectionsWithoutData)
        make_room();
    const std::uint32_t index = flows_.insert(key);
    Flow &flow = flows_[index];
    flow.originator = originator & 1;
    flow.tcp = TcpConnection{start};
    flow.midstream = start == Start::kMidstream;
    flow.is_analysed = options_.ports.test(key.port(1 - originator));
    touch(flow);
    list(flow.list).push_back(flows_, index);
    ++without_data_;
    next_expiry_ns_ = std::min(next_expiry_ns_, shared_.clock_ns + kIdleNs);
    flow.number = ++counters_.connections;
    ++counters_.connections_open;
    counters_.connections_midstream += flow.midstream ? 1 : 0;
    return index;
}

template <Application App>
void FlowTable<App>::feed(std::uint32_t index, Side from, const Segment &segment) {
    Flow &flow = flows_[index];
    current_ = index;
    touch(flow);
    // One packet can be forged: a SYN-ACK without its client is not yet a connection with data.
    const bool has_data = flow.list == List::kWithData ||
                          (segment.payload_bytes != 0 &&
                           !(flow.tcp.waits_for_originator() && from == Side::kResponder));
    move_to(index, has_data ? List::kWithData : List::kWithoutData);
    if (!flow.saw_originator || !flow.saw_responder) see(flow, from, segment.payload_bytes != 0);
    Stream stream{*this, flow};
    flow.tcp.segment(from, segment, shared_, stream);
    after_work(index, flow);
    current_ = kNoIndex;
    if (is_room_short()) share_rooms();
}

// Counts connections with data of which one direction was captured.
template <Application App> void FlowTable<App>::see(Flow &flow, Side from, bool has_data) {
    if (from == Side::kOriginator)
        flow.saw_originator = true;
    else
        flow.saw_responder = true;
    if (flow.saw_originator && flow.saw_responder) {
        counters_.connections_one_sided -= flow.is_one_sided ? 1 : 0;
        flow.is_one_sided = false;
    } else if (has_data && flow.is_analysed && !flow.is_one_sided) {
        ++counters_.connections_one_sided;
        flow.is_one_sided = true;
    }
}

template <Application App>
Side FlowTable<App>::sender(std::uint32_t index, const SegmentKey &key) const {
    return key.sender == flows_[index].originator ? Side::kOriginator : Side::kResponder;
}

// ---------------------------------------------------------------- time

// What the clock says, if it has moved: first holes, then idle connections.
template <Application App> inline void FlowTable<App>::pass_time() {
    const std::int64_t now_ns = clock_.now_ns();
    if (shared_.clock_ns == now_ns) return;
    shared_.clock_ns = now_ns;
    if (now_ns >= holes_due_ns_) give_up_overdue_holes();
    if (now_ns > next_expiry_ns_) expire();
}

// The frame at work, and its time. What the clock gives up belongs to the frame that moved it.
template <Application App>
void FlowTable<App>::begin_frame(std::uint64_t frame, std::int64_t ts_ns) {
    frame_ = frame;
    clock_.segment(ts_ns);
    app_.set_time(frame, ts_ns, clock_.now_ns());
    pass_time();
}

template <Application App> void FlowTable<App>::tick(std::int64_t ts_ns) {
    clock_.tick(ts_ns);
    app_.set_time(frame_, clock_.now_ns(), clock_.now_ns());
    app_.expire(clock_.now_ns());
    pass_time();
}

// That of the oldest ACK first. ACKs come in the order of their times: when the oldest is not due,
// none is.
template <Application App> void FlowTable<App>::give_up_overdue_holes() {
    while (!waiting_.empty()) {
        const std::uint32_t index = waiting_.first();
        Flow &flow = flows_[index];
        holes_due_ns_ = flow.tcp.waits_since()->ts_ns + kHoleAgeNs;
        if (shared_.clock_ns < holes_due_ns_) return;
        const auto gap = flow.tcp.overdue_gap(shared_);
        if (!gap) return;
        if (gap->order > waiting_.first_key()) { // Another one's turn may come before.
            waiting_.set(flows_, index, gap->order);
            continue;
        }
        current_ = index;
        Stream stream{*this, flow};
        flow.tcp.expire_gap(*gap, shared_, stream);
        if (!flow.tcp.ended()) flow.tcp.overdue_gap(shared_);
        after_work(index, flow);
        current_ = kNoIndex;
    }
    holes_due_ns_ = kNever;
}

template <Application App> void FlowTable<App>::touch(Flow &flow) const {
    flow.last_ns = shared_.clock_ns;
    flow.last_order = shared_.capture_order & kOrderMask;
}

template <Application App> void FlowTable<App>::expire() {
    next_expiry_ns_ = kNever;
    drop_closed();
    give_up_idle();
}

/// Whether the flow's time is over; when it is not, expire() is to come back for it.
template <Application App> bool FlowTable<App>::is_over(const Flow &flow, std::int64_t age_ns) {
    const std::int64_t end_ns = flow.last_ns + age_ns;
    if (shared_.clock_ns > end_ns) return true;
    next_expiry_ns_ = std::min(next_expiry_ns_, end_ns);
    return false;
}

template <Application App> void FlowTable<App>::drop_closed() {
    const auto &closed = list(List::kClosed);
    while (!closed.empty() && is_over(flows_[closed.first()], kLingerNs))
        remove(closed.first());
}

// The longest idle first, whichever list it is in.
template <Application App> void FlowTable<App>::give_up_idle() {
    for (;;) {
        const std::uint32_t index = longest_idle();
        if (index == kNoIndex || !is_over(flows_[index], kIdleNs)) break;
        ++counters_.connections_idle;
        close(index);
        remove(index);
    }
}

template <Application App> std::uint32_t FlowTable<App>::longest_idle() {
    const std::uint32_t without = list(List::kWithoutData).first();
    const std::uint32_t with = list(List::kWithData).first();
    if (without == kNoIndex || with == kNoIndex) return without == kNoIndex ? with : without;
    return flows_[without].last_order < flows_[with].last_order ? without : with;
}

// ---------------------------------------------------------------- ends

// The connection may have ended, or begun or ceased to hold something or to wait.
template <Application App> void FlowTable<App>::after_work(std::uint32_t index, Flow &flow) {
    if (flow.tcp.ended()) {
        close(index);
        return;
    }
    if (flow.tcp.has_memory()) queue(index);
    if (!flow.has_session) return;
    if (flow.list == List::kWithoutData) move_to(index, List::kWithData);
    const std::uint64_t text = app_.held_text(flow.session);
    // Few connections cannot hold much in little texts.
    const bool counts =
        text > kLittleText || flow.text_bytes != 0 || flows_.size() > kFewConnections;
    if (counts && text != flow.text_bytes) count_text(index, text);
}

template <Application App> void FlowTable<App>::queue(std::uint32_t index) {
    TcpConnection &tcp = flows_[index].tcp;
    const auto *since = tcp.waits_since();
    if (since != nullptr) {
        waiting_.set(flows_, index, since->order);
        holes_due_ns_ = std::min(holes_due_ns_, since->ts_ns + kHoleAgeNs);
    } else {
        waiting_.remove(flows_, index);
    }
    if (tcp.needs_memory()) {
        holders_.set(flows_, index, share_key(holders_, index, tcp.held_cost()));
    } else {
        holders_.remove(flows_, index);
        tcp.release(shared_);
    }
}

template <Application App>
void FlowTable<App>::count_text(std::uint32_t index, std::uint64_t bytes) {
    Flow &flow = flows_[index];
    if (bytes != 0)
        texts_.set(flows_, index, share_key(texts_, index, bytes));
    else
        texts_.remove(flows_, index);
    text_bytes_ += bytes - flow.text_bytes;
    flow.text_bytes = static_cast<std::uint32_t>(bytes);
}

// Who holds most of a room comes first; of those that hold about as much (the same number of binary
// digits), who has held something for longest. So one who comes with little finds room among others
// who hold little.
template <Application App>
template <class Heap>
std::uint64_t FlowTable<App>::share_key(const Heap &heap, std::uint32_t index,
                                        std::uint64_t bytes) {
    constexpr int kOrderBits = 57;
    constexpr std::uint64_t kOrder = (std::uint64_t{1} << kOrderBits) - 1;
    const std::uint64_t since = heap.key(flows_, index).value_or(shared_.capture_order) & kOrder;
    return static_cast<std::uint64_t>(64 - std::bit_width(bytes)) << kOrderBits | since;
}

// The rooms that all connections have together are shared fairly: who holds most gives way.
template <Application App> void FlowTable<App>::share_rooms() {
    while (shared_.held_cost > options_.max_held_bytes) {
        current_ = holders_.first();
        Stream stream{*this, flows_[current_]};
        flows_[current_].tcp.give_way(shared_, stream);
        after_work(current_, flows_[current_]);
    }
    while (text_bytes_ > kTextBytesTotal) {
        current_ = texts_.first();
        Stream{*this, flows_[current_]}.give_way_for_text();
        after_work(current_, flows_[current_]);
    }
    current_ = kNoIndex;
}

// Gives all memory back but that of the flow itself.
template <Application App> void FlowTable<App>::release(std::uint32_t index) {
    Flow &flow = flows_[index];
    if (flow.has_session) app_.release(flow.session);
    if (flow.text_bytes != 0) count_text(index, 0);
    if (!flow.tcp.has_memory()) return;
    waiting_.remove(flows_, index);
    holders_.remove(flows_, index);
    flow.tcp.release(shared_);
}

// The connection is over: its session is done, and its key lingers.
template <Application App> void FlowTable<App>::close(std::uint32_t index) {
    Flow &flow = flows_[index];
    if (flow.list == List::kClosed) return;
    current_ = index;
    Stream stream{*this, flow};
    if (!flow.tcp.ended()) flow.tcp.finish(shared_, stream);
    release(index);
    flow.has_session = false;
    flow.last_ns = shared_.clock_ns;
    move_to(index, List::kClosed);
    next_expiry_ns_ = std::min(next_expiry_ns_, shared_.clock_ns + kLingerNs);
    --counters_.connections_open;
    current_ = kNoIndex;
}

template <Application App> void FlowTable<App>::remove(std::uint32_t index) {
    Flow &flow = flows_[index];
    release(index);
    if (flow.list != List::kClosed) --counters_.connections_open;
    if (flow.list != List::kWithData) --without_data_;
    list(flow.list).remove(flows_, index);
    flows_.erase(index);
}

template <Application App> void FlowTable<App>::make_room() {
    if (!list(List::kClosed).empty()) {
        remove(list(List::kClosed).first());
        return;
    }
    const List which = list(List::kWithoutData).empty() ? List::kWithData : List::kWithoutData;
    const std::uint32_t index = list(which).first();
    ++counters_.connections_evicted;
    Stream{*this, flows_[index]}.anomaly(POP3ANA_ANOMALY_EVICTED, Side::kOriginator);
    close(index);
    remove(index);
}

template <Application App> void FlowTable<App>::abandon_current() noexcept {
    if (current_ != kNoIndex) {
        ++counters_.internal_errors;
        remove(current_);
        current_ = kNoIndex;
    }
    // Of the segment at work, what the exception left uncounted.
    counters_.discarded_bytes += counters_.tcp_bytes - counters_.delivered_bytes -
                                 counters_.duplicate_bytes - counters_.discarded_bytes -
                                 counters_.held_bytes;
}

template <Application App> void FlowTable<App>::move_to(std::uint32_t index, List which) {
    Flow &flow = flows_[index];
    if (flow.list == which) {
        list(which).move_to_back(flows_, index);
        return;
    }
    without_data_ -= flow.list != List::kWithData ? 1 : 0;
    without_data_ += which != List::kWithData ? 1 : 0;
    list(flow.list).remove(flows_, index);
    flow.list = which;
    list(which).push_back(flows_, index);
}

} // namespace pop3ana
