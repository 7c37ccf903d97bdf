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
    const char *trusted_proxies = "";
    guint error_threshold = 3;
    PreferenceBool redact = false;
    PreferenceBool midstream = true;
    PreferenceBool decrypted = false;
};
Entered entered;

Preferences in_force;
pop3ana::PortSet ports_in_force;

Preferences read_entered() {
    Preferences result;
    result.ports = entered.ports + pop_ports();
    result.ignore_commands = entered.ignore_commands;
    result.alerts = entered.alerts;
    result.trusted_proxies = entered.trusted_proxies;
    result.error_threshold = entered.error_threshold;
    result.redact = entered.redact;
    result.midstream = entered.midstream;
    result.decrypted = entered.decrypted;
    return result;
}

// Applies what the user set, or keeps the previous values if it is refused.
bool update(char *why, std::size_t size) {
    g_strlcpy(why, "out of memory", size);
    bool accepted = false;
    try {
        Preferences wanted = read_entered();
        std::string refused;
        accepted = Engine::accepts(wanted, ports_in_force, refused);
        if (accepted) in_force = std::move(wanted);
        g_strlcpy(why, refused.c_str(), size);
    } catch (...) { // `why` says it.
    }
    want_decrypted(in_force.decrypted);
    return accepted;
}

// Wireshark reads the file again after this.
void apply() {
    char why[256];
    if (!update(why, sizeof(why)))
        report_failure("pop3ana.%s; keeping the previous settings.", why);
}

} // namespace

const Preferences &preferences() {
    return in_force;
}

void refresh_preferences() {
    char why[256];
    update(why, sizeof(why));
}

bool is_pop3_port(std::uint32_t port) {
    constexpr std::uint32_t kPop3s = 995;
    return port == kPop3s || ports_in_force.test(static_cast<std::uint16_t>(port));
}

void register_preferences(int protocol) {
    module_t *module = prefs_register_protocol(protocol, apply);
    prefs_register_string_preference(
        module, "ports", "POP3 ports",
        "Comma-separated TCP ports of POP3 servers, and ranges of ports. With \"auto\" among them, "
        "POP3 is found on any other port too. The ports of Wireshark's own POP dissector are "
        "analysed as well, those of Decode As included.",
        &entered.ports);
    prefs_register_uint_preference(
        module, "error_threshold", "Error threshold",
        "Raise an alert when a client address draws more -ERR replies than this, less than an hour "
        "apart.",
        10, &entered.error_threshold);
    prefs_register_string_preference(
        module, "alerts", "Alerts",
        "Comma-separated kinds of alerts to raise: errors, guessing, spraying, distributed, "
        "breach, stls; or all.",
        &entered.alerts);
    prefs_register_string_preference(
        module, "trusted_proxies", "Trusted proxies",
        "Comma-separated addresses and prefixes of proxies whose word on the client's address "
        "counts.",
        &entered.trusted_proxies);
    prefs_register_string_preference(module, "ignore_commands", "Commands to omit from the log",
                                     "Comma-separated POP3 commands; OK and ERR omit replies. "
                                     "Logins and errors are counted all the same.",
                                     &entered.ignore_commands);
    prefs_register_bool_preference(module, "redact", "Hide passwords",
                                   "Show <redacted> instead of passwords, digests and SASL lines.",
                                   &entered.redact);
    prefs_register_bool_preference(
        module, "midstream", "Analyse midstream connections",
        "Also analyse connections whose first packets were not captured.", &entered.midstream);
    prefs_register_bool_preference(
        module, "decrypted", "Analyse decrypted POP3",
        "Also analyse POP3S, and POP3 after STLS, where Wireshark decrypts it. Needs the TLS keys, "
        "and slows Wireshark down.",
        &entered.decrypted);
}

} // namespace pop3ana_plugin
