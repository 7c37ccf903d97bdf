// Puts IPv4 and IPv6 fragments together (RFC 791 s.3.2, RFC 8200 s.4.5): any order, duplicates,
// overlaps (the first copy of a byte stays), bounded memory.
// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include "net/reassembly_buffer.hpp"
#include "pop3ana/pop3ana.h"

#include <array>
#include <list>
#include <optional>
#include <unordered_map>

namespace pop3ana {

/// Which datagram a fragment belongs to: addresses, identification and, for IPv4, protocol.
struct DatagramKey {
    std::array<std::uint8_t, 32> addresses{};
    std::uint32_t identification = 0;
    std::uint32_t protocol_and_family = 0;

    friend bool operator==(const DatagramKey &, const DatagramKey &) = default;
};

class Fragments {
public:
    /// `max_bytes` bounds what is buffered, counting kRangeOverheadBytes for each range and each
    /// datagram; the oldest datagram gives way. Dropped fragments are counted in `counters`, which
    /// must outlive this.
    Fragments(std::uint64_t max_bytes, std::uint64_t seed, pop3ana_counters &counters);

    /// Adds the bytes of one fragment, which start at `offset` of their datagram; `more` is the
    /// header's flag, set unless `offset` is not 0. Returns the whole datagram once it is complete,
    /// valid until the next call.
    std::optional<Bytes> add(const DatagramKey &key, std::uint32_t offset, bool more, Bytes bytes,
                             std::int64_t now_ns);

    /// Drops datagrams that began more than kFragmentTimeoutNs before `now_ns`.
    void expire(std::int64_t now_ns);

private:
    struct Datagram {
        DatagramKey key;
        std::int64_t begun_ns = 0;
        std::uint64_t fragments = 0;
        std::uint64_t length = 0;       ///< 0: the last fragment has not come
        std::uint64_t counted_cost = 0; ///< of it in cost_
        ReassemblyBuffer buffer;
    };
    struct KeyHash {
        std::uint64_t seed;
        std::size_t operator()(const DatagramKey &key) const noexcept;
    };

    using Iterator = std::list<Datagram>::iterator;

    Bytes join(Datagram &datagram);
    void drop_oldest();
    void forget(Iterator datagram);

    std::list<Datagram> datagrams_; ///< oldest first
    std::unordered_map<DatagramKey, Iterator, KeyHash> by_key_;
    std::vector<std::uint8_t> joined_;
    std::uint64_t max_bytes_;
    std::uint64_t cost_ = 0;
    std::int64_t latest_ns_;
    pop3ana_counters &counters_;
};

} // namespace pop3ana
