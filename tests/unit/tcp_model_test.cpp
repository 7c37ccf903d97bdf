// The reassembler against a plain byte map: for each position the first copy that was captured.
// SPDX-License-Identifier: GPL-2.0-or-later
#include "limits.hpp"
#include "support.hpp"
#include "tcp_connection.hpp"

#include <algorithm>
#include <array>

using namespace pop3ana;

namespace {

constexpr int kEmpty = -1, kCut = -2;
constexpr Side kBoth[] = {Side::kOriginator, Side::kResponder};

std::size_t index_of(Side side) {
    return static_cast<std::size_t>(side);
}

/// What was sent, in the order of sending; acknowledgements are those of a real conversation.
struct Sent {
    Side from{};
    std::size_t begin = 0, end = 0;
    std::size_t turn = 0; ///< position where the side's turn began
    std::size_t acknowledged = 0;
    std::size_t captured = 0; ///< bytes of it; less than end - begin: cut
    bool other_bytes = false; ///< this copy says something else
};

struct Cell {
    int byte = kEmpty;
    std::size_t acknowledged = 0; ///< by the segment that brought it
};

/// Plays segments at a connection, and checks all that comes out against the map.
class Model final : public StreamSink {
public:
    Model(unit::Random &random, std::size_t length)
        : shared_{counters_, kEarlyBytesTotal, 0, 0, 0},
          tcp_(false), first_{random.number(), random.number()} {
        if (random.chance(0.5))
            first_[0] = 0xffffffff - static_cast<std::uint32_t>(random.below(40));
        for (auto &cells : cells_)
            cells.resize(length);
        for (const Side side : kBoth) { // SYN, SYN-ACK.
            Segment syn = segment_of(
                side, 0, 0, static_cast<std::uint8_t>(index_of(side) == 0 ? kSyn : kSyn | kAck));
            --syn.sequence_number;
            feed(side, syn);
        }
    }

    void play(const Sent &sent, unit::Random &random) {
        std::vector<std::uint8_t> bytes;
        for (std::size_t at = sent.begin; at < sent.end; ++at)
            bytes.push_back(static_cast<std::uint8_t>(
                sent.other_bytes ? random.number() : at * 7 + index_of(sent.from)));
        const unit::FlushCopy flush{Bytes{bytes}.first(sent.captured)};
        Segment segment = segment_of(sent.from, sent.begin, sent.acknowledged, kAck);
        segment.payload = flush.bytes();
        segment.payload_bytes = static_cast<std::uint32_t>(bytes.size());
        for (std::size_t at = std::max(sent.begin, next_[index_of(sent.from)]); at < sent.end;
             ++at) {
            Cell &cell = cells_[index_of(sent.from)][at];
            if (cell.byte != kEmpty) continue;
            const std::size_t offset = at - sent.begin;
            cell = {offset < sent.captured ? int{bytes[offset]} : kCut, sent.acknowledged};
        }
        shared_.clock_ns += static_cast<std::int64_t>(random.below(200'000'000));
        feed(sent.from, segment);
    }

    void acknowledge(Side from, std::size_t own, std::size_t others) {
        feed(from, segment_of(from, own, others, kAck));
    }

    void finish() {
        tcp_.finish(shared_, *this);
        for (const Side side : kBoth) {
            const auto &cells = cells_[index_of(side)];
            for (std::size_t at = next_[index_of(side)]; at < cells.size(); ++at)
                fine =
                    unit::holds("all that was captured was handed on", cells[at].byte < 0) && fine;
        }
        check_counters();
    }

    void on_bytes(Side from, Bytes bytes) override {
        fine = unit::holds("no empty delivery", !bytes.empty()) && fine;
        for (const std::uint8_t byte : bytes) {
            std::size_t &next = next_[index_of(from)];
            const Cell &cell = cells_[index_of(from)][next];
            fine = unit::holds("the first copy", cell.byte == byte) && fine;
            fine = unit::holds("what it acknowledges came before",
                               next_[index_of(other(from))] >= cell.acknowledged) &&
                   fine;
            ++next;
            ++delivered_;
        }
    }
    void on_gap(Side from, std::uint64_t missing_bytes) override {
        fine = unit::holds("a gap has a length", missing_bytes != 0) && fine;
        for (std::uint64_t i = 0; i < missing_bytes; ++i) {
            std::size_t &next = next_[index_of(from)];
            if (next >= cells_[index_of(from)].size()) break;
            fine = unit::holds("no captured byte is given up",
                               cells_[index_of(from)][next].byte < 0) &&
                   fine;
            ++next;
        }
    }
    void on_gap_goes_on(Side) override {}
    void on_end(Side) override { fine = unit::holds("no FIN was sent", false); }
    void on_overlap_differs(Side) override {}
    void on_reset_ignored(Side) override { fine = unit::holds("no RST was sent", false); }

    bool fine = true;

private:
    [[nodiscard]] Segment segment_of(Side from, std::size_t position, std::size_t acknowledged,
                                     std::uint8_t flags) const {
        Segment segment{};
        segment.sequence_number = first_[index_of(from)] + static_cast<std::uint32_t>(position);
        segment.acknowledgement =
            first_[index_of(other(from))] + static_cast<std::uint32_t>(acknowledged);
        segment.flags = flags;
        return segment;
    }

    void feed(Side from, const Segment &segment) {
        ++shared_.capture_order;
        counters_.tcp_bytes += segment.payload.size();
        tcp_.segment(from, segment, shared_, *this);
        check_counters();
    }

    void check_counters() {
        std::uint64_t held = 0;
        for (const Side side : kBoth)
            for (std::size_t at = next_[index_of(side)]; at < cells_[index_of(side)].size(); ++at)
                held += cells_[index_of(side)][at].byte >= 0 ? 1U : 0U;
        fine = unit::same("held", counters_.held_bytes, held) && fine;
        fine = unit::same("delivered", counters_.delivered_bytes, delivered_) && fine;
        fine = unit::same("discarded", counters_.discarded_bytes, 0) && fine;
        fine = unit::same("duplicates", counters_.duplicate_bytes,
                          counters_.tcp_bytes - held - delivered_) &&
               fine;
    }

    pop3ana_counters counters_{};
    TcpShared shared_;
    TcpConnection tcp_;
    std::array<std::uint32_t, 2> first_;
    std::array<std::vector<Cell>, 2> cells_;
    std::array<std::size_t, 2> next_{};
    std::uint64_t delivered_ = 0;
};

std::vector<Sent> conversation(unit::Random &random, std::array<std::size_t, 2> &lengths) {
    std::vector<Sent> result;
    Side from = Side::kResponder;
    for (std::size_t turns = 4 + random.below(20); turns > 0; --turns, from = other(from)) {
        const std::size_t acknowledged = lengths[index_of(other(from))];
        const std::size_t turn = lengths[index_of(from)];
        for (std::size_t segments = 1 + random.below(4); segments > 0; --segments) {
            const std::size_t begin = lengths[index_of(from)];
            const std::size_t end = begin + 1 + random.below(12);
            lengths[index_of(from)] = end;
            result.push_back({from, begin, end, turn, acknowledged, end - begin, false});
        }
    }
    return result;
}

// Loss, retransmissions that overlap, cut segments, and neighbours that change places.
std::vector<Sent> captured(const std::vector<Sent> &sent, unit::Random &random) {
    const double loss = random.pick(std::vector{0.0, 0.05, 0.3});
    const double cut = random.pick(std::vector{0.0, 0.2});
    std::vector<Sent> result;
    for (const Sent &segment : sent) {
        if (!random.chance(loss)) result.push_back(segment);
        if (random.chance(0.3)) { // A retransmission may begin earlier, where the ACK is the same.
            Sent again = segment;
            again.begin -= random.below(again.begin - again.turn + 1);
            again.captured = again.end - again.begin;
            again.other_bytes = random.chance(0.3);
            result.push_back(again);
        }
    }
    for (Sent &segment : result)
        if (random.chance(cut)) segment.captured = random.below(segment.end - segment.begin + 1);
    const std::size_t reach = random.pick(std::vector<std::size_t>{1, 3, 9});
    for (std::size_t i = 0; i + 1 < result.size(); ++i)
        std::swap(result[i], result[std::min(result.size() - 1, i + random.below(reach))]);
    return result;
}

bool random_conversation_agrees(unit::Random &random) {
    std::array<std::size_t, 2> lengths{};
    const auto sent = conversation(random, lengths);
    const auto seen = captured(sent, random);
    Model model{random, std::max(lengths[0], lengths[1])};
    std::array<std::size_t, 2> ends{};
    for (const Sent &segment : seen) {
        model.play(segment, random);
        std::size_t &end = ends[index_of(segment.from)];
        end = std::max(end, segment.end);
        if (random.chance(0.4)) {
            const Side peer = other(segment.from);
            model.acknowledge(peer, ends[index_of(peer)], end);
        }
        if (!model.fine) return false;
    }
    model.finish();
    return model.fine;
}

bool every_byte_is_the_first_copy_in_order_and_once() {
    return unit::holds_for_rounds("unit.tcp_model", 1'500, random_conversation_agrees);
}

} // namespace

int main() {
    return unit::run("unit.tcp_model", {UNIT_TEST(every_byte_is_the_first_copy_in_order_and_once)});
}
