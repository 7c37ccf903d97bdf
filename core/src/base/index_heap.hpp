// Priority queues of entries that live in a keyed table, by their 32-bit index: the entry with the
// smallest key is found at once, and any entry can be moved or taken out in O(log n).
// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include "base/index_list.hpp"

#include <optional>
#include <utility>
#include <vector>

namespace pop3ana {

/// A binary heap over entries of `Table`. `PlaceOf::get(table, index)` is the entry's place in it,
/// kNoIndex while it is not there.
template <class Table, class PlaceOf> class IndexHeap {
public:
    [[nodiscard]] bool empty() const { return items_.empty(); }
    [[nodiscard]] std::uint32_t first() const { return items_.front().index; }
    [[nodiscard]] std::uint64_t first_key() const { return items_.front().key; }

    /// Key of an entry; none when it is not there.
    [[nodiscard]] std::optional<std::uint64_t> key(Table &table, std::uint32_t index) const {
        const std::uint32_t place = PlaceOf::get(table, index);
        if (place == kNoIndex) return std::nullopt;
        return items_[place].key;
    }

    /// Puts the entry in, or gives it another key.
    void set(Table &table, std::uint32_t index, std::uint64_t key) {
        std::uint32_t place = PlaceOf::get(table, index);
        if (place == kNoIndex) {
            place = static_cast<std::uint32_t>(items_.size());
            items_.push_back({key, index});
        }
        put(table, place, {key, index});
    }

    /// Takes the entry out, if it is there.
    void remove(Table &table, std::uint32_t index) {
        const std::uint32_t place = std::exchange(PlaceOf::get(table, index), kNoIndex);
        if (place == kNoIndex) return;
        const Item last = items_.back();
        items_.pop_back();
        if (place < items_.size()) put(table, place, last);
    }

private:
    struct Item {
        std::uint64_t key;
        std::uint32_t index;
    };

    // Moves `item`, for which there is room at `place`, to where it belongs.
    void put(Table &table, std::uint32_t place, const Item &item) {
        while (place > 0 && item.key < items_[(place - 1) / 2].key)
            place = move(table, (place - 1) / 2, place);
        for (;;) {
            std::uint32_t child = 2 * place + 1;
            if (child + 1 < items_.size() && items_[child + 1].key < items_[child].key) ++child;
            if (child >= items_.size() || items_[child].key >= item.key) break;
            place = move(table, child, place);
        }
        items_[place] = item;
        PlaceOf::get(table, item.index) = place;
    }

    std::uint32_t move(Table &table, std::uint32_t from, std::uint32_t to) {
        items_[to] = items_[from];
        PlaceOf::get(table, items_[to].index) = to;
        return from;
    }

    std::vector<Item> items_;
};

} // namespace pop3ana
