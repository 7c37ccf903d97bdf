// A map that knows which of its entries were used last, so that a limit can drop the others.
// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <cstddef>
#include <list>
#include <unordered_map>
#include <utility>

namespace pop3dump {

/// Entries stay where they are in memory until they are erased.
template <typename Key, typename Value> class RecentMap {
public:
    /// NULL when there is none; otherwise it is now the latest.
    Value *find(const Key &key) {
        const auto place = places_.find(key);
        if (place == places_.end()) return nullptr;
        entries_.splice(entries_.begin(), entries_, place->second);
        return &place->second->second;
    }

    /// The entry of `key`, a new one if there is none; it is now the latest.
    Value &get(const Key &key) {
        if (Value *known = find(key)) return *known;
        entries_.emplace_front(key, Value());
        places_.emplace(key, entries_.begin());
        return entries_.front().second;
    }

    /// False when there is none.
    bool erase(const Key &key) {
        const auto place = places_.find(key);
        if (place == places_.end()) return false;
        entries_.erase(place->second);
        places_.erase(place);
        return true;
    }

    [[nodiscard]] std::size_t size() const { return places_.size(); }

    /// The entry that was not used for longest; there must be one.
    [[nodiscard]] std::pair<const Key, Value> &oldest() { return entries_.back(); }
    void erase_oldest() {
        places_.erase(entries_.back().first);
        entries_.pop_back();
    }

private:
    using Entries = std::list<std::pair<const Key, Value>>;
    Entries entries_; ///< the latest first
    std::unordered_map<Key, typename Entries::iterator> places_;
};

} // namespace pop3dump
