// The reassembler against a plain byte map: for each position the first copy that was captured.
// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include "net/tcp_connection.hpp"

#include <array>
#include <string>
#include <vector>

namespace unit {

/// A segment of a conversation. Its acknowledgement is that of a real one: it covers what was sent
/// before the side's turn began.
struct Sent {
    pop3ana::Side from{};
    std::size_t begin = 0, end = 0; ///< positions of its bytes
    std::size_t turn = 0;           ///< position where the side's turn began
    std::size_t acknowledged = 0;
    std::size_t captured = 0; ///< bytes of it; less than end - begin: cut
    std::uint8_t other = 0;   ///< not 0: this copy says something else
    std::int64_t wait_ns = 0; ///< since the segment before
};

/// Sequence numbers of the first byte of client and server.
using FirstNumbers = std::array<std::uint32_t, 2>;

/// Plays segments at a connection, and checks all that comes out against the map.
class TcpModel final : public pop3ana::StreamSink {
public:
    /// `length`: of the longer direction.
    TcpModel(const FirstNumbers &first, std::size_t length);

    void play(const Sent &sent);
    /// A segment without bytes.
    void acknowledge(pop3ana::Side from, std::size_t own, std::size_t others);
    /// The connection ends.
    void finish();

    /// Empty, or the first law that was broken.
    [[nodiscard]] const std::string &broken() const { return broken_; }

    void on_bytes(pop3ana::Side from, const pop3ana::Delivery &delivery) override;
    void on_gap(pop3ana::Side from, std::uint64_t gap_bytes, bool is_wide) override;
    void on_gap_is_concurrent(pop3ana::Side) override {}
    void on_end(pop3ana::Side) override { law("no FIN was sent", false); }
    void on_overlap_differs(pop3ana::Side) override {}
    void on_reset_ignored(pop3ana::Side) override { law("no RST was sent", false); }

private:
    struct Cell {
        int byte = kEmpty;
        std::size_t acknowledged = 0; ///< by the segment that brought it
    };
    static constexpr int kEmpty = -1, kCut = -2;

    [[nodiscard]] pop3ana::Segment segment_of(pop3ana::Side from, std::size_t position,
                                              std::size_t acknowledged, std::uint8_t flags) const;
    void feed(pop3ana::Side from, const pop3ana::Segment &segment);
    void check_counters();
    void law(const char *what, bool holds);

    pop3ana_counters counters_{};
    pop3ana::TcpShared shared_;
    pop3ana::TcpConnection tcp_{pop3ana::Start::kSyn};
    FirstNumbers first_;
    std::array<std::vector<Cell>, 2> cells_;
    std::array<std::size_t, 2> next_{};
    std::uint64_t delivered_ = 0;
    std::string broken_;
};

constexpr std::size_t index_of(pop3ana::Side side) {
    return static_cast<std::size_t>(side);
}

/// A conversation of so many turns, each of up to four segments. `lengths` are the bytes that each
/// end has sent. `Choice` has below(), as random numbers and a fuzzer's input do.
template <class Choice>
std::vector<Sent> conversation(Choice &choice, std::size_t turns,
                               std::array<std::size_t, 2> &lengths) {
    std::vector<Sent> result;
    for (auto from = pop3ana::Side::kServer; turns > 0; --turns, from = other(from)) {
        const std::size_t acknowledged = lengths[index_of(other(from))];
        const std::size_t turn = lengths[index_of(from)];
        for (std::size_t segments = 1 + choice.below(4); segments > 0; --segments) {
            const std::size_t begin = lengths[index_of(from)];
            const std::size_t end = begin + 1 + choice.below(12);
            lengths[index_of(from)] = end;
            result.push_back({from, begin, end, turn, acknowledged, end - begin, 0, 0});
        }
    }
    return result;
}

} // namespace unit
