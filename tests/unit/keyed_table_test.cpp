// SPDX-License-Identifier: GPL-2.0-or-later
#include "base/keyed_table.hpp"
#include "support.hpp"

#include <map>

using namespace pop3ana;

namespace {

struct Entry {
    std::uint64_t key = 0;
    int value = -1;
    std::unique_ptr<int> owned;
};

struct Known {
    std::uint32_t index = 0;
    int value = 0;
    const Entry *place = nullptr;
};

bool entry_is_there(const KeyedTable<Entry> &table, std::uint64_t key, const Known &known) {
    return unit::same("index", table.find(key), known.index) &&
           unit::same("key", table[known.index].key, key) &&
           unit::same("value", static_cast<std::uint64_t>(table[known.index].value),
                      static_cast<std::uint64_t>(known.value)) &&
           unit::holds("entries never move", &table[known.index] == known.place);
}

bool random_operations_agree(unit::Random &random) {
    KeyedTable<Entry> table{random.next()};
    std::map<std::uint64_t, Known> model;
    const std::size_t keys = random.pick(std::vector<std::size_t>{5, 300, 2'000});
    for (int step = 0; step < 3'000; ++step) {
        const std::uint64_t key = random.below(keys);
        const auto found = model.find(key);
        if (found != model.end() && random.chance(0.4)) {
            table.erase(found->second.index);
            model.erase(found);
        } else if (found != model.end()) {
            if (!entry_is_there(table, key, found->second)) return false;
        } else {
            if (!unit::same("not there", table.find(key), kNoIndex)) return false;
            const std::uint32_t index = table.insert(key);
            if (!unit::holds("a fresh entry",
                             table[index].value == -1 && table[index].owned == nullptr))
                return false;
            table[index].value = step;
            table[index].owned = std::make_unique<int>(step);
            model[key] = {index, step, &table[index]};
        }
        if (!unit::same("size", table.size(), model.size())) return false;
    }
    for (const auto &[key, known] : model)
        if (!entry_is_there(table, key, known)) return false;
    return true;
}

bool random_operations_do_what_std_map_does() {
    return unit::holds_for_rounds("unit.keyed_table", 40, random_operations_agree);
}

bool indices_are_used_again() {
    KeyedTable<Entry> table{1};
    std::uint32_t highest = 0;
    for (std::uint64_t key = 0; key < 10'000; ++key) {
        const std::uint32_t index = table.insert(key);
        highest = index > highest ? index : highest;
        if (key >= 3) table.erase(table.find(key - 3));
    }
    return unit::holds("one block is enough", highest < 256) && unit::same("size", table.size(), 3);
}

bool erasing_frees_what_the_entry_owned() {
    KeyedTable<Entry> table{1};
    const std::uint32_t index = table.insert(7);
    table[index].owned = std::make_unique<int>(1);
    table.erase(index);
    return unit::holds("freed", table[index].owned == nullptr) &&
           unit::same("gone", table.find(7), kNoIndex);
}

} // namespace

int main() {
    return unit::run("unit.keyed_table", {UNIT_TEST(indices_are_used_again),
                                          UNIT_TEST(erasing_frees_what_the_entry_owned),
                                          UNIT_TEST(random_operations_do_what_std_map_does)});
}
