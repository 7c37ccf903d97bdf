// The names of the files that frames were captured in, as numbers that fit into a packet.
//
// Only extracts (--extract) name such files. Numbers are given in the order in which names come,
// which threads may change; whatever is ordered by them is ordered by the names.
// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <mutex>
#include <string>
#include <string_view>
#include <unordered_map>

namespace pop3dump {

/// For any number of threads.
class CaptureNames {
public:
    /// The number of `name`, from 1, always the same; 0 for an empty or overlong name, and once
    /// names have taken kCaptureNamesBytes.
    std::uint32_t add(std::string_view name);

    /// Of a number from add(), or "" for 0; valid as long as this.
    [[nodiscard]] std::string_view name(std::uint32_t number) const;

    /// Whether the name of `left` comes before that of `right`, byte by byte; 0 comes first.
    [[nodiscard]] bool is_before(std::uint32_t left, std::uint32_t right) const;

private:
    mutable std::mutex mutex_;
    std::deque<std::string> names_; ///< stay where they are
    std::unordered_map<std::string_view, std::uint32_t> numbers_;
    std::size_t bytes_ = 0;
};

} // namespace pop3dump
