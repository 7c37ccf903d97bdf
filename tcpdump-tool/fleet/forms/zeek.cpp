// Zeek's logs as its JSON writer has them: conn, notice, ssl and weird, and a log of its own, pop3,
// since Zeek has none.
// SPDX-License-Identifier: GPL-2.0-or-later
#include "fleet/forms/alert_forms.hpp"
#include "fleet/forms/forms.hpp"
#include "fleet/forms/moment.hpp"

#include <string>

namespace pop3fleet {
namespace {

const char *log_of(pop3ana_event_type type) {
    switch (type) {
    case POP3ANA_EVENT_SESSION_END: return "conn";
    case POP3ANA_EVENT_ALERT:
    case POP3ANA_EVENT_THRESHOLD_WARNING: return "notice";
    case POP3ANA_EVENT_ANOMALY:
    case POP3ANA_EVENT_UNEXPECTED: return "weird";
    case POP3ANA_EVENT_TLS: return "ssl";
    case POP3ANA_EVENT_NEW_CONNECTION: return nullptr; // conn tells of it at its end
    default: return "pop3";
    }
}

bool add_conn(const Event &event, Fields &fields) {
    const auto first = event.duration_us("first_ts");
    const auto last = event.duration_us("last_ts");
    if (!first || !last) return false;
    std::string duration;
    append_seconds(duration, *last > *first ? *last - *first : 0);
    fields.text("proto", "tcp");
    fields.text("service", "pop3");
    fields.json("duration", duration);
    if (event.text("why") == "fin") fields.text("conn_state", "SF");
    return true;
}

bool add_notice(const Event &event, Fields &fields) {
    const AlertForm *const form = find_alert_form(event.text("alert").value_or(""));
    if (form == nullptr) return false;
    fields.text("proto", "tcp");
    fields.text("note", form->note);
    fields.text("msg", summary_of(*form));
    fields.text("src", event.text("id.orig_h").value_or(""));
    fields.text("dst", event.text("id.resp_h").value_or(""));
    fields.number("p", event.count("id.resp_p").value_or(0));
    if (const auto sensor = event.text("sensor")) fields.text("peer_descr", *sensor);
    fields.list("actions", "Notice::ACTION_LOG");
    fields.json("email_dest", "[]");
    fields.json("suppress_for", "0.0");
    return true;
}

void add_weird(const Event &event, Fields &fields) {
    fields.text("name",
                "pop3_" + std::string(event.text("anomaly").value_or("unexpected_command")));
    fields.boolean("notice", false);
    fields.text("peer", event.text("sensor").value_or("pop3dump"));
    fields.text("source", "POP3");
}

} // namespace

bool add_zeek_fields(const Event &event, Fields &fields) {
    const char *const log = log_of(event.type());
    if (log == nullptr) return false;
    fields.text("_path", log);
    switch (event.type()) {
    case POP3ANA_EVENT_SESSION_END: return add_conn(event, fields);
    case POP3ANA_EVENT_ALERT:
    case POP3ANA_EVENT_THRESHOLD_WARNING: return add_notice(event, fields);
    case POP3ANA_EVENT_ANOMALY:
    case POP3ANA_EVENT_UNEXPECTED: add_weird(event, fields); break;
    case POP3ANA_EVENT_TLS: break;
    default: fields.text("event", event.name()); break;
    }
    return true;
}

} // namespace pop3fleet
