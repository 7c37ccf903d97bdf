// SPDX-License-Identifier: GPL-2.0-or-later
#include "net/reassembly_buffer.hpp"

#include "base/limits.hpp"
#include "net/tcp_seq.hpp"

#include <algorithm>
#include <cstring>
#include <iterator>
#include <utility>

namespace pop3ana {

// Calls fill(begin, end, hint) for each part of the range that is not buffered, and
// overlap(begin, end, range) for each that is.
template <class Fill, class Overlap>
void ReassemblyBuffer::for_each_part(std::uint64_t begin, std::uint64_t end, Fill fill,
                                     Overlap overlap) {
    auto next = ranges_.upper_bound(begin);
    if (next != ranges_.begin() && std::prev(next)->second.end > begin) --next;
    while (begin < end) {
        if (next == ranges_.end() || next->first >= end) {
            fill(begin, end, next);
            return;
        }
        if (next->first > begin) fill(begin, next->first, next);
        const std::uint64_t from = std::max(begin, next->first);
        const auto range = next++;
        const std::uint64_t range_end = range->second.end;
        overlap(from, std::min(end, range_end), range);
        begin = range_end;
    }
}

ReassemblyBuffer::Inserted ReassemblyBuffer::insert(std::uint64_t begin, Bytes bytes,
                                                    const RangeOrigin &origin) {
    Inserted result;
    const auto at = [&](std::uint64_t position) {
        return bytes.begin() + static_cast<std::ptrdiff_t>(position - begin);
    };
    for_each_part(
        begin, begin + bytes.size(),
        [&](std::uint64_t from, std::uint64_t to, Map::iterator hint) {
            ranges_.emplace_hint(hint, from, BufferedRange{to, {at(from), at(to)}, origin, false});
            bytes_ += to - from;
            result.stored_bytes += to - from;
        },
        [&](std::uint64_t from, std::uint64_t to, Map::iterator overlapped) {
            const auto &[first, range] = *overlapped;
            if (!range.is_gap && !result.differs)
                result.differs =
                    std::memcmp(range.bytes.data() + (from - first), &*at(from), to - from) != 0;
            keep_older_acknowledgement(overlapped, to, origin);
        });
    return result;
}

void ReassemblyBuffer::insert_gap(std::uint64_t begin, std::uint64_t end,
                                  const RangeOrigin &origin) {
    for_each_part(
        begin, end,
        [&](std::uint64_t from, std::uint64_t to, Map::iterator hint) {
            ranges_.emplace_hint(hint, from, BufferedRange{to, {}, origin, true});
        },
        [&](std::uint64_t, std::uint64_t to, Map::iterator overlapped) {
            keep_older_acknowledgement(overlapped, to, origin);
        });
}

// A retransmission that overtook the original acknowledges more than was known when the bytes were
// first sent. `copy` shows it for those before `end`.
void ReassemblyBuffer::keep_older_acknowledgement(Map::iterator copied, std::uint64_t end,
                                                  const RangeOrigin &copy) {
    BufferedRange &range = copied->second;
    if (!range.origin.has_acknowledgement || !copy.has_acknowledgement ||
        !is_before(copy.acknowledgement, range.origin.acknowledgement))
        return;
    if (end < range.end) {
        BufferedRange rest{range.end, {}, range.origin, range.is_gap};
        if (!range.is_gap) {
            // The first part gets memory of its own size, so that splitting leaves no slack.
            const auto split =
                range.bytes.begin() + static_cast<std::ptrdiff_t>(end - copied->first);
            std::vector<std::uint8_t> first_part(range.bytes.begin(), split);
            range.bytes.erase(range.bytes.begin(), split);
            rest.bytes = std::exchange(range.bytes, std::move(first_part));
        }
        range.end = end;
        ranges_.emplace_hint(std::next(copied), end, std::move(rest));
    }
    range.origin.acknowledgement = copy.acknowledgement;
}

std::uint64_t ReassemblyBuffer::cut(std::uint64_t end) {
    std::uint64_t dropped = 0;
    while (!ranges_.empty() && last_end() > end) {
        const auto last = std::prev(ranges_.end());
        const std::uint64_t keep = last->first < end ? end - last->first : 0;
        if (!last->second.is_gap) {
            dropped += last->second.bytes.size() - keep;
            last->second.bytes.resize(keep);
        }
        if (keep == 0)
            ranges_.erase(last);
        else
            last->second.end = end;
    }
    bytes_ -= dropped;
    return dropped;
}

BufferedRange ReassemblyBuffer::take_first() {
    BufferedRange range = std::move(ranges_.begin()->second);
    ranges_.erase(ranges_.begin());
    bytes_ -= range.bytes.size();
    return range;
}

bool ReassemblyBuffer::forget_first_bytes() {
    if (bytes_ == 0) return false;
    const std::uint64_t begin = first_begin();
    BufferedRange range = take_first();
    const RangeOrigin origin = range.origin;
    while (range.is_gap)
        range = take_first();
    ranges_.emplace_hint(ranges_.begin(), begin, BufferedRange{range.end, {}, origin, true});
    return true;
}

std::uint64_t ReassemblyBuffer::cost() const {
    return bytes_ + ranges_.size() * kRangeOverheadBytes;
}

} // namespace pop3ana
