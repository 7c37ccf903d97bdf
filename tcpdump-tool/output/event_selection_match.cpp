// Whether an event is one that options choose. In a file of its own, since it needs the library,
// which the generators of the manual and the completion do not find when a package is built.
// SPDX-License-Identifier: GPL-2.0-or-later
#include "output/event_selection.hpp"

#include "output/event_text.hpp"

#include "events/event_table.hpp"

#include <algorithm>

namespace pop3dump {
bool EventSelection::selects(const pop3ana_event &event) const {
    return selects_type(event) && selects_session(event) && selects_user(event) &&
           selects_client(event);
}

bool EventSelection::selects_type(const pop3ana_event &event) const {
    const std::uint64_t type = std::uint64_t{1} << (event.type - 1);
    const std::uint64_t alert = std::uint64_t{1} << (pop3ana::kEvents.size() + event.alert - 1);
    return types_ == 0 || (types_ & (event.alert == 0 ? type : type | alert)) != 0;
}

bool EventSelection::selects_session(const pop3ana_event &event) const {
    return sessions_.empty() || std::ranges::any_of(sessions_, [&event](const Sessions &range) {
               return range.first <= event.session && event.session <= range.last;
           });
}

bool EventSelection::selects_user(const pop3ana_event &event) const {
    if (users_.empty()) return true;
    const std::string_view sent = view(event.user);
    const std::string printed = escaped_text(event.user);
    return std::ranges::any_of(
        users_, [&](const std::string &user) { return user == sent || user == printed; });
}

bool EventSelection::selects_client(const pop3ana_event &event) const {
    return !has_clients_ || clients_.contains(pop3ana::address_of(event.originator_address,
                                                                  event.originator_family));
}

} // namespace pop3dump
