// SPDX-License-Identifier: GPL-2.0-or-later
#include "base/index_list.hpp"
#include "support.hpp"

#include <algorithm>
#include <array>
#include <list>

using namespace pop3ana;

namespace {

constexpr std::uint32_t kEntries = 12;

struct Entry {
    Link age, other;
};
using Table = std::array<Entry, kEntries>;
struct Age {
    static Link &get(Table &table, std::uint32_t index) { return table[index].age; }
};
struct Other {
    static Link &get(Table &table, std::uint32_t index) { return table[index].other; }
};

/// Walks forwards by `next`, and checks `previous` on the way.
template <class LinkOf> std::string text_of(Table &table, const IndexList<Table, LinkOf> &list) {
    std::string text;
    std::uint32_t previous = kNoIndex;
    for (std::uint32_t index = list.first(); index != kNoIndex && text.size() < 1'000;) {
        if (LinkOf::get(table, index).previous != previous) text += "broken ";
        text += std::to_string(index) + ' ';
        previous = index;
        index = LinkOf::get(table, index).next;
    }
    return text;
}

std::string text_of(const std::list<std::uint32_t> &list) {
    std::string text;
    for (const std::uint32_t index : list)
        text += std::to_string(index) + ' ';
    return text;
}

bool random_operations_agree(unit::Random &random) {
    Table table{};
    IndexList<Table, Age> list;
    std::list<std::uint32_t> model;
    for (int step = 0; step < 100; ++step) {
        const auto index = static_cast<std::uint32_t>(random.below(kEntries));
        const auto found = std::find(model.begin(), model.end(), index);
        if (found == model.end()) {
            list.push_back(table, index);
            model.push_back(index);
        } else if (random.chance(0.5)) {
            list.remove(table, index);
            model.erase(found);
        } else {
            list.move_to_back(table, index);
            model.splice(model.end(), model, found);
        }
        if (!unit::same("order", text_of(table, list), text_of(model)) ||
            !unit::same("empty", list.empty(), model.empty()))
            return false;
    }
    return true;
}

bool random_operations_do_what_std_list_does() {
    return unit::holds_for_rounds("unit.index_list", 500, random_operations_agree);
}

bool an_entry_may_be_in_two_lists() {
    Table table{};
    IndexList<Table, Age> by_age;
    IndexList<Table, Other> by_other;
    for (const std::uint32_t index : {3U, 1U, 2U})
        by_age.push_back(table, index);
    for (const std::uint32_t index : {2U, 3U})
        by_other.push_back(table, index);
    by_age.remove(table, 3);
    by_other.move_to_back(table, 2);
    return unit::same("one", text_of(table, by_age), "1 2 ") &&
           unit::same("other", text_of(table, by_other), "3 2 ");
}

bool the_last_one_removed_leaves_an_empty_list() {
    Table table{};
    IndexList<Table, Age> list;
    list.push_back(table, 5);
    list.move_to_back(table, 5);
    list.remove(table, 5);
    return unit::holds("empty", list.empty()) && unit::same("first", list.first(), kNoIndex);
}

} // namespace

int main() {
    return unit::run("unit.index_list", {UNIT_TEST(an_entry_may_be_in_two_lists),
                                         UNIT_TEST(the_last_one_removed_leaves_an_empty_list),
                                         UNIT_TEST(random_operations_do_what_std_list_does)});
}
