// One row for each event type and each kind of anomaly. Names, counters, JSON and its schema, the
// manual page and the fields of Wireshark are generated from these rows and from those of the
// members (events/member_table.hpp).
// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include "pop3ana/pop3ana.h"

#include <array>
#include <cstddef>
#include <cstdint>

namespace pop3ana {

/// Whether events of a type have a log line.
enum class LogLine : std::uint8_t {
    kNever,
    kAlways,
    kUnlessIgnored, ///< by configuration (K10), or because the end of its text was not captured
};

struct EventRow {
    pop3ana_event_type type;
    const char *name; ///< returned by pop3ana_event_name()
    /// Counts events of this type; NULL: another counter covers them.
    std::uint64_t pop3ana_counters::*counter;
    LogLine line;        ///< the first event that has one numbers the session
    const char *summary; ///< a sentence, for the manual
};

/// What an anomaly is about; decides its group and severity in Wireshark.
enum class AnomalyClass : std::uint8_t {
    kProtocol,  ///< an odd line
    kMalformed, ///< a line that does not decode
    kLoss,      ///< packets missing in the capture
    kSequence,  ///< segments that contradict others
    kLimit,     ///< a limit of the analyzer was reached
};

struct AnomalyRow {
    pop3ana_anomaly_kind kind;
    const char *name; ///< returned by pop3ana_anomaly_name()
    /// Any line can cause it, and a line may be one byte long, so the number of events is bounded.
    /// The others each need a packet, or replace a login.
    bool is_of_a_line;
    AnomalyClass about;
    const char *summary; ///< without a full stop
};

// clang-format off
inline constexpr std::array kEvents{
    EventRow{POP3ANA_EVENT_NEW_CONNECTION, "new_connection", nullptr, LogLine::kAlways,
             "A session begins; precedes its first other event that has a log line."},
    EventRow{POP3ANA_EVENT_REQUEST, "request", &pop3ana_counters::requests, LogLine::kUnlessIgnored,
             "A command was accepted."},
    EventRow{POP3ANA_EVENT_REPLY, "reply", &pop3ana_counters::replies, LogLine::kUnlessIgnored,
             "The server sent a status indicator."},
    EventRow{POP3ANA_EVENT_LOGIN_SUCCESS, "login_success", &pop3ana_counters::logins_succeeded, LogLine::kAlways,
             "A login succeeded."},
    EventRow{POP3ANA_EVENT_LOGIN_FAILURE, "login_failure", &pop3ana_counters::logins_failed, LogLine::kAlways,
             "A login failed."},
    EventRow{POP3ANA_EVENT_UNEXPECTED, "unexpected", &pop3ana_counters::unexpected_commands, LogLine::kAlways,
             "A command was sent in a phase that does not allow it, or a +OK shows that the phase was a different one."},
    EventRow{POP3ANA_EVENT_THRESHOLD_WARNING, "threshold_warning", &pop3ana_counters::warnings, LogLine::kAlways,
             "The alert: the client's error count exceeds --error-threshold."},
    EventRow{POP3ANA_EVENT_TLS_STARTED, "terminated", &pop3ana_counters::terminated, LogLine::kNever,
             "STLS was accepted: the rest of the session is TLS."},
    EventRow{POP3ANA_EVENT_ANOMALY, "anomaly", &pop3ana_counters::anomalies, LogLine::kNever,
             "Something is odd or missing."},
};

inline constexpr std::array kAnomalies{
    AnomalyRow{POP3ANA_ANOMALY_NONE, "none", true, AnomalyClass::kProtocol, ""},
    AnomalyRow{POP3ANA_ANOMALY_UNKNOWN_COMMAND, "unknown_command", true, AnomalyClass::kProtocol,
               "Unknown POP3 command"},
    AnomalyRow{POP3ANA_ANOMALY_UNKNOWN_REPLY, "unknown_reply", true, AnomalyClass::kProtocol,
               "POP3 server line without a status indicator"},
    AnomalyRow{POP3ANA_ANOMALY_COMMAND_FROM_SERVER, "command_from_server", true, AnomalyClass::kProtocol,
               "POP3 command sent by the server"},
    AnomalyRow{POP3ANA_ANOMALY_BAD_BASE64, "bad_base64", true, AnomalyClass::kMalformed,
               "SASL line is not valid base64"},
    AnomalyRow{POP3ANA_ANOMALY_MALFORMED_SASL, "malformed_sasl", true, AnomalyClass::kMalformed,
               "SASL PLAIN message without its two NULs"},
    AnomalyRow{POP3ANA_ANOMALY_GAP, "gap", false, AnomalyClass::kLoss,
               "Bytes of the POP3 session were not captured"},
    AnomalyRow{POP3ANA_ANOMALY_LINE_TOO_LONG, "line_too_long", false, AnomalyClass::kProtocol,
               "POP3 line exceeds the length limit"},
    AnomalyRow{POP3ANA_ANOMALY_PENDING_OVERFLOW, "pending_overflow", true, AnomalyClass::kProtocol,
               "POP3 command dropped: too many await a reply"},
    AnomalyRow{POP3ANA_ANOMALY_REPLIES_LOST, "replies_lost", false, AnomalyClass::kLoss,
               "Replies to POP3 commands were not captured"},
    AnomalyRow{POP3ANA_ANOMALY_RESET_IGNORED, "reset_ignored", false, AnomalyClass::kSequence,
               "RST outside the window of the POP3 session"},
    AnomalyRow{POP3ANA_ANOMALY_OVERLAP_DIFFERS, "overlap_differs", false, AnomalyClass::kSequence,
               "Overlapping segments of the POP3 session differ"},
    AnomalyRow{POP3ANA_ANOMALY_EVICTED, "evicted", false, AnomalyClass::kLimit,
               "POP3 session evicted: too many connections"},
    AnomalyRow{POP3ANA_ANOMALY_UNCERTAIN, "uncertain", false, AnomalyClass::kLoss,
               "POP3 login result withheld: uncertain which command was answered"},
};
// clang-format on

/// Event types start at 1, kinds of anomalies at 0.
consteval bool rows_are_in_order() {
    for (std::size_t i = 0; i < kEvents.size(); ++i)
        if (kEvents[i].type != i + 1) return false;
    for (std::size_t i = 0; i < kAnomalies.size(); ++i)
        if (kAnomalies[i].kind != i) return false;
    return true;
}
static_assert(rows_are_in_order(), "rows are found by their number");

/// The row of an event type; NULL if there is no such type.
constexpr const EventRow *find_event_row(std::uint32_t type) {
    return type - 1 < kEvents.size() ? &kEvents[type - 1] : nullptr;
}

/// The row of a kind of anomaly; NULL if there is no such kind.
constexpr const AnomalyRow *find_anomaly_row(std::uint32_t kind) {
    return kind < kAnomalies.size() ? &kAnomalies[kind] : nullptr;
}

/// The row of a type that is known to exist.
constexpr const EventRow &row_of_event(std::uint32_t type) {
    return kEvents[type - 1];
}

} // namespace pop3ana
