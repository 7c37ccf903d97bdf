// The ports of a connection may be used again while it is still open here: its end was not
// captured.
//
// Invariant: a SYN alone opens nothing, since anybody can forge one. It is a candidate until the
// other side answers it with its number; nobody off the path can forge both.
// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include "base/side.hpp"
#include "net/segment.hpp"
#include "net/tcp_stream.hpp"

#include <vector>

namespace pop3ana {

/// Whether a SYN or SYN-ACK is a copy of one that belongs to the connection of these streams,
/// captured or not.
bool is_syn_copy(const PerSide<TcpStream> &streams, Side from, const Segment &segment);

/// What is kept of a SYN with another number than that of the connection.
class CandidateSyn {
    std::vector<std::uint8_t> payload_; ///< kSynDataBytes of it at most
    std::uint32_t payload_bytes_;       ///< that were sent
    std::uint32_t sequence_number_;
    std::uint8_t flags_;
    Side from_;

public:
    CandidateSyn(Side from, const Segment &syn);

    /// Whether a SYN-ACK answers it.
    [[nodiscard]] bool is_confirmed_by(Side from, const Segment &syn_ack) const {
        return from != from_ && syn_ack.acknowledgement == sequence_number_ + 1;
    }

    /// The SYN as it came, but for addresses and ports; its payload is owned by this.
    [[nodiscard]] Segment segment() const;

    /// Bytes kept of its payload.
    [[nodiscard]] std::size_t kept_bytes() const { return payload_.size(); }

    /// Memory that it takes.
    [[nodiscard]] std::uint64_t cost() const;
};

} // namespace pop3ana
