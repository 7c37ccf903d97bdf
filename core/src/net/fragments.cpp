// SPDX-License-Identifier: GPL-2.0-or-later
#include "net/fragments.hpp"

#include "base/hash.hpp"
#include "base/limits.hpp"

#include <algorithm>
#include <limits>

namespace pop3ana {

std::size_t Fragments::KeyHash::operator()(const DatagramKey &key) const noexcept {
    return seeded_hash(key, seed);
}

Fragments::Fragments(std::uint64_t max_bytes, std::uint64_t seed, pop3ana_counters &counters)
    : by_key_(0, KeyHash{seed}), max_bytes_(max_bytes),
      latest_ns_(std::numeric_limits<std::int64_t>::min()), counters_(counters) {}

std::optional<Bytes> Fragments::add(const DatagramKey &key, std::uint32_t offset, bool more,
                                    Bytes bytes, std::int64_t now_ns) {
    expire(now_ns);
    auto found = by_key_.find(key);
    if (found == by_key_.end()) {
        std::list<Datagram> fresh; // in both or in none, should memory run out
        fresh.push_back({key, latest_ns_, 0, 0, 0, {}});
        found = by_key_.emplace(key, fresh.begin()).first;
        datagrams_.splice(datagrams_.end(), fresh);
    }
    Datagram &datagram = *found->second;
    ++datagram.fragments;

    if (!more && datagram.length == 0) {
        datagram.length = offset + bytes.size();
        datagram.buffer.cut(datagram.length);
    }
    if (datagram.length != 0 && offset + bytes.size() > datagram.length)
        bytes = bytes.first(offset < datagram.length ? datagram.length - offset : 0);
    datagram.buffer.insert(offset, bytes, {});
    const std::uint64_t cost = kRangeOverheadBytes + datagram.buffer.cost();
    cost_ += cost - datagram.counted_cost;
    datagram.counted_cost = cost;

    if (datagram.length != 0 && datagram.buffer.bytes() == datagram.length) {
        const Bytes whole = join(datagram);
        forget(found->second);
        return whole;
    }
    while (cost_ > max_bytes_)
        drop_oldest();
    return std::nullopt;
}

Bytes Fragments::join(Datagram &datagram) {
    joined_.clear();
    for (const auto &[begin, range] : datagram.buffer.ranges())
        joined_.insert(joined_.end(), range.bytes.begin(), range.bytes.end());
    return joined_;
}

void Fragments::expire(std::int64_t now_ns) {
    latest_ns_ = std::max(latest_ns_, now_ns);
    while (!datagrams_.empty() && latest_ns_ - datagrams_.front().begun_ns > kFragmentTimeoutNs)
        drop_oldest();
}

void Fragments::drop_oldest() {
    counters_.fragments_dropped += datagrams_.front().fragments;
    forget(datagrams_.begin());
}

void Fragments::forget(Iterator datagram) {
    cost_ -= datagram->counted_cost;
    by_key_.erase(datagram->key);
    datagrams_.erase(datagram);
}

} // namespace pop3ana
