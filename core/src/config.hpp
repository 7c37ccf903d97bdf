// The configuration of an engine, checked and parsed.
// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include "pop3_command.hpp"
#include "pop3ana/pop3ana.h"

#include <algorithm>
#include <bitset>
#include <cstdint>
#include <string>

namespace pop3ana {

/// Words that are left out of the log.
struct IgnoreList {
    std::bitset<static_cast<std::size_t>(Command::kUnknown)> commands;
    bool ok = false;
    bool err = false;
};

/// Ports of POP3 servers.
class PortSet {
public:
    void set(std::uint16_t port) {
        bits_.set(port);
        lowest_ = std::min(lowest_, port);
        highest_ = std::max(highest_, port);
    }

    /// Clients' ports are mostly above all of these, and the bits would push other things out of
    /// the nearest cache.
    [[nodiscard]] bool test(std::uint16_t port) const {
        return lowest_ <= port && port <= highest_ && bits_[port];
    }

private:
    std::bitset<65536> bits_;
    std::uint16_t lowest_ = 65535;
    std::uint16_t highest_ = 0;
};

struct Config {
    PortSet ports;
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
