// SPDX-License-Identifier: GPL-2.0-or-later
#include "flow_table.hpp"

#include "limits.hpp"

#include <algorithm>

namespace pop3ana {

class FlowTable::Stream final : public StreamSink {
public:
    Stream(FlowTable &table, Flow &flow) : table_(table), flow_(flow) {}

    void on_bytes(Side from, const Delivery &delivery) override {
        if (is_read()) session().bytes(from, delivery, table_.context_);
    }
    void on_gap(Side from, std::uint64_t missing_bytes, bool is_wide) override {
        ++table_.counters_.gaps;
        table_.counters_.gap_bytes += missing_bytes;
        if (is_read()) session().gap(from, missing_bytes, is_wide, table_.context_);
    }
    void on_gap_goes_on(Side from) override {
        if (flow_.has_session && is_read()) session().gap_goes_on(from, table_.context_);
    }
    void on_end(Side from) override {
        if (flow_.has_session && is_read()) session().end(from, table_.context_);
    }
    void on_overlap_differs(Side from) override { anomaly(POP3ANA_ANOMALY_OVERLAP_DIFFERS, from); }
    void on_reset_ignored(Side from) override { anomaly(POP3ANA_ANOMALY_RESET_IGNORED, from); }

    void decrypted(Side from, Bytes bytes) { session().bytes(from, {bytes}, table_.context_); }

    /// Something about the connection rather than its bytes; only worth an event once it has some.
    void anomaly(std::uint32_t kind, Side from) {
        if (!flow_.has_session) return;
        Fact fact{POP3ANA_EVENT_ANOMALY, from};
        fact.anomaly = kind;
        fact.phase = session().phase();
        table_.policy_.on_fact(fact);
    }

private:
    /// Whether the session reads the TCP stream.
    [[nodiscard]] bool is_read() const { return flow_.is_analysed && !flow_.is_decrypted; }

    Pop3Session &session() {
        if (!flow_.has_session) {
            flow_.has_session = true;
            flow_.session = Session{flow_.midstream};
        }
        const unsigned originator = flow_.originator;
        const FlowKey &key = flow_.key;
        table_.policy_.enter({key.address_of(originator), key.address_of(1 - originator),
                              flow_.number, key.port(originator), key.port(1 - originator)},
                             flow_.session.number);
        return flow_.session.pop3;
    }

    FlowTable &table_;
    Flow &flow_;
};

FlowTable::FlowTable(const Config &config, Policy &policy, std::uint64_t hash_seed,
                     pop3ana_counters &counters)
    : config_(config), policy_(policy),
      counters_(counters), shared_{counters, config.values.max_held_bytes, 0, 0, 0},
      pool_(kTextBytesTotal), context_{policy, pool_, exchanges_, scratch_, command_line_, 0},
      flows_(hash_seed) {}

// ---------------------------------------------------------------- segments

bool FlowTable::segment(const Segment &segment, std::uint64_t frame, std::int64_t ts_ns,
                        std::uint64_t &connection) {
    ++counters_.segments;
    counters_.tcp_bytes += segment.payload.size();
    if (segment.payload.size() < segment.payload_bytes) ++counters_.segments_truncated;
    context_.frame = frame;
    ++shared_.capture_order;
    advance_clock(ts_ns);

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

bool FlowTable::decrypted(const Segment &ends, Side from, Bytes bytes, std::uint64_t frame,
                          std::int64_t ts_ns) {
    context_.frame = frame;
    advance_clock(ts_ns);
    if (bytes.empty()) return false;
    const SegmentKey key{ends};
    std::uint32_t index = flows_.find(key.key);
    if (index == kNoIndex) index = open(key.key, key.sender, false);
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
    current_ = kNoIndex;
    return true;
}

// Behind STLS the session goes on; elsewhere it has not begun, or has taken TLS for POP3.
void FlowTable::begin_decrypted(Flow &flow) {
    flow.is_analysed = flow.is_decrypted = true;
    if (!flow.has_session) return;
    if (flow.session.pop3.is_tls()) {
        flow.session.pop3.continue_decrypted(context_);
    } else {
        flow.session.pop3.release(context_);
        flow.has_session = false;
    }
}

FlowTable::Opening FlowTable::opening_of(const Segment &segment) {
    if (!segment.has(kSyn) || segment.has(kRst)) return Opening::kNeither;
    return segment.has(kAck) ? Opening::kSynAck : Opening::kSyn;
}

// The flow that takes the segment; kNoIndex when the segment is kept for later; none when it is
// ignored.
std::optional<std::uint32_t> FlowTable::find_or_open(const Segment &segment, const SegmentKey &key,
                                                     std::uint64_t &connection) {
    std::uint32_t index = flows_.find(key.key);
    if (index != kNoIndex) {
        connection = flows_[index].number;
        const bool closed = flows_[index].list == List::kClosed;
        if (!closed) return find_open(segment, key, index);
        const Side from = sender(index, key);
        if (opening_of(segment) == Opening::kNeither ||
            flows_[index].tcp.began_with(from, segment.sequence_number)) {
            flows_[index].tcp.count_stray(from, segment, counters_);
            return std::nullopt;
        }
        remove(index);
        connection = 0;
    }
    switch (opening_of(segment)) {
    case Opening::kSyn: return open(key.key, key.sender, false);
    case Opening::kSynAck: return open(key.key, 1 - key.sender, false);
    case Opening::kNeither: break;
    }
    if (segment.has(kRst) || config_.values.midstream == 0) {
        counters_.discarded_bytes += segment.payload.size();
        return std::nullopt;
    }
    const bool to_server = config_.ports.test(segment.destination_port);
    return open(key.key, to_server ? key.sender : 1 - key.sender, true);
}

// A SYN with another number on a live connection opens a new one only once the other side answers
// it: anybody can forge the first, not both.
std::uint32_t FlowTable::find_open(const Segment &segment, const SegmentKey &key,
                                   std::uint32_t index) {
    TcpConnection &tcp = flows_[index].tcp;
    const Side from = sender(index, key);
    switch (opening_of(segment)) {
    case Opening::kNeither: return index;
    case Opening::kSyn:
        if (from == Side::kOriginator && tcp.is_own_syn(from, segment.sequence_number))
            return index;
        tcp.remember_syn(from, segment, shared_);
        return kNoIndex;
    case Opening::kSynAck: break;
    }
    const auto syn = tcp.take_confirmed_syn(from, segment, shared_);
    if (!syn) return index;
    close(index);
    remove(index);
    const std::uint32_t opened = open(key.key, 1 - key.sender, false);
    feed(opened, Side::kOriginator, syn->segment);
    return opened;
}

std::uint32_t FlowTable::open(const FlowKey &key, unsigned originator, bool midstream) {
    if (flows_.size() >= config_.values.max_connections || without_data_ >= kConnectionsWithoutData)
        make_room();
    const std::uint32_t index = flows_.insert(key);
    Flow &flow = flows_[index];
    flow.originator = static_cast<std::uint8_t>(originator);
    flow.tcp = TcpConnection{midstream};
    flow.midstream = midstream;
    flow.is_analysed = config_.ports.test(key.port(1 - originator));
    touch(flow);
    list(flow.list).push_back(flows_, index);
    ++without_data_;
    next_expiry_ns_ = std::min(next_expiry_ns_, shared_.clock_ns + kIdleNs);
    flow.number = ++counters_.connections;
    ++counters_.connections_open;
    counters_.connections_midstream += midstream ? 1 : 0;
    return index;
}

void FlowTable::feed(std::uint32_t index, Side from, const Segment &segment) {
    Flow &flow = flows_[index];
    current_ = index;
    touch(flow);
    const bool has_data = flow.list == List::kWithData || segment.payload_bytes != 0;
    move_to(index, has_data ? List::kWithData : List::kWithoutData);
    Stream stream{*this, flow};
    flow.tcp.segment(from, segment, shared_, stream);
    after_work(index);
    current_ = kNoIndex;
}

Side FlowTable::sender(std::uint32_t index, const SegmentKey &key) const {
    return key.sender == flows_[index].originator ? Side::kOriginator : Side::kResponder;
}

// ---------------------------------------------------------------- time

void FlowTable::advance_clock(std::int64_t ts_ns) {
    shared_.clock_ns = std::max(shared_.clock_ns, ts_ns);
    policy_.set_time(context_.frame, shared_.clock_ns);
    expire();
}

void FlowTable::tick(std::int64_t ts_ns) {
    advance_clock(ts_ns);
    policy_.expire(shared_.clock_ns);
    for (std::uint32_t index = waiting_.first(); index != kNoIndex;) {
        const std::uint32_t next = flows_[index].waiting.next;
        current_ = index;
        Stream stream{*this, flows_[index]};
        flows_[index].tcp.give_up_holes(shared_, stream);
        after_work(index);
        current_ = kNoIndex;
        index = next;
    }
}

void FlowTable::touch(Flow &flow) const {
    flow.last_ns = shared_.clock_ns;
    flow.last_frame = context_.frame & kFrameMask;
}

void FlowTable::expire() {
    if (shared_.clock_ns <= next_expiry_ns_) return;
    next_expiry_ns_ = kNever;
    drop_closed();
    give_up_idle();
}

/// Whether the flow's time is over; when it is not, expire() is to come back for it.
bool FlowTable::is_over(const Flow &flow, std::int64_t age_ns) {
    const std::int64_t end_ns = flow.last_ns + age_ns;
    if (shared_.clock_ns > end_ns) return true;
    next_expiry_ns_ = std::min(next_expiry_ns_, end_ns);
    return false;
}

void FlowTable::drop_closed() {
    const auto &closed = list(List::kClosed);
    while (!closed.empty() && is_over(flows_[closed.first()], kLingerNs))
        remove(closed.first());
}

// The longest idle first, whichever list it is in.
void FlowTable::give_up_idle() {
    for (;;) {
        const std::uint32_t index = longest_idle();
        if (index == kNoIndex || !is_over(flows_[index], kIdleNs)) break;
        ++counters_.connections_idle;
        close(index);
        remove(index);
    }
}

std::uint32_t FlowTable::longest_idle() {
    const std::uint32_t without = list(List::kWithoutData).first();
    const std::uint32_t with = list(List::kWithData).first();
    if (without == kNoIndex || with == kNoIndex) return without == kNoIndex ? with : without;
    return flows_[without].last_frame < flows_[with].last_frame ? without : with;
}

// ---------------------------------------------------------------- ends

// The connection may have ended, or begun or ceased to wait.
void FlowTable::after_work(std::uint32_t index) {
    Flow &flow = flows_[index];
    const bool was_waiting = flow.is_waiting;
    const bool is_waiting = flow.tcp.waits_for_time();
    flow.is_waiting = is_waiting;
    if (is_waiting && !was_waiting) waiting_.push_back(flows_, index);
    if (was_waiting && !is_waiting) waiting_.remove(flows_, index);
    if (flow.tcp.ended()) close(index);
}

// The connection is over: its session is done, and its key lingers.
void FlowTable::close(std::uint32_t index) {
    Flow &flow = flows_[index];
    if (flow.list == List::kClosed) return;
    current_ = index;
    Stream stream{*this, flow};
    if (!flow.tcp.ended()) flow.tcp.finish(shared_, stream);
    if (flow.has_session) {
        flow.session.pop3.release(context_);
        flow.has_session = false;
    }
    flow.last_ns = shared_.clock_ns;
    move_to(index, List::kClosed);
    next_expiry_ns_ = std::min(next_expiry_ns_, shared_.clock_ns + kLingerNs);
    --counters_.connections_open;
    current_ = kNoIndex;
}

void FlowTable::remove(std::uint32_t index) {
    Flow &flow = flows_[index];
    flow.tcp.discard(shared_);
    if (flow.has_session) flow.session.pop3.release(context_);
    if (flow.is_waiting) waiting_.remove(flows_, index);
    if (flow.list != List::kClosed) --counters_.connections_open;
    if (flow.list != List::kWithData) --without_data_;
    list(flow.list).remove(flows_, index);
    flows_.erase(index);
}

void FlowTable::make_room() {
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

void FlowTable::abandon_current() noexcept {
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

void FlowTable::move_to(std::uint32_t index, List which) {
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
