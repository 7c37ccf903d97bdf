// Counts how often things were seen, of which there may be few: a stranger who makes up many finds
// the first ones kept.
// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include "base/limits.hpp"

#include <algorithm>
#include <cstdint>
#include <utility>
#include <vector>

namespace pop3ana {

template <class Key> class Tally {
public:
    using Entry = std::pair<Key, std::uint64_t>;

    void add(const Key &key) {
        ++total_;
        if (const auto found = find(key); found != entries_.end())
            ++found->second;
        else if (entries_.size() < kShadowShapes)
            entries_.emplace_back(key, 1);
        else
            is_full_ = true;
    }
    void clear() { *this = {}; }

    [[nodiscard]] std::uint64_t operator[](const Key &key) const {
        const auto found = const_cast<Tally *>(this)->find(key);
        return found != entries_.end() ? found->second : 0;
    }
    [[nodiscard]] std::uint64_t total() const { return total_; }
    /// Something was not kept.
    [[nodiscard]] bool is_full() const { return is_full_; }
    [[nodiscard]] const std::vector<Entry> &entries() const { return entries_; }

    /// The one that was seen most, the first of equals; nullptr: none.
    [[nodiscard]] const Entry *most_common() const {
        const auto found =
            std::max_element(entries_.begin(), entries_.end(),
                             [](const Entry &a, const Entry &b) { return a.second < b.second; });
        return found != entries_.end() ? &*found : nullptr;
    }

private:
    [[nodiscard]] auto find(const Key &key) {
        return std::find_if(entries_.begin(), entries_.end(),
                            [&](const Entry &entry) { return entry.first == key; });
    }

    std::vector<Entry> entries_;
    std::uint64_t total_ = 0;
    bool is_full_ = false;
};

} // namespace pop3ana
