// Plays a written dialogue at a POP3 session and writes down the events.
// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include "pop3/session.hpp"
#include "support.hpp"

namespace unit {

/// Writes each event as a short text:
///     > CMD ARG           a request
///     < OK MSG, < ERR MSG a status, with " (cut)" when the rest of it is lost
///     login U/P, failed U/P
///     ? WORD DETAIL       unexpected; "needs P" stands for "not allowed in other state than 'P'",
///                         "guess" for "no auth required -> state changed to 'transaction'"
///     tls                 STLS was accepted
///     !NAME TEXT          an anomaly, with its counts
///     alert TEXT          an alert about STLS
///     ADDRESS/PORT by BY  a proxy tells its client
class Recorder final : public pop3ana::EventSink {
public:
    void emit() override { record(event_); }
    void note_stls_offer() override { has_offered_stls_ = true; }
    [[nodiscard]] bool has_offered_stls() const override { return has_offered_stls_; }
    void record(const pop3ana::Event &event);

    /// What was recorded since the last call, with "; " between.
    std::string take();

private:
    std::string text_;
    bool has_offered_stls_ = false;
};

std::string_view name_of(pop3ana::Phase phase);

/// "ADDRESS/PORT"; `family` is 4 or 6.
std::string endpoint_text(std::uint8_t family, const std::uint8_t *address, std::uint16_t port);

/// A session and all that it needs.
class SessionBench {
public:
    explicit SessionBench(bool midstream) : SessionBench(midstream, recorder) {}
    /// Events go to `events` instead.
    SessionBench(bool midstream, pop3ana::EventSink &events);

    /// Plays a script; its steps have "; " between them:
    ///     C TEXT    the client sends a line        S TEXT   the server does
    ///     C= TEXT   the same without line end      S= TEXT
    ///     C@N TEXT  the same; its ACK covers the first N bytes of the other side; without that:
    ///     all,
    ///               as far as one can see
    ///     C! N      N bytes of the client are lost S! N
    ///     C.        the client ends its direction  S.
    /// Bytes of one side come in chunks of `chunk`; 0: as long as the side does not change.
    void play(std::string_view script, std::size_t chunk = 0);

    void bytes(pop3ana::Side from, std::string_view bytes, std::size_t chunk = 0,
               pop3ana::StreamPosition acknowledged = pop3ana::kNoPosition);

    Recorder recorder;
    pop3ana::TextPool pool;
    pop3ana::ExchangePool exchanges;
    std::string scratch;
    pop3ana::SessionContext context;
    pop3ana::Pop3Session session;

private:
    std::uint64_t sent_[2]{}; ///< by each side
};

/// All events of a script, then " = PHASE". A script that begins with "M; " is midstream.
std::string events_of(std::string_view script, std::size_t chunk = 0);

struct ScriptRow {
    const char *name;
    const char *script;
    const char *events;
};

/// Whether the script gives the events at every chunk size.
bool gives_events(const ScriptRow &row);

} // namespace unit
