// SPDX-License-Identifier: GPL-2.0-or-later
#include "evidence/error_history.hpp"

#include "output/event_text.hpp"
#include "output/output_limits.hpp"

#include <algorithm>
#include <fmt/core.h>

namespace pop3dump {
namespace {

std::string client_key(const pop3ana_event &event) {
    std::string key(1, static_cast<char>(event.originator_family));
    key.append(reinterpret_cast<const char *>(event.originator_address),
               sizeof(event.originator_address));
    return key;
}

} // namespace

std::string session_text(const pop3ana_event &event, std::uint64_t session) {
    if (event.peer_description.len == 0) return fmt::format("#{}", session);
    return fmt::format("#{}-{}", escaped_text(event.peer_description), session);
}

void ErrorHistory::on_error(const pop3ana_event &event) {
    std::vector<Session> &sessions = sessions_.get(client_key(event));
    if (event.error_count == 1) sessions.clear(); // the count started again
    const bool is_known =
        std::any_of(sessions.begin(), sessions.end(),
                    [&event](const Session &one) { return one.number == event.session; });
    if (!is_known) {
        // One more than are saved, since the alerted session is not one of the others.
        if (sessions.size() > kSessionsBeforeAlert) sessions.erase(sessions.begin());
        sessions.push_back({event.session, event.connection});
    }
    if (sessions_.size() > kClientsWithErrors) sessions_.erase_oldest();
}

std::vector<ErrorHistory::Session> ErrorHistory::other_sessions(const pop3ana_event &event) {
    const std::vector<Session> *sessions = sessions_.find(client_key(event));
    if (sessions == nullptr) return {};
    std::vector<Session> others = *sessions;
    std::erase_if(others, [&event](const Session &one) { return one.number == event.session; });
    return others;
}

} // namespace pop3dump
