// In which sessions clients drew -ERR replies, for the comments of evidence: the count that an
// alert is about is one of all sessions of a client.
// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include "evidence/recent_map.hpp"

#include <cstdint>
#include <pop3ana/pop3ana.h>
#include <string>
#include <vector>

namespace pop3dump {

class ErrorHistory {
public:
    struct Session {
        std::uint64_t number; ///< in the log
        std::uint64_t connection;
    };

    /// Takes note of a reply with -ERR.
    void on_error(const pop3ana_event &event);

    /// The other sessions of the event's client that had errors, as many as are remembered; the
    /// longest ago come first.
    [[nodiscard]] std::vector<Session> other_sessions(const pop3ana_event &event);

private:
    /// The latest sessions by the bytes of the client's address.
    RecentMap<std::string, std::vector<Session>> sessions_;
};

/// How the log names a session.
std::string session_text(const pop3ana_event &event, std::uint64_t session);

} // namespace pop3dump
