// The configuration of an engine, checked and parsed.
// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include "base/address_set.hpp"
#include "base/port_set.hpp"
#include "detect/event_builder.hpp"
#include "pop3ana/pop3ana.h"

#include <string>

namespace pop3ana {

struct Config {
    PortSet ports;     ///< of POP3 servers
    PortSet tls_ports; ///< of servers that speak TLS from the start
    bool reads_tls = false;
    bool any_port = false; ///< "auto": connections of other ports may be POP3 too
    IgnoreList ignore;
    std::string peer_description;
    AddressSet trusted_proxies;
    AlertSet alerts;
    LoginGuesses::Limits alert_limits;
    std::string fleet_key;
    pop3ana_config values{}; ///< numbers and switches; its strings are not used
};

/// Default values; strings have static storage.
pop3ana_config default_config();

/// Checks `values` and parses its lists into `config`. False: `message` names the field that is
/// refused, its value and why; `config` is then of no use.
bool parse_config(const pop3ana_config &values, Config &config, std::string &message);

/// What of it the event builder takes; views of `config`.
EventBuilder::Options event_options(const Config &config, std::uint64_t hash_seed);

} // namespace pop3ana
