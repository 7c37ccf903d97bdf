// Gives events what depends on all connections together: session numbers, in the order of first
// lines (docs/semantics.md section 1), the client's errors with the warning (section 5), and the
// alerts on logins (section 8). It sees the events in the order of the log.
// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include "detect/error_threshold.hpp"
#include "detect/login_guesses.hpp"
#include "events/event.hpp"

#include <bitset>
#include <string>

namespace pop3ana {

/// Number of a session in the log, given by its first line; and what else must outlive an event.
struct SessionNumber {
    std::uint64_t number = 0;           ///< 0: it has none yet
    std::uint64_t first_frame : 46 = 0; ///< what of its number fits
    std::uint64_t line_anomalies : 16 = 0;
    std::uint64_t is_proxied : 1 = false; ///< its client is not the packets' own
    std::uint64_t is_tls : 1 = false;     ///< its bytes are

    static constexpr std::uint64_t kFrameMask = (std::uint64_t{1} << 46) - 1;
};

/// By POP3ANA_ALERT_*.
using AlertSet = std::bitset<8>;

class Correlator {
public:
    struct Options {
        AlertSet alerts;
        ErrorThreshold::Options errors;
        LoginGuesses::Options guesses;
        std::uint64_t sessions_before = 0; ///< the first session has the next number
    };

    /// All must outlive this.
    Correlator(const Options &options, const pop3ana_sink &sink, pop3ana_counters &counters);

    /// Completes `event` of the session that has `session` and hands it to the sink, after the
    /// event that opens the session, and before the alerts, if there are any. Errors and failed
    /// logins age by `clock_ns`, see PacketClock. `event` is left changed.
    void complete(Event &event, bool saw_handshake, SessionNumber &session, std::int64_t clock_ns);

    /// Drops counts that are over.
    void expire(std::int64_t now_ns) {
        errors_.expire(now_ns);
        guesses_.expire(now_ns);
    }

private:
    /// What the result of a login gives rise to, until the reply that tells it is out.
    struct Due {
        bool is_any = false;
        bool defies_stls = false;
        LoginGuesses::Alerts guesses;
        std::string user;
    };

    // Not inlined, so that events without alerts do not pay for it.
    [[gnu::noinline]] void complete_with_alerts(Event &event, SessionNumber &session,
                                                std::int64_t clock_ns);
    void number_and_emit(pop3ana_event &event, SessionNumber &session);
    [[gnu::noinline]] void open_session(const pop3ana_event &event, SessionNumber &session);
    [[gnu::noinline]] void count_login(const Event &login, bool saw_handshake,
                                       std::int64_t clock_ns);
    void alert_on_login(Event &event);
    void alert(pop3ana_event &event, std::uint32_t kind, std::uint64_t count);
    void emit(const pop3ana_event &event);

    const AlertSet alerts_;
    const bool counts_logins_; ///< for one of the alerts at least
    const std::uint64_t sessions_before_;
    const pop3ana_sink &sink_;
    pop3ana_counters &counters_;
    ErrorThreshold errors_;
    LoginGuesses guesses_;
    Due due_;
};

} // namespace pop3ana
