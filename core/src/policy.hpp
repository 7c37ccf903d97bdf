// Makes events of facts: session numbers, ignored commands, error threshold, redaction
// (SEMANTICS.md sections 1 and 5). Secrets are shown or hidden here and nowhere else.
// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include "config.hpp"
#include "error_threshold.hpp"
#include "fact.hpp"

namespace pop3ana {

/// Number of a session in the log; given by its first line.
struct SessionNumber {
    std::uint64_t number = 0; ///< 0: it has none yet
    std::uint64_t first_frame = 0;
};

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

    void on_fact(const Fact &fact) override;

    /// Drops error counts that are over.
    void expire(std::int64_t now_ns) { errors_.expire(now_ns); }

private:
    [[nodiscard]] bool in_log(const Fact &fact) const;
    void open_session(const Fact &fact);
    void fill_event(const Fact &fact);
    void redact(const Fact &fact);
    void emit();

    const Config &config_;
    const pop3ana_sink &sink_;
    pop3ana_counters &counters_;
    ErrorThreshold errors_;
    pop3ana_event event_{}; ///< of the connection and time at work
    Address originator_;
    SessionNumber *session_ = nullptr;
    std::string redacted_;
};

} // namespace pop3ana
