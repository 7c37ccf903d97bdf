// What types of events and kinds of anomalies there are: a row for each.
// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include "pop3ana/pop3ana.h"

#include <cstdint>

namespace pop3ana {

struct EventRow {
    std::uint32_t type; ///< POP3ANA_EVENT_*
    const char *name;   ///< as pop3ana_event_name() tells it
    /// Counts the events of the type; NULL: what gives rise to them is counted elsewhere.
    std::uint64_t pop3ana_counters::*counter;
    bool is_line; ///< the log has a line for it, and the first one gives its session a number
};

struct AnomalyRow {
    std::uint32_t kind; ///< POP3ANA_ANOMALY_*
    const char *name;   ///< as pop3ana_anomaly_name() tells it
    /// Any line can give rise to it, and a line may be a byte long: their number is bounded. Others
    /// take a packet, or stand in place of a login.
    bool is_of_a_line;
};

/// The row of a type; NULL: there is no such type.
const EventRow *find_event_row(std::uint32_t type);

/// The row of a kind of anomaly, likewise.
const AnomalyRow *find_anomaly_row(std::uint32_t kind);

/// The row of an event's type, which is one of the library's own.
const EventRow &row_of_event(std::uint32_t type);

} // namespace pop3ana
