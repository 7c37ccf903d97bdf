// The probes of undecided flows. They are beside the flows, since few have one: a pointer in each
// would cost 8 MB for a million.
// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include "base/keyed_table.hpp"

#include <memory>
#include <utility>

namespace pop3ana {

/// A flow is named by its number, which no other ever has.
template <class Probe> class ProbeTable {
public:
    explicit ProbeTable(std::uint64_t hash_seed) : entries_(hash_seed) {}

    /// NULL: the flow has none. The pointer is good until it is taken.
    [[nodiscard]] Probe *find(std::uint64_t flow) {
        const std::uint32_t index = entries_.find(flow);
        return index == kNoIndex ? nullptr : entries_[index].probe.get();
    }

    Probe &find_or_add(std::uint64_t flow) {
        if (Probe *probe = find(flow)) return *probe;
        auto probe = std::make_unique<Probe>();
        Entry &entry = entries_[entries_.insert(flow)];
        entry.probe = std::move(probe);
        return *entry.probe;
    }

    /// The flow has none from now on; NULL: nor did it before.
    std::unique_ptr<Probe> take(std::uint64_t flow) {
        const std::uint32_t index = entries_.find(flow);
        if (index == kNoIndex) return nullptr;
        auto probe = std::move(entries_[index].probe);
        entries_.erase(index);
        return probe;
    }

private:
    struct Entry {
        std::uint64_t key = 0;
        std::unique_ptr<Probe> probe;
    };

    KeyedTable<Entry> entries_;
};

} // namespace pop3ana
