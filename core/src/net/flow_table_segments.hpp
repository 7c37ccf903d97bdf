// How FlowTable finds, opens and feeds the flow of a segment.
// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include "base/limits.hpp"
#include "net/flow_table.hpp"

#include <algorithm>

namespace pop3ana {

template <Application App>
bool FlowTable<App>::segment(const Segment &segment, bool is_listed, std::uint64_t frame,
                             std::int64_t ts_ns, std::uint64_t &connection) {
    const SegmentKey key{segment};
    bool is_undecided = false;
    if (!is_listed) {
        const Interest interest = interest_in(segment, key, frame, ts_ns);
        if (interest == Interest::kNone) return false;
        is_undecided = interest == Interest::kUndecided;
    }
    counters_.tcp_bytes += segment.payload.size();
    ++shared_.capture_order;
    if (is_undecided) {
        app_.set_time(frame, ts_ns, clock_.now_ns()); // The clock stays.
    } else {
        ++counters_.segments;
        counters_.segments_truncated += segment.payload.size() < segment.payload_bytes ? 1U : 0U;
        begin_frame(frame, ts_ns);
    }

    const std::optional<std::uint32_t> index = find_or_open(segment, key, connection);
    if (!index) {
        ++counters_.segments_ignored;
        return false;
    }
    if (*index == kNoIndex) return true;
    connection = flows_[*index].number;
    feed(*index, sender(*index, key), segment);
    if (!is_undecided || flows_[*index].list != FlowList::kRejected) return true;
    connection = 0;
    return false;
}

// In a segment neither from nor to a port that is listed. Most belong to nothing, and cost a look
// into the table.
template <Application App>
typename FlowTable<App>::Interest
FlowTable<App>::interest_in(const Segment &segment, const SegmentKey &key, std::uint64_t frame,
                            std::int64_t ts_ns) {
    if (!clock_.is_set()) begin_frame(frame, ts_ns); // The first segment of all sets it.
    const Opening opening = opening_of(segment);
    const std::uint32_t index = flows_.find(key.key);
    if (index == kNoIndex)
        return opening == Opening::kNeither ? Interest::kNone : Interest::kUndecided;
    if (flows_[index].list == FlowList::kUndecided) return Interest::kUndecided;
    if (flows_[index].list != FlowList::kRejected) return Interest::kKnown;
    if (opening != Opening::kSyn || flows_[index].tcp.is_copy(sender(index, key), segment))
        return Interest::kNone;
    remove(index);
    return Interest::kUndecided;
}

template <Application App>
bool FlowTable<App>::decrypted(const Segment &ends, Side from, Bytes bytes, std::uint64_t frame,
                               std::int64_t ts_ns) {
    begin_frame(frame, ts_ns);
    if (bytes.empty()) return false;
    const SegmentKey key{ends};
    std::uint32_t index = flows_.find(key.key);
    if (index != kNoIndex && flows_[index].list == FlowList::kRejected) { // TLS, mostly.
        remove(index);
        index = kNoIndex;
    }
    if (index == kNoIndex) index = open(key.key, key.sender, Start::kSyn);
    Entry &flow = flows_[index];
    if (flow.list == FlowList::kClosed) {
        counters_.decrypted_discarded_bytes += bytes.size();
        return false;
    }
    counters_.decrypted_bytes += bytes.size();
    flow_in_progress_ = index;
    mark_active(flow);
    app_.packet(flow.number, /*is_client_syn=*/false);
    if (!flow.is_decrypted) begin_decrypted(flow);
    if (flow.list == FlowList::kUndecided) leave_undecided(index);
    lists_.move_to(index, FlowList::kWithData);
    sink(flow).decrypted(from, bytes);
    update_lists(index, flow);
    flow_in_progress_ = kNoIndex;
    share_memory();
    return true;
}

template <Application App> void FlowTable<App>::begin_decrypted(Entry &flow) {
    if (flow.is_undecided) sink(flow).reject();
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
        const bool closed = flows_[index].list == FlowList::kClosed;
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
    if (segment.has(kRst) || !options_.midstream || !is_listed(key.key)) {
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
        flow_in_progress_ = index;
        tcp.save_candidate_syn(from, segment, shared_);
        update_lists(index, flows_[index]);
        flow_in_progress_ = kNoIndex;
        share_memory();
        return kNoIndex;
    case Opening::kSynAck: break;
    }
    const auto syn = tcp.confirm_syn(from, segment, shared_);
    if (!syn) return index;
    close(index, ConnectionEnd::kReplaced);
    remove(index);
    const std::uint32_t opened = open(key.key, 1 - key.sender, Start::kSyn);
    feed(opened, Side::kClient, syn->segment());
    return opened;
}

template <Application App>
std::uint32_t FlowTable<App>::open(const FlowKey &key, unsigned client, Start start) {
    const bool is_analysed = options_.ports.test(key.port(1 - client));
    const bool is_undecided = !is_analysed && options_.any_port;
    if (is_undecided) {
        if (lists_.size(FlowList::kUndecided) >=
            std::min<std::size_t>(kUndecidedConnections, options_.max_connections))
            give_up_undecided(lists_.first(FlowList::kUndecided));
    } else if (is_full()) {
        evict();
    }
    const std::uint32_t index = flows_.insert(key);
    Entry &flow = flows_[index];
    flow.client = client & 1;
    flow.tcp = TcpConnection{start};
    flow.midstream = start == Start::kMidstream;
    flow.is_analysed = is_analysed;
    flow.is_undecided = is_undecided;
    if (is_undecided) flow.list = FlowList::kUndecided;
    mark_active(flow);
    lists_.add(index);
    next_expiry_ns_ = std::min(next_expiry_ns_, shared_.clock_ns + kIdleNs);
    flow.number = ++last_number_;
    counters_.connections += is_undecided ? 0 : 1;
    count_open(flow, 1);
    counters_.connections_midstream += flow.midstream ? 1 : 0;
    app_.open(flow.number);
    return index;
}

template <Application App>
void FlowTable<App>::feed(std::uint32_t index, Side from, const Segment &segment) {
    Entry &flow = flows_[index];
    flow_in_progress_ = index;
    mark_active(flow);
    // One packet can be forged: a SYN-ACK without its client is not yet a connection with data.
    const bool is_first_data = flow.list == FlowList::kWithoutData && segment.payload_bytes != 0 &&
                               !(flow.tcp.waits_for_client() && from == Side::kServer);
    if (is_first_data)
        lists_.move_to(index, FlowList::kWithData);
    else
        lists_.refresh(index);
    if (!flow.saw_client || !flow.saw_server)
        count_direction(flow, from, segment.payload_bytes != 0);
    app_.packet(flow.number, from == Side::kClient && opening_of(segment) == Opening::kSyn);
    Sink stream = sink(flow);
    flow.tcp.segment(from, segment, shared_, stream);
    update_lists(index, flow);
    flow_in_progress_ = kNoIndex;
    if (is_memory_short()) share_memory();
}

// Counts connections with data of which one direction was captured.
template <Application App>
void FlowTable<App>::count_direction(Entry &flow, Side from, bool has_data) {
    if (from == Side::kClient)
        flow.saw_client = true;
    else
        flow.saw_server = true;
    if (flow.saw_client && flow.saw_server) {
        counters_.connections_one_sided -= flow.is_one_sided ? 1 : 0;
        flow.is_one_sided = false;
    } else if (has_data && flow.is_analysed && !flow.is_one_sided) {
        ++counters_.connections_one_sided;
        flow.is_one_sided = true;
    }
}

template <Application App>
Side FlowTable<App>::sender(std::uint32_t index, const SegmentKey &key) const {
    return key.sender == flows_[index].client ? Side::kClient : Side::kServer;
}

} // namespace pop3ana
