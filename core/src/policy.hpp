// Makes events of facts: ends, time, ignored commands, redaction (SEMANTICS.md section 1). Secrets
// are shown or hidden here and nowhere else. The judge completes the events, or, when the engine is
// one of several, the caller's pop3ana_judge does.
// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include "fact.hpp"
#include "judge.hpp"

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

    /// The frame that the facts to come are due to, and the latest time seen.
    void set_time(std::uint64_t frame, std::int64_t ts_ns);

    /// The facts to come are due to giving up an idle connection, whose last frame this is. 0, and
    /// set_time(): they are not.
    void set_idle_since(std::uint64_t last_frame) { event_.idle_since = last_frame; }

    void on_fact(const Fact &fact) override;

    /// The connection that enter() named is over.
    void leave();

    /// Drops error counts that are over.
    void expire(std::int64_t now_ns) { judge_.expire(now_ns); }

private:
    [[nodiscard]] bool in_log(const Fact &fact) const;
    void fill_event(const Fact &fact);
    void redact(const Fact &fact);

    const Config &config_;
    const pop3ana_sink &sink_;
    pop3ana_counters &counters_;
    Judge judge_;
    pop3ana_event event_{}; ///< of the connection and time at work
    SessionNumber *session_ = nullptr;
    std::string redacted_;
};

} // namespace pop3ana
