// Which events are printed: --only, --session, --user, --client. What is analysed, counted and
// written by other outputs does not depend on it.
// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include "base/address_set.hpp"

#include <pop3ana/pop3ana.h>

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace pop3dump {

/// An event is selected if it is one of those that each option names; an option that was not given
/// selects all.
class EventSelection {
public:
    /// Whether none of the options was given.
    [[nodiscard]] bool is_everything() const { return is_everything_; }

    [[nodiscard]] bool selects(const pop3ana_event &event) const;

    // Each returns "" or what is wrong with the value, and then changes nothing.

    /// Names of events and of kinds of alerts, separated by commas; replaces those of earlier
    /// calls.
    std::string select_types(std::string_view list);

    /// Numbers and ranges, separated by commas: "7,20-29"; replaces those of earlier calls.
    std::string select_sessions(std::string_view list);

    /// Events that name this user, as sent or with the escapes of the log; adds to earlier calls.
    std::string add_user(std::string_view name);

    /// Clients by address, or by prefix as in "10.0.0.0/8"; adds to earlier calls.
    std::string add_client(std::string_view prefix);

private:
    struct Sessions {
        std::uint64_t first;
        std::uint64_t last;
    };
    [[nodiscard]] bool selects_type(const pop3ana_event &event) const;
    [[nodiscard]] bool selects_session(const pop3ana_event &event) const;
    [[nodiscard]] bool selects_user(const pop3ana_event &event) const;
    [[nodiscard]] bool selects_client(const pop3ana_event &event) const;

    bool is_everything_ = true;
    std::uint64_t types_ = 0; ///< a bit for each of selectable_types(); 0: all
    std::vector<Sessions> sessions_;
    std::vector<std::string> users_;
    bool has_clients_ = false;
    pop3ana::AddressSet clients_;
};

/// The names that select_types() takes.
std::vector<std::string_view> selectable_types();

} // namespace pop3dump
