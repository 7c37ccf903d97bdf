// How far one word is from another, and which one was meant.
// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <algorithm>
#include <cstddef>
#include <numeric>
#include <string_view>
#include <utility>
#include <vector>

namespace pop3ana {

/// Number of insertions, deletions and replacements that make one word of the other. Takes the
/// product of both lengths.
inline std::size_t edit_distance(std::string_view from, std::string_view to) {
    std::vector<std::size_t> row(to.size() + 1);
    std::iota(row.begin(), row.end(), std::size_t{0});
    for (std::size_t i = 0; i < from.size(); ++i) {
        std::size_t diagonal = std::exchange(row[0], i + 1);
        for (std::size_t j = 0; j < to.size(); ++j) {
            const std::size_t replaced = diagonal + (from[i] == to[j] ? 0 : 1);
            diagonal = row[j + 1];
            row[j + 1] = std::min({replaced, diagonal + 1, row[j] + 1});
        }
    }
    return row.back();
}

/// The first one of the names that are nearest to `word`, if no more than half of it differs; else
/// empty.
inline std::string_view nearest_name(std::string_view word,
                                     const std::vector<std::string_view> &names) {
    constexpr std::size_t kLongestWord = 64;
    if (word.size() > kLongestWord || names.empty()) return {};
    const auto distance = [word](std::string_view name) { return edit_distance(word, name); };
    const std::string_view nearest = *std::ranges::min_element(names, {}, distance);
    return 2 * distance(nearest) <= nearest.size() ? nearest : std::string_view{};
}

} // namespace pop3ana
