// Entries found by key: a flat seeded hash of 32-bit indices into blocks that never move, so that
// growing copies no entry and a reference stays good while others come and go.
// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include "base/hash.hpp"
#include "base/index_list.hpp"

#include <tsl/robin_set.h>

#include <memory>
#include <vector>

namespace pop3ana {

/// `Entry` is default constructible and has a member `key` of a type without padding.
template <class Entry> class KeyedTable {
public:
    using Key = decltype(Entry::key);

    explicit KeyedTable(std::uint64_t seed) : indices_(0, KeyHash{this, seed}, KeyEqual{this}) {}
    KeyedTable(const KeyedTable &) = delete;
    KeyedTable &operator=(const KeyedTable &) = delete;

    [[nodiscard]] std::size_t size() const { return indices_.size(); }

    Entry &operator[](std::uint32_t index) {
        return blocks_[index / kBlockEntries][index % kBlockEntries];
    }
    const Entry &operator[](std::uint32_t index) const {
        return blocks_[index / kBlockEntries][index % kBlockEntries];
    }

    /// Index of the entry with `key`, or kNoIndex.
    [[nodiscard]] std::uint32_t find(const Key &key) const {
        const auto found = indices_.find(key);
        return found == indices_.end() ? kNoIndex : *found;
    }

    /// Adds a fresh entry; there must be none with `key`.
    std::uint32_t insert(const Key &key) {
        if (free_.empty()) add_block();
        const std::uint32_t index = free_.back();
        (*this)[index].key = key;
        indices_.insert(index);
        free_.pop_back();
        return index;
    }

    void erase(std::uint32_t index) {
        indices_.erase(index);
        (*this)[index] = Entry{};
        free_.push_back(index); // Cannot throw: add_block() has reserved the room.
    }

private:
    static constexpr std::size_t kBlockEntries = 256;

    struct KeyHash {
        const KeyedTable *table;
        std::uint64_t seed;
        std::size_t operator()(const Key &key) const { return seeded_hash(key, seed); }
        std::size_t operator()(std::uint32_t index) const { return (*this)((*table)[index].key); }
    };
    struct KeyEqual {
        using is_transparent = void;
        const KeyedTable *table;
        bool operator()(std::uint32_t a, std::uint32_t b) const { return a == b; }
        bool operator()(const Key &key, std::uint32_t index) const {
            return (*table)[index].key == key;
        }
        bool operator()(std::uint32_t index, const Key &key) const { return (*this)(key, index); }
    };

    void add_block() {
        free_.reserve((blocks_.size() + 1) * kBlockEntries);
        const auto first = static_cast<std::uint32_t>(blocks_.size() * kBlockEntries);
        blocks_.push_back(std::make_unique<Entry[]>(kBlockEntries));
        for (std::uint32_t i = kBlockEntries; i > 0; --i)
            free_.push_back(first + i - 1);
    }

    std::vector<std::unique_ptr<Entry[]>> blocks_;
    std::vector<std::uint32_t> free_;
    tsl::robin_set<std::uint32_t, KeyHash, KeyEqual, std::allocator<std::uint32_t>,
                   /*StoreHash=*/true>
        indices_;
};

} // namespace pop3ana
