// SPDX-License-Identifier: GPL-2.0-or-later
#include "tcp_model.hpp"

#include "base/limits.hpp"
#include "support.hpp"

#include <algorithm>

namespace unit {

using namespace pop3ana;

namespace {

constexpr Side kBoth[] = {Side::kClient, Side::kServer};

} // namespace

TcpModel::TcpModel(const FirstNumbers &first, std::size_t length)
    : shared_{counters_}, first_(first) {
    for (auto &cells : cells_)
        cells.resize(length);
    for (const Side side : kBoth) { // SYN, SYN-ACK.
        Segment syn = segment_of(
            side, 0, 0, static_cast<std::uint8_t>(index_of(side) == 0 ? kSyn : kSyn | kAck));
        --syn.sequence_number;
        feed(side, syn);
    }
}

void TcpModel::play(const Sent &sent) {
    std::vector<std::uint8_t> bytes;
    for (std::size_t at = sent.begin; at < sent.end; ++at)
        bytes.push_back(static_cast<std::uint8_t>(at * 7 + index_of(sent.from) + sent.other));
    const FlushCopy flush{Bytes{bytes}.first(sent.captured)};
    Segment segment = segment_of(sent.from, sent.begin, sent.acknowledged, kAck);
    segment.payload = flush.bytes();
    segment.payload_bytes = static_cast<std::uint32_t>(bytes.size());
    for (std::size_t at = std::max(sent.begin, next_[index_of(sent.from)]); at < sent.end; ++at) {
        Cell &cell = cells_[index_of(sent.from)][at];
        if (cell.byte != kEmpty) continue;
        const std::size_t offset = at - sent.begin;
        cell = {offset < sent.captured ? int{bytes[offset]} : kCut, sent.acknowledged};
    }
    shared_.clock_ns += sent.wait_ns;
    feed(sent.from, segment);
}

void TcpModel::acknowledge(Side from, std::size_t own, std::size_t others) {
    feed(from, segment_of(from, own, others, kAck));
}

void TcpModel::finish() {
    tcp_.finish(shared_, *this);
    for (const Side side : kBoth) {
        const auto &cells = cells_[index_of(side)];
        for (std::size_t at = next_[index_of(side)]; at < cells.size(); ++at)
            law("all that was captured was handed on", cells[at].byte < 0);
    }
    check_counters();
}

void TcpModel::on_bytes(Side from, const Delivery &delivery) {
    law("no empty delivery", !delivery.bytes.empty());
    for (const std::uint8_t byte : delivery.bytes) {
        std::size_t &next = next_[index_of(from)];
        law("only what was sent", next < cells_[index_of(from)].size());
        if (!broken_.empty()) return;
        const Cell &cell = cells_[index_of(from)][next];
        law("the first copy", cell.byte == byte);
        law("what it acknowledges came before",
            next_[index_of(pop3ana::other(from))] >= cell.acknowledged);
        ++next;
        ++delivered_;
    }
}

void TcpModel::on_gap(Side from, std::uint64_t gap_bytes, bool) {
    law("a gap has a length", gap_bytes != 0);
    for (std::uint64_t i = 0; i < gap_bytes; ++i) {
        std::size_t &next = next_[index_of(from)];
        if (next >= cells_[index_of(from)].size()) break;
        law("no captured byte is given up", cells_[index_of(from)][next].byte < 0);
        ++next;
    }
}

Segment TcpModel::segment_of(Side from, std::size_t position, std::size_t acknowledged,
                             std::uint8_t flags) const {
    Segment segment{};
    segment.sequence_number = first_[index_of(from)] + static_cast<std::uint32_t>(position);
    segment.acknowledgement =
        first_[index_of(pop3ana::other(from))] + static_cast<std::uint32_t>(acknowledged);
    segment.flags = flags;
    return segment;
}

void TcpModel::feed(Side from, const Segment &segment) {
    ++shared_.capture_order;
    counters_.tcp_bytes += segment.payload.size();
    tcp_.segment(from, segment, shared_, *this);
    check_counters();
}

void TcpModel::check_counters() {
    std::uint64_t held = 0;
    for (const Side side : kBoth)
        for (std::size_t at = next_[index_of(side)]; at < cells_[index_of(side)].size(); ++at)
            held += cells_[index_of(side)][at].byte >= 0 ? 1U : 0U;
    law("held", counters_.held_bytes == held);
    law("delivered", counters_.delivered_bytes == delivered_);
    law("discarded", counters_.discarded_bytes == 0);
    law("duplicates", counters_.duplicate_bytes == counters_.tcp_bytes - held - delivered_);
}

void TcpModel::law(const char *what, bool holds) {
    if (!holds && broken_.empty()) broken_ = what;
}

} // namespace unit
