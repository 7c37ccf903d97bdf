// SPDX-License-Identifier: GPL-2.0-or-later
#include "base/limits.hpp"
#include "net/fragments.hpp"
#include "support.hpp"

#include <algorithm>
#include <numeric>
#include <optional>

using namespace pop3ana;

namespace {

DatagramKey key_of(std::uint32_t identification) {
    DatagramKey key;
    key.identification = identification;
    return key;
}

/// Fragments with room for `max_bytes`, and what add() last returned.
struct Bench {
    explicit Bench(std::uint64_t max_bytes = kFragmentBytes) : fragments(max_bytes, 7, counters) {}

    /// The whole datagram; "-" while it is not complete.
    std::string add(std::uint32_t id, std::uint32_t offset, std::string_view bytes, bool more,
                    std::int64_t now_ns = 0) {
        const auto whole = fragments.add(key_of(id), offset, more, as_bytes(bytes), now_ns);
        return whole ? std::string{as_text(*whole)} : "-";
    }

    pop3ana_counters counters{};
    Fragments fragments;
};

/// "offset+text" is a fragment that others follow, "offset.text" the last one.
struct Row {
    const char *name;
    const char *script;
    const char *results;
};

constexpr Row kRows[] = {
    {"fragments_in_order_make_a_datagram", "0+aaaa 4+bbbb 8.cc", "- - aaaabbbbcc"},
    {"fragments_in_reverse_make_a_datagram", "8.cc 4+bbbb 0+aaaa", "- - aaaabbbbcc"},
    {"duplicates_change_nothing", "0+aaaa 0+aaaa 8.cc 8.cc 4+bbbb", "- - - - aaaabbbbcc"},
    {"of_two_copies_the_first_stays", "0+aaaa 2+xxxx 6.cc", "- - aaaaxxcc"},
    {"a_fragment_inside_another_adds_nothing", "0+aaaa 1+xx 4.b", "- - aaaab"},
    {"the_first_end_rules", "4.bb 4.bbbb 0+aaaa", "- - aaaabb"},
    {"bytes_behind_the_end_are_cut_off", "0+aaaa 4+bbbb 4.bb", "- - aaaabb"},
    {"bytes_that_come_behind_the_end_do_not_count", "4.bb 6+cccc 0+aaaa", "- - aaaabb"},
    {"a_gap_is_waited_for", "0+aa 4.bb", "- -"},
    {"an_empty_last_fragment_ends_it", "0+aaaa 4.", "- aaaa"},
    {"a_datagram_begins_again_once_it_was_whole", "0+aa 2.bb 0+cc 2.dd", "- aabb - ccdd"},
};

bool gives(const Row &row) {
    Bench bench;
    std::string results;
    for (const std::string_view word : unit::split(row.script, " ")) {
        const std::size_t mark = word.find_first_of("+.");
        const auto offset =
            static_cast<std::uint32_t>(std::stoul(std::string{word.substr(0, mark)}));
        if (!results.empty()) results += ' ';
        results += bench.add(1, offset, word.substr(mark + 1), word[mark] == '+');
    }
    return unit::same(row.name, results, row.results);
}

bool other_keys_are_other_datagrams() {
    Bench bench;
    DatagramKey udp = key_of(1), other_address = key_of(1);
    udp.protocol_and_family = 17;
    other_address.addresses[31] = 1;
    bench.add(1, 0, "aa", true);
    bench.fragments.add(udp, 2, false, as_bytes("uu"), 0);
    bench.fragments.add(other_address, 2, false, as_bytes("oo"), 0);
    return unit::same("other identification", bench.add(2, 2, "xx", false), "-") &&
           unit::same("the same", bench.add(1, 2, "bb", false), "aabb");
}

bool an_old_datagram_is_dropped_just_after_30_s() {
    bool fine = true;
    for (const std::int64_t late : {0, 1}) {
        Bench bench;
        bench.add(1, 0, "aa", true, 5);
        const auto got = bench.add(1, 2, "bb", false, 5 + kFragmentTimeoutNs + late);
        fine = unit::same("datagram", got, late == 0 ? "aabb" : "-") && fine;
        fine = unit::same("dropped", bench.counters.fragments_dropped, late == 0 ? 0 : 1) && fine;
    }
    return fine;
}

bool time_without_fragments_drops_too_and_a_clock_set_back_does_not_matter() {
    Bench bench;
    bench.add(1, 0, "aa", true, kSecondNs);
    bench.add(1, 8, "cc", true, kSecondNs);
    bench.add(2, 0, "aa", true, 0); // Counts as begun at one second.
    bench.fragments.expire(kSecondNs + kFragmentTimeoutNs);
    const bool kept = unit::same("kept", bench.counters.fragments_dropped, 0);
    bench.fragments.expire(kSecondNs + kFragmentTimeoutNs + 1);
    return unit::same("dropped", bench.counters.fragments_dropped, 3) && kept;
}

bool the_oldest_gives_way_when_the_room_is_used_up() {
    Bench bench{3'000}; // Two of them fit, with what they cost beside their bytes.
    const std::string text(1'000, 'x');
    bench.add(1, 0, text, true);
    bench.add(2, 0, text, true);
    const bool none = unit::same("dropped", bench.counters.fragments_dropped, 0);
    bench.add(3, 0, text, true);
    return none && unit::same("dropped", bench.counters.fragments_dropped, 1) &&
           unit::same("the oldest is gone", bench.add(1, 1'000, "z", false), "-") &&
           unit::same("the newest is there", bench.add(3, 1'000, "z", false), text + 'z');
}

bool fragments_without_bytes_take_room_too() {
    Bench bench{10 * kRangeOverheadBytes};
    for (std::uint32_t id = 0; id < 1'000; ++id)
        bench.add(id, 8, "", id % 2 == 0);
    return unit::holds("a flood of empty fragments is bounded",
                       bench.counters.fragments_dropped >= 900);
}

bool random_cut_comes_together(unit::Random &random) {
    Bench bench;
    const std::string datagram = random.word(1 + random.below(200));
    std::vector<std::pair<std::size_t, std::size_t>> parts;
    for (std::size_t at = 0; at < datagram.size();) {
        const std::size_t end = std::min(datagram.size(), at + 1 + random.below(40));
        parts.emplace_back(at, end);
        at = end;
    }
    const std::size_t pieces = parts.size();
    for (std::size_t i = 0; i < pieces; ++i) // Overlapping copies that agree.
        if (random.chance(0.3)) {
            const auto [begin, end] = parts[i];
            parts.emplace_back(begin - random.below(begin + 1), end);
        }
    for (std::size_t i = parts.size() - 1; i > 0; --i)
        std::swap(parts[i], parts[random.below(i + 1)]);
    std::vector<bool> covered(datagram.size(), false);
    for (const auto &[begin, end] : parts) {
        std::fill(covered.begin() + static_cast<std::ptrdiff_t>(begin),
                  covered.begin() + static_cast<std::ptrdiff_t>(end), true);
        const bool complete = std::count(covered.begin(), covered.end(), false) == 0;
        const auto got = bench.add(1, static_cast<std::uint32_t>(begin),
                                   std::string_view{datagram}.substr(begin, end - begin),
                                   end != datagram.size());
        if (!unit::same("datagram", got, complete ? datagram : "-")) return false;
        if (complete) return true;
    }
    return unit::holds("it was completed", false);
}

bool any_order_with_overlaps_gives_the_datagram() {
    return unit::holds_for_rounds("unit.fragments", 2'000, random_cut_comes_together);
}

} // namespace

int main() {
    std::vector<CMUnitTest> tests{
        UNIT_TEST(other_keys_are_other_datagrams),
        UNIT_TEST(an_old_datagram_is_dropped_just_after_30_s),
        UNIT_TEST(time_without_fragments_drops_too_and_a_clock_set_back_does_not_matter),
        UNIT_TEST(the_oldest_gives_way_when_the_room_is_used_up),
        UNIT_TEST(fragments_without_bytes_take_room_too),
        UNIT_TEST(any_order_with_overlaps_gives_the_datagram)};
    unit::add_rows<gives>(tests, kRows);
    return unit::run("unit.fragments", tests);
}
