// The command line of pop3fleet.
// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include "fleet/event_text.hpp"
#include "fleet/fleet_settings.hpp"

#include <chrono>
#include <cstdint>
#include <string>
#include <vector>

namespace pop3fleet {

struct FleetOptions {
    struct Log {
        std::string sensor;
        std::string path;
    };

    std::string server_text;
    std::string password_file; ///< "": none
    std::string ca_file;       ///< "": those of the system
    std::string key_file;
    FleetSettings settings;
    AlertSet alerts = 0;
    std::vector<Log> logs;
    std::string output = "-";
    OutputStyle style;
    std::uint64_t stream_length = 0; ///< 0: no stream
    std::uint64_t sensors = 0;       ///< that have to be there
    std::chrono::milliseconds idle{1000};
    bool ends_with_log = false;
    bool shows_top = false;

    /// No server is asked: pop3dump's own warnings are among its events.
    [[nodiscard]] bool only_converts() const {
        return server_text.empty() && ends_with_log && style.has_all_events() && !shows_top;
    }
};

/// What is wrong with the logs, of which all have to be there if none is waited for: one line; "":
/// nothing.
std::string missing_log(const FleetOptions &options);

/// Reads the command line; ends the program where it is wrong (status 2), or for --help and
/// --version.
FleetOptions parse_fleet_options(int argc, char **argv);

} // namespace pop3fleet
