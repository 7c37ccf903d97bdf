// SPDX-License-Identifier: GPL-2.0-or-later
#include "base/index_heap.hpp"
#include "support.hpp"

#include <algorithm>
#include <map>

using namespace pop3ana;

namespace {

constexpr std::uint32_t kEntries = 20;

using Table = std::vector<std::uint32_t>; ///< the place of each entry

struct Place {
    static std::uint32_t &get(Table &table, std::uint32_t index) { return table[index]; }
};

bool random_operations_agree(unit::Random &random) {
    Table table(kEntries, kNoIndex);
    IndexHeap<Table, Place> heap;
    std::map<std::uint32_t, std::uint64_t> model;
    for (int step = 0; step < 300; ++step) {
        const auto index = static_cast<std::uint32_t>(random.below(kEntries));
        if (random.chance(0.6)) {
            const std::uint64_t key = random.below(10);
            heap.set(table, index, key);
            model[index] = key;
        } else {
            heap.remove(table, index);
            model.erase(index);
        }
        if (!unit::same("empty", heap.empty(), model.empty())) return false;
        for (std::uint32_t i = 0; i < kEntries; ++i) {
            const auto known = model.find(i);
            const auto key = heap.key(table, i);
            if (!unit::holds("key", known == model.end() ? !key : key == known->second))
                return false;
        }
        if (model.empty()) continue;
        const auto smallest = std::min_element(
            model.begin(), model.end(), [](auto &a, auto &b) { return a.second < b.second; });
        if (!unit::same("first key", heap.first_key(), smallest->second) ||
            !unit::same("its entry", model.at(heap.first()), smallest->second))
            return false;
    }
    return true;
}

bool the_smallest_key_is_first_whatever_was_done() {
    return unit::holds_for_rounds("unit.index_heap", 300, random_operations_agree);
}

} // namespace

int main() {
    return unit::run("unit.index_heap", {UNIT_TEST(the_smallest_key_is_first_whatever_was_done)});
}
