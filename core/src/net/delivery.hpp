// Bytes of one direction in order, as the TCP stage hands them on.
// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include "base/bytes.hpp"
#include "net/tcp_seq.hpp"

namespace pop3ana {

/// Bytes of one direction, and what the segment that brought them says of the other direction.
struct Delivery {
    Bytes bytes; ///< borrowed for the call; not empty
    /// Of the first one in its direction.
    StreamPosition position = 0;
    /// Where the bytes of the other side end that the sender had received; kNoPosition: nobody
    /// knows.
    StreamPosition acknowledged = kNoPosition;
    /// The sender had received all that was handed on of the other side, or nobody knows.
    bool covers_all = true;
};

} // namespace pop3ana
