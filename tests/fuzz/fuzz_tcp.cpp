// The reassembler against a byte map. The input is a conversation, then the order in which its
// segments were captured: lost, repeated with other bytes, cut, late; and bare acknowledgements.
//
// Laws: see TcpModel. Every byte is the first copy of it, in order and once; what a segment
// acknowledges came before it; every byte is counted.
// SPDX-License-Identifier: GPL-2.0-or-later
#include "fuzz_input.hpp"
#include "tcp_model.hpp"

#include <algorithm>

using namespace pop3ana;
using unit::index_of;
using unit::Sent;

namespace {

void check(const unit::TcpModel &model) {
    fuzz::same("the model", model.broken(), "");
}

} // namespace

int LLVMFuzzerTestOneInput(const std::uint8_t *data, std::size_t size) {
    fuzz::Input input(data, size);
    std::array<std::size_t, 2> lengths{};
    const auto sent = unit::conversation(input, 1 + input.below(12), lengths);
    const unit::FirstNumbers first{static_cast<std::uint32_t>(input.number(4)),
                                   static_cast<std::uint32_t>(input.number(4))};
    unit::TcpModel model{first, std::max(lengths[0], lengths[1])};
    std::array<std::size_t, 2> ends{}; // what was captured so far
    for (int steps = 0; !input.empty() && steps < 300; ++steps) {
        Sent segment = sent[input.below(sent.size())];
        const auto code = input.byte();
        std::size_t &end = ends[index_of(segment.from)];
        if ((code & 1) != 0) { // a retransmission may begin earlier, where the ACK is the same
            segment.begin -= input.below(segment.begin - segment.turn + 1);
            segment.captured = segment.end - segment.begin;
            segment.other = input.byte();
        }
        if ((code & 2) != 0) segment.captured = input.below(segment.end - segment.begin + 1);
        if ((code & 4) != 0) segment.wait_ns = static_cast<std::int64_t>(input.byte()) * 10'000'000;
        model.play(segment);
        end = std::max(end, segment.end);
        if ((code & 8) != 0) {
            const Side peer = other(segment.from);
            model.acknowledge(peer, ends[index_of(peer)], end);
        }
        check(model);
    }
    model.finish();
    check(model);
    return 0;
}
