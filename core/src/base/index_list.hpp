// Doubly linked lists of entries that live in a keyed table, by their 32-bit index.
// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <cstdint>

namespace pop3ana {

inline constexpr std::uint32_t kNoIndex = 0xffffffff;

/// Neighbours of an entry in one list.
struct Link {
    std::uint32_t previous = kNoIndex;
    std::uint32_t next = kNoIndex;
};

/// A list over entries of `Table`, which offers `Link &link(index)` for this list through
/// `LinkOf::get(table, index)`. An entry is in one list at most for each link it has.
template <class Table, class LinkOf> class IndexList {
public:
    [[nodiscard]] bool empty() const { return first_ == kNoIndex; }
    [[nodiscard]] std::uint32_t first() const { return first_; }

    /// Whether the entry, which must be there, is alone.
    [[nodiscard]] bool is_only(std::uint32_t index) const {
        return first_ == index && last_ == index;
    }

    void push_back(Table &table, std::uint32_t index) {
        LinkOf::get(table, index) = {last_, kNoIndex};
        (last_ == kNoIndex ? first_ : LinkOf::get(table, last_).next) = index;
        last_ = index;
    }

    void remove(Table &table, std::uint32_t index) {
        const Link link = LinkOf::get(table, index);
        (link.previous == kNoIndex ? first_ : LinkOf::get(table, link.previous).next) = link.next;
        (link.next == kNoIndex ? last_ : LinkOf::get(table, link.next).previous) = link.previous;
    }

    void move_to_back(Table &table, std::uint32_t index) {
        if (index == last_) return;
        remove(table, index);
        push_back(table, index);
    }

private:
    std::uint32_t first_ = kNoIndex;
    std::uint32_t last_ = kNoIndex;
};

} // namespace pop3ana
