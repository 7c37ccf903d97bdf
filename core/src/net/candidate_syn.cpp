// SPDX-License-Identifier: GPL-2.0-or-later
#include "net/candidate_syn.hpp"

#include "base/limits.hpp"

#include <algorithm>

namespace pop3ana {

bool is_syn_copy(const PerSide<TcpStream> &streams, Side from, const Segment &segment) {
    const bool is_syn_ack = segment.has(kAck);
    if (is_syn_ack && from == Side::kServer &&
        streams[Side::kClient].is_syn_acked_by(segment.acknowledgement))
        return true;
    return is_syn_ack == (from == Side::kServer) && streams[from].is_syn(segment.sequence_number);
}

CandidateSyn::CandidateSyn(Side from, const Segment &syn)
    : payload_bytes_(syn.payload_bytes), sequence_number_(syn.sequence_number), flags_(syn.flags),
      from_(from) {
    const Bytes kept = syn.payload.first(std::min(syn.payload.size(), kSynDataBytes));
    payload_.assign(kept.begin(), kept.end());
}

Segment CandidateSyn::segment() const {
    Segment result{};
    result.payload = payload_;
    result.payload_bytes = payload_bytes_;
    result.sequence_number = sequence_number_;
    result.flags = flags_;
    return result;
}

std::uint64_t CandidateSyn::cost() const {
    return sizeof(CandidateSyn) + payload_.capacity() + 2 * kAllocationBytes;
}

} // namespace pop3ana
