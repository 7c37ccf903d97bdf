// The preferences of the plugin (docs/design.md section 9): what the user set, checked by the core.
// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <cstdint>
#include <string>

namespace pop3ana_plugin {

/// Values that the core has accepted.
struct Preferences {
    std::string ports = "110";
    std::string ignore_commands = "STAT";
    std::string alerts = "errors";
    std::string alert_limits;
    std::string trusted_proxies;
    std::string peer;
    std::uint32_t error_threshold = 3;
    std::uint32_t expire_minutes = 60;
    bool redact = false;
    bool alert_once = false;
    bool midstream = true;
    bool verify_checksums = false;
    bool decrypted = false;
};

/// Reads what the user set again: sharkd changes it without a word.
void refresh_preferences();

/// The ones in force.
const Preferences &preferences();

/// Whether `port` is that of a POP3 server, in clear or with TLS (RFC 8314 s.3.3).
bool is_pop3_port(std::uint32_t port);

/// Registers the preferences of protocol `protocol`.
void register_preferences(int protocol);

} // namespace pop3ana_plugin
