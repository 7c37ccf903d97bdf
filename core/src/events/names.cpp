// Names of the numbers in the C interface.
// SPDX-License-Identifier: GPL-2.0-or-later
#include "events/event_table.hpp"

const char *pop3ana_strerror(pop3ana_status status) {
    switch (status) {
    case POP3ANA_OK: return "success";
    case POP3ANA_NOT_POP3: return "the frame holds nothing for the analyzer";
    case POP3ANA_E_INVALID: return "an argument is NULL, or the size of a struct is too small";
    case POP3ANA_E_NOMEM: return "out of memory";
    case POP3ANA_E_UNSUPPORTED: return "a field that this library does not know is in use";
    case POP3ANA_E_CONFIG: return "a configuration value was refused";
    case POP3ANA_E_REENTRANT: return "the engine was called from inside its own callback";
    case POP3ANA_E_INTERNAL: return "a fault of the library itself";
    default: return "unknown status";
    }
}

const char *pop3ana_version(void) {
    return POP3ANA_VERSION;
}

const char *pop3ana_event_name(uint32_t type) {
    const pop3ana::EventRow *row = pop3ana::find_event_row(type);
    return row != nullptr ? row->name : "unknown";
}

const char *pop3ana_anomaly_name(uint32_t anomaly) {
    const pop3ana::AnomalyRow *row = pop3ana::find_anomaly_row(anomaly);
    return row != nullptr ? row->name : "unknown";
}
