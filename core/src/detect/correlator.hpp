// Gives events what depends on all connections together: session numbers, in the order of first
// lines (docs/semantics.md section 1), and the client's errors with the warning (section 5). It
// sees the events in the order of the log.
// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include "detect/error_threshold.hpp"

namespace pop3ana {

/// Number of a session in the log, given by its first line; and what else must outlive an event.
struct SessionNumber {
    std::uint64_t number = 0;           ///< 0: it has none yet
    std::uint64_t first_frame : 48 = 0; ///< what of its number fits
    std::uint64_t line_anomalies : 16 = 0;

    static constexpr std::uint64_t kFrameMask = (std::uint64_t{1} << 48) - 1;
};

class Correlator {
public:
    /// All must outlive this.
    Correlator(const ErrorThreshold::Options &options, const pop3ana_sink &sink,
               pop3ana_counters &counters);

    /// Completes `event` of the session that has `session` and hands it to the sink, after the
    /// event that opens the session, and before the warning, if there are any. Errors age by
    /// `clock_ns`, see PacketClock. `event` is left changed.
    void complete(pop3ana_event &event, SessionNumber &session, std::int64_t clock_ns);

    /// Drops error counts that are over.
    void expire(std::int64_t now_ns) { errors_.expire(now_ns); }

private:
    void open_session(const pop3ana_event &event, SessionNumber &session);
    void warn(pop3ana_event &event);
    void emit(const pop3ana_event &event);

    const pop3ana_sink &sink_;
    pop3ana_counters &counters_;
    ErrorThreshold errors_;
};

} // namespace pop3ana
