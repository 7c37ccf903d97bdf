// Connections whose bytes can be changed: what is put into one side's bytes moves its later
// sequence numbers and the ACKs of the other side.
// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include "traffic.hpp"

namespace pop3ana_test {

struct Packet {
    Frame frame;
    TcpPacket tcp;
    Side from = Side::Client;
    std::size_t place = 0; ///< index of the frame in the capture
};

/// The packets of a connection to port 110 in which nothing is missing, from its SYN on, all of
/// them in sequence.
using WholeConnection = std::vector<Packet>;

std::vector<WholeConnection> whole_connections(const Capture &capture);

/// The capture with these in the place of its own connections. Packets that are new have the place
/// of the one before them.
Capture with_connections(const Capture &capture, const std::vector<WholeConnection> &changed);

/// Makes room for `count` bytes at `seq` of a side. What lies at `seq` itself moves, and ACKs of
/// exactly `seq` do, from the packet with this index on.
void make_room(WholeConnection &connection, Side side, std::uint32_t seq, std::size_t count,
               std::size_t since);

/// A packet like `like`, with other numbers and bytes.
Packet segment(const Packet &like, std::uint32_t seq, std::uint32_t ack, std::string_view bytes);

std::string text_of(const Packet &packet);

} // namespace pop3ana_test
