// What types of events and kinds of anomalies there are: a row for each. Names, counters, JSON, its
// schema, the manual page and the fields of Wireshark are made from these rows and from those of
// the members (events/member_table.hpp).
// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include "pop3ana/pop3ana.h"

#include <array>
#include <cstddef>
#include <cstdint>

namespace pop3ana {

/// Whether events of a type have a line in the log.
enum class LogLine : std::uint8_t {
    kNever,
    kAlways,
    kUnlessIgnored, ///< by the configuration (K10), or since the end of its text was not captured
};

struct EventRow {
    pop3ana_event_type type;
    const char *name; ///< as pop3ana_event_name() tells it
    /// Counts the events of the type; NULL: what gives rise to them is counted elsewhere.
    std::uint64_t pop3ana_counters::*counter;
    LogLine line;        ///< the first event with a line gives its session a number
    const char *summary; ///< a sentence, for the manual
};

/// What an anomaly is about. In Wireshark: its group and severity.
enum class AnomalyClass : std::uint8_t {
    kProtocol,  ///< an odd line
    kMalformed, ///< a line that does not decode
    kLoss,      ///< of packets of the capture
    kSequence,  ///< segments that contradict others
    kLimit,     ///< of the analyzer
};

struct AnomalyRow {
    pop3ana_anomaly_kind kind;
    const char *name; ///< as pop3ana_anomaly_name() tells it
    /// Any line can give rise to it, and a line may be a byte long: their number is bounded. Others
    /// take a packet, or stand in place of a login.
    bool is_of_a_line;
    AnomalyClass about;
    const char *summary; ///< without a full stop
};

// clang-format off
inline constexpr std::array kEvents{
    EventRow{POP3ANA_EVENT_NEW_CONNECTION, "new_connection", nullptr, LogLine::kAlways,
             "The session begins: before its first other event with a line."},
    EventRow{POP3ANA_EVENT_REQUEST, "request", &pop3ana_counters::requests, LogLine::kUnlessIgnored,
             "A command was accepted."},
    EventRow{POP3ANA_EVENT_REPLY, "reply", &pop3ana_counters::replies, LogLine::kUnlessIgnored,
             "A status indicator came from the server."},
    EventRow{POP3ANA_EVENT_LOGIN_SUCCESS, "login_success", &pop3ana_counters::logins_succeeded, LogLine::kAlways,
             "A login succeeded."},
    EventRow{POP3ANA_EVENT_LOGIN_FAILURE, "login_failure", &pop3ana_counters::logins_failed, LogLine::kAlways,
             "A login failed."},
    EventRow{POP3ANA_EVENT_UNEXPECTED, "unexpected", &pop3ana_counters::unexpected_commands, LogLine::kAlways,
             "A command came in a phase that does not allow it, or a success shows that the phase was another one."},
    EventRow{POP3ANA_EVENT_THRESHOLD_WARNING, "threshold_warning", &pop3ana_counters::warnings, LogLine::kAlways,
             "The errors of the client exceed --error-threshold: the alert."},
    EventRow{POP3ANA_EVENT_TLS_STARTED, "terminated", &pop3ana_counters::terminated, LogLine::kNever,
             "STLS was accepted: what follows is TLS."},
    EventRow{POP3ANA_EVENT_ANOMALY, "anomaly", &pop3ana_counters::anomalies, LogLine::kNever,
             "Something is odd or missing."},
};

inline constexpr std::array kAnomalies{
    AnomalyRow{POP3ANA_ANOMALY_NONE, "none", true, AnomalyClass::kProtocol, ""},
    AnomalyRow{POP3ANA_ANOMALY_UNKNOWN_COMMAND, "unknown_command", true, AnomalyClass::kProtocol,
               "Unknown POP3 command"},
    AnomalyRow{POP3ANA_ANOMALY_UNKNOWN_REPLY, "unknown_reply", true, AnomalyClass::kProtocol,
               "Server line without a status indicator"},
    AnomalyRow{POP3ANA_ANOMALY_COMMAND_FROM_SERVER, "command_from_server", true, AnomalyClass::kProtocol,
               "POP3 command from the server"},
    AnomalyRow{POP3ANA_ANOMALY_BAD_BASE64, "bad_base64", true, AnomalyClass::kMalformed,
               "SASL line is no base64"},
    AnomalyRow{POP3ANA_ANOMALY_MALFORMED_SASL, "malformed_sasl", true, AnomalyClass::kMalformed,
               "SASL PLAIN without its two NUL"},
    AnomalyRow{POP3ANA_ANOMALY_GAP, "gap", false, AnomalyClass::kLoss,
               "Bytes of the POP3 session were not captured"},
    AnomalyRow{POP3ANA_ANOMALY_LINE_TOO_LONG, "line_too_long", false, AnomalyClass::kProtocol,
               "POP3 line beyond the limit"},
    AnomalyRow{POP3ANA_ANOMALY_PENDING_OVERFLOW, "pending_overflow", true, AnomalyClass::kProtocol,
               "Too many POP3 commands wait for a reply"},
    AnomalyRow{POP3ANA_ANOMALY_REPLIES_LOST, "replies_lost", false, AnomalyClass::kLoss,
               "POP3 commands whose replies were not captured"},
    AnomalyRow{POP3ANA_ANOMALY_RESET_IGNORED, "reset_ignored", false, AnomalyClass::kSequence,
               "RST outside of the window of the POP3 session"},
    AnomalyRow{POP3ANA_ANOMALY_OVERLAP_DIFFERS, "overlap_differs", false, AnomalyClass::kSequence,
               "Two copies of bytes of the POP3 session differ"},
    AnomalyRow{POP3ANA_ANOMALY_EVICTED, "evicted", false, AnomalyClass::kLimit,
               "POP3 session gave way: too many connections"},
    AnomalyRow{POP3ANA_ANOMALY_UNCERTAIN, "uncertain", false, AnomalyClass::kLoss,
               "Login without a result: which command was answered is not certain"},
};
// clang-format on

/// Types begin with 1, kinds of anomalies with 0.
consteval bool rows_are_in_order() {
    for (std::size_t i = 0; i < kEvents.size(); ++i)
        if (kEvents[i].type != i + 1) return false;
    for (std::size_t i = 0; i < kAnomalies.size(); ++i)
        if (kAnomalies[i].kind != i) return false;
    return true;
}
static_assert(rows_are_in_order(), "rows are found by their number");

/// The row of a type; NULL: there is no such type.
constexpr const EventRow *find_event_row(std::uint32_t type) {
    return type - 1 < kEvents.size() ? &kEvents[type - 1] : nullptr;
}

/// The row of a kind of anomaly, likewise.
constexpr const AnomalyRow *find_anomaly_row(std::uint32_t kind) {
    return kind < kAnomalies.size() ? &kAnomalies[kind] : nullptr;
}

/// The row of an event's type, which is one of the library's own.
constexpr const EventRow &row_of_event(std::uint32_t type) {
    return kEvents[type - 1];
}

} // namespace pop3ana
