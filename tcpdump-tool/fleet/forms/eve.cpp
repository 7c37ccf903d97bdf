// Suricata's EVE, as of Suricata 8.
// SPDX-License-Identifier: GPL-2.0-or-later
#include "fleet/forms/alert_forms.hpp"
#include "fleet/forms/forms.hpp"

#include <algorithm>
#include <string>

namespace pop3fleet {
namespace {

bool add_alert(const Event &event, Fields &fields) {
    const AlertForm *const form = find_alert_form(event.text("alert").value_or(""));
    if (form == nullptr) return false;
    fields.text("direction", "to_server");
    fields.text("alert.action", "allowed");
    fields.number("alert.gid", 1);
    fields.number("alert.signature_id", signature_of(*form));
    fields.number("alert.rev", 1);
    fields.text("alert.signature", std::string("pop3ana: ") + summary_of(*form));
    fields.text("alert.category", form->category);
    fields.number("alert.severity", form->priority);
    return true;
}

void add_anomaly(const Event &event, Fields &fields) {
    const std::string_view name = event.text("anomaly").value_or("unexpected_command");
    const auto *const row = std::find_if(pop3ana::kAnomalies.begin(), pop3ana::kAnomalies.end(),
                                         [&](const auto &anomaly) { return name == anomaly.name; });
    const bool is_of_stream =
        row != pop3ana::kAnomalies.end() && (row->about == pop3ana::AnomalyClass::kLoss ||
                                             row->about == pop3ana::AnomalyClass::kSequence);
    fields.text("anomaly.app_proto", "pop3");
    fields.text("anomaly.type", is_of_stream ? "stream" : "applayer");
    fields.text("anomaly.event", name);
    if (!is_of_stream) fields.text("anomaly.layer", "proto_parser");
}

/// The words of Suricata for the end of a flow.
void add_flow(const Event &event, Fields &fields) {
    const std::string_view why = event.text("why").value_or("");
    const bool is_closed = why == "quit" || why == "fin" || why == "rst";
    fields.text("flow.state", is_closed ? "closed" : "established");
    fields.text("flow.reason", why == "replaced"  ? "tcp_reuse"
                               : why == "evicted" ? "forced"
                                                  : "timeout");
}

const char *type_of(pop3ana_event_type type) {
    switch (type) {
    case POP3ANA_EVENT_REQUEST:
    case POP3ANA_EVENT_REPLY: return "pop3";
    case POP3ANA_EVENT_ALERT:
    case POP3ANA_EVENT_THRESHOLD_WARNING: return "alert";
    case POP3ANA_EVENT_ANOMALY:
    case POP3ANA_EVENT_UNEXPECTED: return "anomaly";
    case POP3ANA_EVENT_TLS: return "tls";
    case POP3ANA_EVENT_SESSION_END: return "flow";
    default: return nullptr;
    }
}

} // namespace

bool add_eve_fields(const Event &event, Fields &fields) {
    const char *const type = type_of(event.type());
    if (type == nullptr) return false;
    fields.text("event_type", type);
    fields.number("ip_v", event.is_ipv6() ? 6 : 4);
    fields.text("proto", "TCP");
    fields.text("app_proto", "pop3");
    switch (event.type()) {
    case POP3ANA_EVENT_ALERT:
    case POP3ANA_EVENT_THRESHOLD_WARNING: return add_alert(event, fields);
    case POP3ANA_EVENT_ANOMALY:
    case POP3ANA_EVENT_UNEXPECTED: add_anomaly(event, fields); break;
    case POP3ANA_EVENT_SESSION_END: add_flow(event, fields); break;
    case POP3ANA_EVENT_REPLY:
        fields.boolean("pop3.response.success", event.text("status") == "OK");
        break;
    default: break;
    }
    return true;
}

} // namespace pop3fleet
