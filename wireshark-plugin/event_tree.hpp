// What the core said, in the tree of a frame.
// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include "event_store.hpp"

#include <epan/packet.h>

namespace pop3ana_plugin {

/// Adds the number of the session to the tree of a frame without events; 0: there is none to add.
void show_session_number(std::uint32_t session, tvbuff_t *tvb, packet_info *packet,
                         proto_tree *tree);

/// Adds the events of a frame to its tree. There must be at least one.
void show_events(const StoredEvents &stored, const EventStore &store, tvbuff_t *tvb,
                 packet_info *packet, proto_tree *tree);

/// An address as inet_ntop prints it, in memory of `pool`; "" when it is not known: family 0.
const char *address_text(std::uint8_t family, const std::uint8_t *address, wmem_allocator_t *pool);

/// The address of the client, likewise.
const char *client_text(const pop3ana_event &event, wmem_allocator_t *pool);

/// `text` as write_utf8() writes it, in memory of `pool`.
const char *escaped(pop3ana_slice text, wmem_allocator_t *pool);

} // namespace pop3ana_plugin
