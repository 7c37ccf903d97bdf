// Makes what a session finds out an event of its connection: ends, time, ignored commands, hidden
// secrets (SEMANTICS.md section 1). The correlator completes it.
// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include "correlator.hpp"
#include "event.hpp"

#include <string>

namespace pop3ana {

/// The ends of a connection.
struct ConnectionEnds {
    Address originator;
    Address responder;
    std::uint64_t connection = 0; ///< its number
    std::uint16_t originator_port = 0;
    std::uint16_t responder_port = 0;
};

class EventBuilder final : public EventSink {
public:
    /// All must outlive this.
    EventBuilder(const Config &config, const pop3ana_sink &sink, std::uint64_t hash_seed,
                 pop3ana_counters &counters);

    /// The connection that the events to come belong to. `number` is borrowed until the next call.
    void set_connection(const ConnectionEnds &ends, SessionNumber &number);

    /// The frame that the events to come are due to, its time, and the clock: see PacketClock.
    void set_time(std::uint64_t frame, std::int64_t ts_ns, std::int64_t clock_ns);

    void emit() override;

    /// Drops error counts that are over.
    void expire(std::int64_t now_ns) { correlator_.expire(now_ns); }

private:
    [[nodiscard]] bool is_in_log() const;
    bool is_one_too_many();
    void redact();

    const Config &config_;
    pop3ana_counters &counters_;
    Correlator correlator_;
    std::int64_t clock_ns_ = 0;
    SessionNumber *session_ = nullptr;
    std::string redacted_;
};

} // namespace pop3ana
