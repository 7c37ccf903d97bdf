// SPDX-License-Identifier: GPL-2.0-or-later
#include "events/event_table.hpp"

#include <array>
#include <cstddef>

namespace pop3ana {
namespace {

using C = pop3ana_counters;

// clang-format off
constexpr std::array kEvents{
    //       type                                 name                 counter                  is_line
    EventRow{POP3ANA_EVENT_NEW_CONNECTION,    "new_connection",    nullptr,                 true},
    EventRow{POP3ANA_EVENT_REQUEST,           "request",           &C::requests,            true},
    EventRow{POP3ANA_EVENT_REPLY,             "reply",             &C::replies,             true},
    EventRow{POP3ANA_EVENT_LOGIN_SUCCESS,     "login_success",     &C::logins_succeeded,    true},
    EventRow{POP3ANA_EVENT_LOGIN_FAILURE,     "login_failure",     &C::logins_failed,       true},
    EventRow{POP3ANA_EVENT_UNEXPECTED,        "unexpected",        &C::unexpected_commands, true},
    EventRow{POP3ANA_EVENT_THRESHOLD_WARNING, "threshold_warning", &C::warnings,            true},
    EventRow{POP3ANA_EVENT_TERMINATED,        "terminated",        &C::terminated,          false},
    EventRow{POP3ANA_EVENT_ANOMALY,           "anomaly",           &C::anomalies,           false},
};

constexpr std::array kAnomalies{
    //         kind                                  name                   is_of_a_line
    AnomalyRow{POP3ANA_ANOMALY_NONE,                "none",                true},
    AnomalyRow{POP3ANA_ANOMALY_UNKNOWN_COMMAND,     "unknown_command",     true},
    AnomalyRow{POP3ANA_ANOMALY_UNKNOWN_REPLY,       "unknown_reply",       true},
    AnomalyRow{POP3ANA_ANOMALY_COMMAND_FROM_SERVER, "command_from_server", true},
    AnomalyRow{POP3ANA_ANOMALY_BAD_BASE64,          "bad_base64",          true},
    AnomalyRow{POP3ANA_ANOMALY_MALFORMED_SASL,      "malformed_sasl",      true},
    AnomalyRow{POP3ANA_ANOMALY_GAP,                 "gap",                 false},
    AnomalyRow{POP3ANA_ANOMALY_LINE_TOO_LONG,       "line_too_long",       false},
    AnomalyRow{POP3ANA_ANOMALY_PENDING_OVERFLOW,    "pending_overflow",    true},
    AnomalyRow{POP3ANA_ANOMALY_REPLIES_LOST,        "replies_lost",        false},
    AnomalyRow{POP3ANA_ANOMALY_RESET_IGNORED,       "reset_ignored",       false},
    AnomalyRow{POP3ANA_ANOMALY_OVERLAP_DIFFERS,     "overlap_differs",     false},
    AnomalyRow{POP3ANA_ANOMALY_EVICTED,             "evicted",             false},
    AnomalyRow{POP3ANA_ANOMALY_UNCERTAIN,           "uncertain",           false},
};
// clang-format on

// Types begin with 1, kinds of anomalies with 0.
consteval bool rows_are_in_order() {
    for (std::size_t i = 0; i < kEvents.size(); ++i)
        if (kEvents[i].type != i + 1) return false;
    for (std::size_t i = 0; i < kAnomalies.size(); ++i)
        if (kAnomalies[i].kind != i) return false;
    return true;
}
static_assert(rows_are_in_order(), "rows are found by their number");

} // namespace

const EventRow *find_event_row(std::uint32_t type) {
    return type - 1 < kEvents.size() ? &kEvents[type - 1] : nullptr;
}

const AnomalyRow *find_anomaly_row(std::uint32_t kind) {
    return kind < kAnomalies.size() ? &kAnomalies[kind] : nullptr;
}

const EventRow &row_of_event(std::uint32_t type) {
    return kEvents[type - 1];
}

} // namespace pop3ana
