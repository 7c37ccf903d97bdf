// What Wireshark's own dissectors found in a frame and the core cannot find itself: POP3 that was
// decrypted, TCP in wrappings that the core does not know.
// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <cstddef>
#include <cstdint>
#include <epan/packet.h>
#include <epan/proto.h>
#include <pop3ana/pop3ana.h>

namespace pop3ana_plugin {

/// Time of the packet as the core wants it; 0 if it has none.
std::int64_t time_of(const packet_info &packet);

/// Whether an ICMP error quotes packets in the frame: they were not received.
bool has_quoted_packets(const packet_info &packet);

/// Learns the fields that are read here; call it when all protocols are registered.
void register_dissected_fields();

/// A new array of the fields that a tree must have for the functions below.
GArray *dissected_fields();

struct DecryptedList {
    pop3ana_decrypted *items = nullptr;
    std::size_t count = 0;
};

/// The bytes that Wireshark decrypted from TLS and gave to its own POP3 dissector; they live as
/// long as the packet.
DecryptedList decrypted_of(packet_info *packet, proto_tree *tree);

/// The innermost TCP segment that Wireshark found in the frame, which lives as long as the packet;
/// struct_size is 0 when there is none. One that an ICMP error quotes is none.
pop3ana_segment segment_of(const packet_info &packet, proto_tree *tree);

} // namespace pop3ana_plugin
