// Each value is checked and applied by itself: a mistake in one must not undo what another hides.
// SPDX-License-Identifier: GPL-2.0-or-later
#include "preferences.hpp"

#include "compat.hpp"
#include "engine.hpp"
#include "pop_ports.hpp"
#include "postdissector.hpp"

#include <wsutil/report_message.h>

namespace pop3ana_plugin {
namespace {

// What Wireshark writes the user's values to.
struct Entered {
    const char *ports = "110";
    const char *ignore_commands = "STAT";
    const char *alerts = "errors";
    const char *alert_limits = "";
    const char *trusted_proxies = "";
    const char *peer = "";
    guint error_threshold = 3;
    guint expire_minutes = 60;
    PreferenceBool redact = false;
    PreferenceBool alert_once = false;
    PreferenceBool midstream = true;
    PreferenceBool verify_checksums = false;
    PreferenceBool decrypted = false;
};
Entered entered;

struct TextPreference {
    const char *name;
    const char *title;
    const char *words;
    const char *Entered::*entered;
    std::string Preferences::*value;
};
constexpr TextPreference kTexts[] = {
    {"ports", "POP3 ports",
     "Comma-separated TCP ports of POP3 servers, and ranges of ports. With \"auto\" among them, "
     "POP3 is found on any other port too. The ports of Wireshark's own POP dissector are analysed "
     "as well, those of Decode As included.",
     &Entered::ports, &Preferences::ports},
    {"alerts", "Alerts",
     "Comma-separated kinds of alerts to raise: errors, guessing, spraying, distributed, breach, "
     "stls; or all.",
     &Entered::alerts, &Preferences::alerts},
    {"alert_limits", "Alert limits",
     "Comma-separated limits of alerts other than errors, such as guessing=10,breach=5.",
     &Entered::alert_limits, &Preferences::alert_limits},
    {"trusted_proxies", "Trusted proxies",
     "Comma-separated addresses and prefixes of proxies whose word on the client's address counts.",
     &Entered::trusted_proxies, &Preferences::trusted_proxies},
    {"ignore_commands", "Commands to omit from the log",
     "Comma-separated POP3 commands; OK and ERR omit replies. Logins and errors are counted all "
     "the same.",
     &Entered::ignore_commands, &Preferences::ignore_commands},
    {"peer", "Name of this machine", "Sessions are logged as #NAME-7 instead of #7.",
     &Entered::peer, &Preferences::peer},
};

Preferences in_force;
pop3ana::PortSet ports_in_force;

// Of what the core says of its field, the value and the reason.
std::string_view without_field(std::string_view why) {
    const std::size_t end = why.find(": ");
    return end == std::string_view::npos ? why : why.substr(end + 2);
}

// `change` makes `wanted` from the ones in force. False: the core refused it, as `why` says.
template <class Change> bool apply_one(std::string &why, Change change) {
    try {
        Preferences wanted = in_force;
        change(wanted);
        std::string refused;
        if (!Engine::accepts(wanted, ports_in_force, refused)) {
            why = without_field(refused);
            return false;
        }
        in_force = std::move(wanted);
        return true;
    } catch (const std::bad_alloc &) {
        why = "out of memory"; // Short enough to be inside of the string.
        return false;
    }
}

// Applies what the user set. `refuse(NAME, WHY)` hears of each value that is not; the previous one
// stays.
template <class Refuse> void update(Refuse refuse) {
    // First what cannot fail: nothing else may show what is to be hidden.
    in_force.redact = entered.redact;
    in_force.alert_once = entered.alert_once;
    in_force.midstream = entered.midstream;
    in_force.verify_checksums = entered.verify_checksums;
    in_force.decrypted = entered.decrypted;
    in_force.error_threshold = entered.error_threshold;
    want_decrypted(in_force.decrypted);
    std::string why;
    if (!apply_one(why,
                   [](Preferences &wanted) { wanted.expire_minutes = entered.expire_minutes; }))
        refuse("expire", why);
    for (const TextPreference &text : kTexts) {
        const bool is_applied = apply_one(why, [&](Preferences &wanted) {
            wanted.*text.value = entered.*text.entered;
            if (text.value == &Preferences::ports) wanted.ports += pop_ports();
        });
        if (!is_applied) refuse(text.name, why);
    }
}

// Wireshark reads the file again after this.
void apply() {
    update([](const char *name, const std::string &why) {
        report_failure("pop3ana.%s: %s; its previous value stays.", name, why.c_str());
    });
}

} // namespace

const Preferences &preferences() {
    return in_force;
}

void refresh_preferences() {
    update([](const char *, const std::string &) {});
}

bool is_pop3_port(std::uint32_t port) {
    constexpr std::uint32_t kPop3s = 995;
    return port == kPop3s || ports_in_force.test(static_cast<std::uint16_t>(port));
}

void register_preferences(int protocol) {
    module_t *module = prefs_register_protocol(protocol, apply);
    for (const TextPreference &text : kTexts)
        prefs_register_string_preference(module, text.name, text.title, text.words,
                                         &(entered.*text.entered));
    prefs_register_uint_preference(
        module, "error_threshold", "Error threshold",
        "Raise an alert when a client address draws more -ERR replies than this.", 10,
        &entered.error_threshold);
    prefs_register_uint_preference(
        module, "expire", "Minutes until errors are forgotten",
        "After this time without an -ERR reply the count of a client address starts again. Failed "
        "logins are forgotten likewise.",
        10, &entered.expire_minutes);
    prefs_register_bool_preference(
        module, "alert_once", "One alert for each error count",
        "Raise the alert on errors only where the count of a client address first exceeds the "
        "threshold, not at each -ERR reply from there on.",
        &entered.alert_once);
    prefs_register_bool_preference(
        module, "redact", "Hide passwords",
        "Show <redacted> instead of passwords, digests and SASL lines in the fields, columns and "
        "tables of this plugin. Wireshark's own fields and columns still show what the packets "
        "hold.",
        &entered.redact);
    prefs_register_bool_preference(
        module, "midstream", "Analyse midstream connections",
        "Also analyse connections whose first packets were not captured.", &entered.midstream);
    prefs_register_bool_preference(
        module, "verify_checksums", "Verify checksums",
        "Leave out packets with a wrong IPv4 or TCP checksum. Those that this machine sent often "
        "have none yet when they are captured.",
        &entered.verify_checksums);
    prefs_register_bool_preference(
        module, "decrypted", "Analyse decrypted POP3",
        "Also analyse POP3S, and POP3 after STLS, where Wireshark has the keys; and packets that "
        "only Wireshark can read, such as decrypted WLAN and ESP. It slows Wireshark down.",
        &entered.decrypted);
}

} // namespace pop3ana_plugin
