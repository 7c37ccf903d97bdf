// Elastic Common Schema. What it has no field for lies below pop3ana, as it asks of fields that are
// not its own.
// SPDX-License-Identifier: GPL-2.0-or-later
#include "fleet/forms/alert_forms.hpp"
#include "fleet/forms/forms.hpp"

#include <array>
#include <cstddef>
#include <string>

namespace pop3fleet {
namespace {

struct EcsRow {
    pop3ana_event_type type;
    const char *category;
    const char *types; ///< JSON; the schema says which go with a category
};

// clang-format off
constexpr std::array kRows{
    EcsRow{POP3ANA_EVENT_NEW_CONNECTION,    "network",             R"(["connection","start"])"},
    EcsRow{POP3ANA_EVENT_REQUEST,           "network",             R"(["protocol"])"},
    EcsRow{POP3ANA_EVENT_REPLY,             "network",             R"(["protocol"])"},
    EcsRow{POP3ANA_EVENT_LOGIN_SUCCESS,     "authentication",      R"(["start"])"},
    EcsRow{POP3ANA_EVENT_LOGIN_FAILURE,     "authentication",      R"(["start"])"},
    EcsRow{POP3ANA_EVENT_UNEXPECTED,        "network",             R"(["protocol","info"])"},
    EcsRow{POP3ANA_EVENT_THRESHOLD_WARNING, "intrusion_detection", R"(["info"])"},
    EcsRow{POP3ANA_EVENT_TLS_STARTED,       "network",             R"(["protocol"])"},
    EcsRow{POP3ANA_EVENT_ANOMALY,           "network",             R"(["protocol","info"])"},
    EcsRow{POP3ANA_EVENT_ALERT,             "intrusion_detection", R"(["info"])"},
    EcsRow{POP3ANA_EVENT_PROXIED,           "network",             R"(["info"])"},
    EcsRow{POP3ANA_EVENT_SESSION_END,       "network",             R"(["connection","end"])"},
    EcsRow{POP3ANA_EVENT_TLS,               "network",             R"(["protocol","info"])"},
    EcsRow{POP3ANA_EVENT_STLS_OFFER,        "network",             R"(["protocol","info"])"},
};
// clang-format on

consteval bool rows_are_in_order() {
    for (std::size_t i = 0; i < kRows.size(); ++i)
        if (kRows[i].type != pop3ana::kEvents[i].type) return false;
    return kRows.size() == pop3ana::kEvents.size();
}
static_assert(rows_are_in_order());

bool add_alert(const Event &event, Fields &fields) {
    const AlertForm *const form = find_alert_form(event.text("alert").value_or(""));
    if (form == nullptr) return false;
    fields.text("message", summary_of(*form));
    fields.number("event.severity", form->severity_id);
    fields.text("rule.id", std::to_string(signature_of(*form)));
    fields.text("rule.description", summary_of(*form));
    fields.text("rule.ruleset", "pop3ana");
    return true;
}

void add_end(const Event &event, Fields &fields) {
    const auto first = event.duration_us("first_ts");
    const auto last = event.duration_us("last_ts");
    if (first && last && *last >= *first) fields.number("event.duration", (*last - *first) * 1000);
    const auto sent = event.count("orig_bytes");
    const auto received = event.count("resp_bytes");
    constexpr std::int64_t kMost = std::int64_t{1} << 61; // their sum is a number of 64 bits
    if (sent && received && *sent < kMost && *received < kMost)
        fields.number("network.bytes", *sent + *received);
}

/// All addresses and users once more, where a search finds them whatever they are.
void add_related(const Event &event, Fields &fields) {
    const std::string_view source = event.text("id.orig_h").value_or("");
    const std::string_view destination = event.text("id.resp_h").value_or("");
    std::string addresses;
    append_json_text(addresses += '[', source);
    if (destination != source) append_json_text(addresses += ',', destination);
    fields.json("related.ip", addresses += ']');
    const auto user = event.text("user");
    if (user && !user->empty()) fields.list("related.user", *user);
}

} // namespace

bool add_ecs_fields(const Event &event, Fields &fields) {
    const EcsRow &row = kRows[static_cast<std::size_t>(event.type()) - 1];
    const bool is_alert = event.text("alert").has_value();
    fields.text("ecs.version", "9.4.0");
    fields.text("event.kind", is_alert ? "alert" : "event");
    fields.list("event.category", row.category);
    fields.json("event.type", row.types);
    fields.text("event.module", "pop3ana");
    fields.text("event.dataset", "pop3ana.event");
    fields.text("observer.vendor", "pop3ana");
    fields.text("observer.product", "pop3dump");
    fields.text("network.type", event.is_ipv6() ? "ipv6" : "ipv4");
    fields.text("network.transport", "tcp");
    fields.text("network.protocol", "pop3");
    add_related(event, fields);
    switch (event.type()) {
    case POP3ANA_EVENT_REPLY:
        fields.text("event.outcome", event.text("status") == "OK" ? "success" : "failure");
        break;
    case POP3ANA_EVENT_LOGIN_SUCCESS: fields.text("event.outcome", "success"); break;
    case POP3ANA_EVENT_LOGIN_FAILURE: fields.text("event.outcome", "failure"); break;
    case POP3ANA_EVENT_ALERT:
    case POP3ANA_EVENT_THRESHOLD_WARNING: return add_alert(event, fields);
    case POP3ANA_EVENT_SESSION_END: add_end(event, fields); break;
    case POP3ANA_EVENT_TLS: fields.text("tls.version_protocol", "tls"); break;
    default: break;
    }
    return true;
}

} // namespace pop3fleet
