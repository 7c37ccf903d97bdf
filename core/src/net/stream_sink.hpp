// What a TCP connection hands on, and what the connections of an engine share.
// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include "base/side.hpp"
#include "net/delivery.hpp"
#include "pop3ana/pop3ana.h"

namespace pop3ana {

/// Takes both directions of a connection. Virtual, so that each stage compiles and is tested alone;
/// one indirect call a segment is within the noise of the benchmark.
class StreamSink {
public:
    /// Bytes in order.
    virtual void on_bytes(Side from, const Delivery &delivery) = 0;
    /// A gap; 0: nobody knows of how many bytes. `is_wide`: so many, with those of the gaps right
    /// before this one, that what follows may belong to another connection.
    virtual void on_gap(Side from, std::uint64_t gap_bytes, bool is_wide) = 0;
    /// The last gap of `from` is concurrent to what was just handed on of the other side: that was
    /// sent before the gap's end.
    virtual void on_gap_is_concurrent(Side from) = 0;
    /// The side has closed its direction, and all it sent before was handed on.
    virtual void on_end(Side from) = 0;
    /// A second copy of buffered bytes differs from the first.
    virtual void on_overlap_differs(Side from) = 0;
    /// An RST outside of the window was ignored.
    virtual void on_reset_ignored(Side from) = 0;

protected:
    ~StreamSink() = default;
};

/// What all connections of an engine share.
struct TcpShared {
    pop3ana_counters &counters;
    std::uint64_t buffered_cost = 0; ///< OutOfOrder::counted_cost() of all connections
    std::uint64_t capture_order = 0; ///< counts segments
    std::int64_t clock_ns = 0;       ///< see PacketClock
};

} // namespace pop3ana
