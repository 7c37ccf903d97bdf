// pop3fleet --top: what the server knows, on a terminal.
// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include "fleet/fleet_options.hpp"
#include "fleet/server.hpp"

namespace pop3fleet {

/// Prints the clients and users with the highest counts, and the sensors. The exit status.
int show_top(const FleetOptions &options, Server::Options server);

} // namespace pop3fleet
