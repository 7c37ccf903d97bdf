// Makes events of facts: ends, time, ignored commands, redaction (SEMANTICS.md section 1). Secrets
// are shown or hidden here and nowhere else. The correlator completes the events.
// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include "correlator.hpp"
#include "fact.hpp"

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

class Policy final : public FactSink {
public:
    /// All must outlive this.
    Policy(const Config &config, const pop3ana_sink &sink, std::uint64_t hash_seed,
           pop3ana_counters &counters);

    /// The connection that the facts to come belong to. `number` is borrowed until the next call.
    void enter(const ConnectionEnds &ends, SessionNumber &number);

    /// The frame that the facts to come are due to, its time, and the clock: see PacketClock.
    void set_time(std::uint64_t frame, std::int64_t ts_ns, std::int64_t clock_ns);

    void on_fact(const Fact &fact) override;

    /// Drops error counts that are over.
    void expire(std::int64_t now_ns) { correlator_.expire(now_ns); }

private:
    [[nodiscard]] bool in_log(const Fact &fact) const;
    bool is_one_too_many();
    void fill_event(const Fact &fact);
    void redact(const Fact &fact);

    const Config &config_;
    pop3ana_counters &counters_;
    Correlator correlator_;
    pop3ana_event event_{}; ///< of the connection and time at work
    std::int64_t clock_ns_ = 0;
    SessionNumber *session_ = nullptr;
    std::string redacted_;
};

} // namespace pop3ana
