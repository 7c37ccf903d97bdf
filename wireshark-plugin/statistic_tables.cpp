// SPDX-License-Identifier: GPL-2.0-or-later
#include "statistic_tables.hpp"

#include "end_text.hpp"
#include "event_tree.hpp"

#include "events/event_table.hpp"

#include <algorithm>

namespace pop3ana_plugin {
namespace {

constexpr RowName kNoRow{};

RowName named(const char *name) {
    return {name, name};
}

RowName client_of(const pop3ana_event &event, wmem_allocator_t *pool) {
    return named(client_text(event, pool));
}

RowName session_of(const pop3ana_event &event, wmem_allocator_t *pool) {
    if (event.session == 0) return kNoRow;
    return named(wmem_strdup_printf(pool, "#%" G_GUINT64_FORMAT, guint64{event.session}));
}

RowName user_of(const pop3ana_event &event, wmem_allocator_t *pool) {
    pop3ana_slice user = event.type == POP3ANA_EVENT_SESSION_END ? event.summary->user : event.user;
    if (user.len == 0) return kNoRow;
    user.len = std::min(user.len, kMostNameBytes);
    return {{user.ptr, user.len}, escaped(user, pool)};
}

/// Before its session has a number, it is not known whose event it is.
RowName server_of(const pop3ana_event &event, wmem_allocator_t *pool) {
    if (event.session == 0) return kNoRow;
    const EndText text =
        end_text(event.address_family, event.responder_address, event.responder_port);
    return named(wmem_strdup(pool, text.data()));
}

RowName login_of(const pop3ana_event &event, wmem_allocator_t *pool) {
    if (!pop3ana::is_login(event)) return kNoRow;
    const char *result = event.type == POP3ANA_EVENT_LOGIN_SUCCESS
                             ? "success"
                             : pop3ana::name_of(event.reason, pop3ana::kReasonNames);
    return named(wmem_strdup_printf(pool, "%s: %s", escaped(event.mechanism, pool), result));
}

RowName answered_command_of(const pop3ana_event &event, wmem_allocator_t *pool) {
    if (event.type != POP3ANA_EVENT_REPLY || event.request_frame == 0) return kNoRow;
    return named(event.command.len != 0 ? escaped(event.command, pool) : "(unknown)");
}

// clang-format off
constexpr Column kClientColumns[] = {
    name_column("Client", "%-39s"), kSessions, kLoginsOk, kLoginsFailed, kErrors, kAlerts, kUnexpected, kUsersTried,
    kFirstSeen, kLastSeen};
constexpr Column kSessionColumns[] = {
    name_column("Session", "%-16s"), kClient, kServer, kUser, kEnd, kLoginsOk, kLoginsFailed, kCleartext, kErrors,
    kAlerts, kMails, kMailMegabytes, kFirstSeen, kLastSeen};
constexpr Column kUserColumns[] = {
    name_column("User", "%-39s"), kLoginsOk, kLoginsFailed, kCleartext, kAlerts, kClients, kMails, kMailMegabytes,
    kFirstSeen, kLastSeen};
constexpr Column kServerColumns[] = {
    name_column("Server", "%-39s"), kSessions, kLoginsOk, kLoginsFailed, kCleartext, kErrors, kAlerts, kClients,
    kUsersTried, kMails, kMailMegabytes, kFirstSeen, kLastSeen};
constexpr Column kLoginColumns[] = {
    name_column("Mechanism: result", "%-39s"), kLoginsOk, kLoginsFailed, kCleartext, kClients, kUsersTried,
    kFirstSeen, kLastSeen};

constexpr Column kAnswerColumns[] = {
    name_column("Command", "%-39s"), kAnswers, kLeastAnswer, kMeanAnswer, kMostAnswer, kAllAnswers, kErrors};

constexpr Statistic kStatistics[] = {
    {"POP3 Analysis", "pop3ana,stat", " All clients", client_of, true, kClientColumns},
    {"POP3 Sessions", "pop3ana,sessions", " All sessions", session_of, false, kSessionColumns},
    {"POP3 Users", "pop3ana,users", " All users", user_of, false, kUserColumns},
    {"POP3 Servers", "pop3ana,servers", " All servers", server_of, false, kServerColumns},
    {"POP3 Logins", "pop3ana,logins", " All logins", login_of, false, kLoginColumns},
    {"POP3 Response Times", "pop3ana,srt", " All commands", answered_command_of, false, kAnswerColumns},
};
// clang-format on

} // namespace

Distinct Statistic::distinct() const {
    const auto has = [this](const Column &wanted) {
        return std::any_of(columns.begin(), columns.end(),
                           [&wanted](const Column &column) { return column.show == wanted.show; });
    };
    return {has(kUsersTried), has(kClients)};
}

std::span<const Statistic> statistics() {
    return kStatistics;
}

} // namespace pop3ana_plugin
