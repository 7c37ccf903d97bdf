// Names of the numbers in the C interface.
// SPDX-License-Identifier: GPL-2.0-or-later
#include "pop3ana/pop3ana.h"

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
    switch (type) {
    case POP3ANA_EVENT_NEW_CONNECTION: return "new_connection";
    case POP3ANA_EVENT_REQUEST: return "request";
    case POP3ANA_EVENT_REPLY: return "reply";
    case POP3ANA_EVENT_LOGIN_SUCCESS: return "login_success";
    case POP3ANA_EVENT_LOGIN_FAILURE: return "login_failure";
    case POP3ANA_EVENT_UNEXPECTED: return "unexpected";
    case POP3ANA_EVENT_THRESHOLD_WARNING: return "threshold_warning";
    case POP3ANA_EVENT_TERMINATED: return "terminated";
    case POP3ANA_EVENT_ANOMALY: return "anomaly";
    default: return "unknown";
    }
}

const char *pop3ana_anomaly_name(uint32_t anomaly) {
    switch (anomaly) {
    case POP3ANA_ANOMALY_NONE: return "none";
    case POP3ANA_ANOMALY_UNKNOWN_COMMAND: return "unknown_command";
    case POP3ANA_ANOMALY_UNKNOWN_REPLY: return "unknown_reply";
    case POP3ANA_ANOMALY_COMMAND_FROM_SERVER: return "command_from_server";
    case POP3ANA_ANOMALY_BAD_BASE64: return "bad_base64";
    case POP3ANA_ANOMALY_MALFORMED_SASL: return "malformed_sasl";
    case POP3ANA_ANOMALY_GAP: return "gap";
    case POP3ANA_ANOMALY_LINE_TOO_LONG: return "line_too_long";
    case POP3ANA_ANOMALY_PENDING_OVERFLOW: return "pending_overflow";
    case POP3ANA_ANOMALY_REPLIES_LOST: return "replies_lost";
    case POP3ANA_ANOMALY_RESET_IGNORED: return "reset_ignored";
    case POP3ANA_ANOMALY_OVERLAP_DIFFERS: return "overlap_differs";
    case POP3ANA_ANOMALY_EVICTED: return "evicted";
    case POP3ANA_ANOMALY_UNCERTAIN: return "uncertain";
    default: return "unknown";
    }
}
