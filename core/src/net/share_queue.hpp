// Who gives way when memory that all flows have together is short.
//
// Order: who holds most comes first; of those that hold about as much (the same number of binary
// digits), who has held something for longest. So one who comes with little finds room among others
// who hold little.
// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include "base/index_heap.hpp"

#include <bit>
#include <cstdint>

namespace pop3ana {

/// `PlaceOf::get(table, index)` is the place of an entry in the queue, as in IndexHeap.
template <class Table, class PlaceOf> class ShareQueue {
    static constexpr int kOrderBits = 57;
    static constexpr std::uint64_t kOrderMask = (std::uint64_t{1} << kOrderBits) - 1;

    /// Key: the binary digits that a share lacks of 64, then the capture order at which it began.
    IndexHeap<Table, PlaceOf> heap_;

public:
    /// Who gives way first. There must be one.
    [[nodiscard]] std::uint32_t first() const { return heap_.first(); }

    /// The entry holds so many bytes, not 0, at `capture_order`.
    void set(Table &table, std::uint32_t index, std::uint64_t bytes, std::uint64_t capture_order) {
        const std::uint64_t since = heap_.key(table, index).value_or(capture_order) & kOrderMask;
        const auto lacking = static_cast<std::uint64_t>(64 - std::bit_width(bytes));
        heap_.set(table, index, lacking << kOrderBits | since);
    }

    /// The entry holds nothing. It need not be there.
    void remove(Table &table, std::uint32_t index) { heap_.remove(table, index); }
};

} // namespace pop3ana
