// The statistics: a row for each client, session, user, server or kind of login. Each is
// -z pop3ana,NAME[,filter] of tshark, an entry in the Statistics menu, JSON from sharkd.
// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include "event_store.hpp"

#include <cstdint>
#include <epan/packet.h>

namespace pop3ana_plugin {

/// POP3 that Wireshark's dissector shows in a frame and that is not analysed.
enum class NotAnalysed : std::uint8_t {
    kNothing,
    kTls, ///< decrypted from TLS
    kOther,
};

/// What the tap hands out of a frame.
struct TappedFrame {
    StoredEvents events;
    NotAnalysed not_analysed;
};

void register_statistics();

/// Whether anybody looks at a statistic.
bool is_statistic_open();

/// Hands a frame to the statistics that are open. Its events live as long as the packet.
void queue_for_statistic(const TappedFrame &frame, packet_info *packet);

} // namespace pop3ana_plugin
