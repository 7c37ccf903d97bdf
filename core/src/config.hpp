// The configuration of an engine, checked and parsed.
// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include "pop3_command.hpp"
#include "pop3ana/pop3ana.h"

#include <bitset>
#include <string>

namespace pop3ana {

/// Words that are left out of the log.
struct IgnoreList {
    std::bitset<static_cast<std::size_t>(Command::kUnknown)> commands;
    bool ok = false;
    bool err = false;
};

struct Config {
    std::bitset<65536> ports;
    IgnoreList ignore;
    std::string peer_description;
    pop3ana_config values{}; ///< numbers and switches; its strings are not used
};

/// Default values; strings have static storage.
pop3ana_config default_config();

/// Checks `values` and parses its lists into `config`. False: `message` names the field that is
/// refused, its value and why; `config` is then of no use.
bool parse_config(const pop3ana_config &values, Config &config, std::string &message);

} // namespace pop3ana
