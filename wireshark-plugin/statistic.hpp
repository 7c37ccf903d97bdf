// The statistics: a row for each client, session, user, server or kind of login. Each is
// -z pop3ana,NAME[,filter] of tshark, an entry in the Statistics menu, JSON from sharkd.
// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include "event_store.hpp"

#include <epan/packet.h>

namespace pop3ana_plugin {

void register_statistics();

/// Whether anybody looks at a statistic.
bool is_statistic_open();

/// Hands the events of a frame to the statistics that are open. They live as long as the packet.
void queue_for_statistic(const StoredEvents &stored, packet_info *packet);

} // namespace pop3ana_plugin
