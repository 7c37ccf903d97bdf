// What the forms say of each kind of alert.
// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include "events/event_table.hpp"

#include <algorithm>
#include <array>
#include <cstdint>
#include <string_view>

namespace pop3fleet {

struct AlertForm {
    pop3ana_alert_kind kind;
    const char *category;     ///< of Suricata: the words of its classification.config
    std::int64_t priority;    ///< that it gives these: 1 is the highest
    const char *note;         ///< of Zeek
    std::int64_t severity_id; ///< of OCSF: 4 is high
    const char *severity;     ///< its caption
};

// clang-format off
inline constexpr std::array kAlertForms{
    AlertForm{POP3ANA_ALERT_ERRORS,      "Misc activity",                    3, "POP3::Errors",               2, "Low"},
    AlertForm{POP3ANA_ALERT_GUESSING,    "Unsuccessful User Privilege Gain", 1, "POP3::Password_Guessing",    3, "Medium"},
    AlertForm{POP3ANA_ALERT_SPRAYING,    "Unsuccessful User Privilege Gain", 1, "POP3::Password_Spraying",    3, "Medium"},
    AlertForm{POP3ANA_ALERT_DISTRIBUTED, "Unsuccessful User Privilege Gain", 1, "POP3::Distributed_Guessing", 3, "Medium"},
    AlertForm{POP3ANA_ALERT_BREACH,      "Successful User Privilege Gain",   1, "POP3::Breach",               4, "High"},
    AlertForm{POP3ANA_ALERT_STLS,        "Potentially Bad Traffic",          2, "POP3::STLS_Stripping",       4, "High"},
};
// clang-format on

/// Signature ids are this and the number of the alert's kind. From 1000000 to 1999999 they are for
/// local rules.
inline constexpr std::int64_t kFirstSignature = 1110000;

constexpr bool each_alert_has_a_form() {
    if (kAlertForms.size() + 1 != pop3ana::kAlerts.size()) return false;
    for (std::size_t i = 0; i < kAlertForms.size(); ++i)
        if (kAlertForms[i].kind != i + 1) return false;
    return true;
}
static_assert(each_alert_has_a_form());

/// The form of the alert with this name in JSON; NULL if there is no such alert.
constexpr const AlertForm *find_alert_form(std::string_view name) {
    for (const AlertForm &form : kAlertForms)
        if (name == pop3ana::kAlerts[form.kind].name) return &form;
    return nullptr;
}

/// A sentence without its full stop.
constexpr const char *summary_of(const AlertForm &form) {
    return pop3ana::kAlerts[form.kind].summary;
}

constexpr std::int64_t signature_of(const AlertForm &form) {
    return kFirstSignature + form.kind;
}

} // namespace pop3fleet
