// Where an engine's packets and what it says of them go.
// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include "capture/packet_source.hpp"

#include <cstdint>
#include <pop3ana/pop3ana.h>

namespace pop3dump {

/// Takes the events of a packet, then the packet itself. All is borrowed for the call.
class PacketSink {
public:
    virtual ~PacketSink() = default;

    virtual void on_event(const pop3ana_event &event) = 0;

    /// The packet that the events since the last one are due to. `is_pop3`: it belongs to a
    /// connection that is analysed, or is a fragment. `connection`: see pop3ana_frame_connection().
    virtual void on_packet(const Packet &packet, bool is_pop3, std::uint64_t connection) = 0;
};

} // namespace pop3dump
