// OCSF: logins are Authentication, alerts Detection Findings.
// SPDX-License-Identifier: GPL-2.0-or-later
#include "fleet/forms/alert_forms.hpp"
#include "fleet/forms/forms.hpp"
#include "fleet/forms/moment.hpp"

#include <string>

namespace pop3fleet {
namespace {

/// What all classes have. The time of OCSF is in milliseconds; original_time is exact.
void add_common(const Event &event, Fields &fields) {
    std::string time;
    append_utc(time, event.microseconds(), "Z");
    fields.text("metadata.version", "1.8.0");
    fields.text("metadata.product.name", "pop3dump");
    fields.text("metadata.product.vendor_name", "pop3ana");
    fields.text("metadata.original_time", time);
    fields.number("timezone_offset", 0);
}

void add_class(Fields &fields, std::int64_t category, const char *category_name, std::int64_t uid,
               const char *name, const char *activity) {
    constexpr std::int64_t kActivity = 1; // Logon, or Create
    fields.number("category_uid", category);
    fields.text("category_name", category_name);
    fields.number("class_uid", uid);
    fields.text("class_name", name);
    fields.number("activity_id", kActivity);
    fields.text("activity_name", activity);
    fields.number("type_uid", uid * 100 + kActivity);
    fields.text("type_name", std::string(name) + ": " + activity);
}

void add_authentication(const Event &event, Fields &fields) {
    const bool is_success = event.type() == POP3ANA_EVENT_LOGIN_SUCCESS;
    add_class(fields, 3, "Identity & Access Management", 3002, "Authentication", "Logon");
    fields.number("severity_id", is_success ? 1 : 2);
    fields.text("severity", is_success ? "Informational" : "Low");
    fields.number("status_id", is_success ? 1 : 2);
    fields.text("status", is_success ? "Success" : "Failure");
    add_common(event, fields);
    // The schema asks for a user even where the mechanism hides it.
    if (!event.text("user")) fields.text("user.name", "Unknown");
    fields.text("service.name", "pop3");
    fields.text("dst_endpoint.svc_name", "pop3");
    const bool is_told = event.text("mechanism").has_value();
    fields.number("auth_protocol_id", is_told ? 99 : 0); // Other, or Unknown
    if (!is_told) fields.text("auth_protocol", "Unknown");
    fields.number("logon_type_id", 3);
    fields.text("logon_type", "Network");
    fields.boolean("is_remote", true);
}

bool add_finding(const Event &event, Fields &fields) {
    const AlertForm *const form = find_alert_form(event.text("alert").value_or(""));
    if (form == nullptr) return false;
    add_class(fields, 2, "Findings", 2004, "Detection Finding", "Create");
    fields.number("severity_id", form->severity_id);
    fields.text("severity", form->severity);
    fields.number("status_id", 1);
    fields.text("status", "New");
    add_common(event, fields);
    fields.text("message", summary_of(*form));
    fields.boolean("is_alert", true);
    std::string uid(event.text("uid").value_or(event.text("id.orig_h").value_or("")));
    (uid += '/') += event.text("alert").value_or("");
    append_seconds(uid += '/', event.microseconds());
    fields.text("finding_info.uid", uid);
    fields.text("finding_info.title", summary_of(*form));
    fields.number("finding_info.created_time", event.microseconds() / 1000);
    fields.number("finding_info.analytic.type_id", 1);
    fields.text("finding_info.analytic.type", "Rule");
    fields.text("finding_info.analytic.uid", std::to_string(signature_of(*form)));
    fields.number("evidences[].connection_info.direction_id", 0);
    fields.text("evidences[].connection_info.direction", "Unknown");
    fields.text("evidences[].connection_info.protocol_name", "tcp");
    fields.number("evidences[].connection_info.protocol_num", 6);
    fields.text("evidences[].dst_endpoint.svc_name", "pop3");
    return true;
}

} // namespace

bool add_ocsf_fields(const Event &event, Fields &fields) {
    switch (event.type()) {
    case POP3ANA_EVENT_LOGIN_SUCCESS:
    case POP3ANA_EVENT_LOGIN_FAILURE: add_authentication(event, fields); return true;
    case POP3ANA_EVENT_ALERT:
    case POP3ANA_EVENT_THRESHOLD_WARNING: return add_finding(event, fields);
    default: return false;
    }
}

} // namespace pop3fleet
