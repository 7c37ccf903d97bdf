// What options choose: read when they are.
// SPDX-License-Identifier: GPL-2.0-or-later
#include "output/event_selection.hpp"

#include "base/edit_distance.hpp"
#include "base/parse.hpp"
#include "events/event_table.hpp"

#include <algorithm>
#include <fmt/core.h>

namespace pop3dump {
namespace {

constexpr std::size_t kEventTypes = pop3ana::kEvents.size();
static_assert(kEventTypes + pop3ana::kAlerts.size() <= 64, "each has a bit");

/// What to write instead of `word`: the nearest name, or all where none is near.
std::string remedy_for(std::string_view word) {
    const std::vector<std::string_view> names = selectable_types();
    const std::string_view nearest = pop3ana::nearest_name(word, names);
    if (!nearest.empty()) return fmt::format("did you mean {}?", nearest);
    std::string all;
    for (const std::string_view name : names)
        all += fmt::format("{}{}", all.empty() ? "must be one of " : ", ", name);
    return all;
}

/// Calls take(word) for each word between commas until one is refused; returns why, or "".
template <class Take> std::string for_each_word(std::string_view list, Take take) {
    for (;;) {
        const std::size_t comma = list.find(',');
        const std::string why = take(list.substr(0, comma));
        if (!why.empty() || comma == std::string_view::npos) return why;
        list.remove_prefix(comma + 1);
    }
}

} // namespace

std::vector<std::string_view> selectable_types() {
    std::vector<std::string_view> names;
    for (const pop3ana::EventRow &event : pop3ana::kEvents)
        names.emplace_back(event.name);
    for (const pop3ana::AlertRow &alert : pop3ana::kAlerts)
        if (alert.kind != POP3ANA_ALERT_NONE) names.emplace_back(alert.name);
    return names;
}

std::string EventSelection::select_types(std::string_view list) {
    const std::vector<std::string_view> names = selectable_types();
    std::uint64_t types = 0;
    std::string why = for_each_word(list, [&](std::string_view word) -> std::string {
        const auto found = std::ranges::find(names, word);
        if (found == names.end())
            return fmt::format("no event or alert '{}': {}", word, remedy_for(word));
        types |= std::uint64_t{1} << (found - names.begin());
        return "";
    });
    if (!why.empty()) return why;
    types_ = types;
    is_everything_ = false;
    return "";
}

std::string EventSelection::select_sessions(std::string_view list) {
    std::vector<Sessions> sessions;
    std::string why = for_each_word(list, [&](std::string_view word) -> std::string {
        const std::size_t dash = word.find('-');
        const auto first = pop3ana::parse_number<std::uint64_t>(word.substr(0, dash));
        const auto last = dash == std::string_view::npos
                              ? first
                              : pop3ana::parse_number<std::uint64_t>(word.substr(dash + 1));
        if (!first || !last || *first == 0 || *last < *first)
            return fmt::format("'{}' is no session number (7) or range (7-9)", word);
        sessions.push_back({*first, *last});
        return "";
    });
    if (!why.empty()) return why;
    sessions_ = std::move(sessions);
    is_everything_ = false;
    return "";
}

std::string EventSelection::add_user(std::string_view name) {
    if (name.empty()) return "the name is empty";
    users_.emplace_back(name);
    is_everything_ = false;
    return "";
}

std::string EventSelection::add_client(std::string_view text) {
    const auto prefix = pop3ana::parse_prefix(text);
    if (!prefix) return "not an address or a prefix such as 10.1.0.0/16 or fd00::/8";
    clients_.add(*prefix);
    has_clients_ = true;
    is_everything_ = false;
    return "";
}

} // namespace pop3dump
