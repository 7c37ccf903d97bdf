// Captures as other captures of the same traffic would show it: cut into other segments, moved,
// duplicated, lost, truncated. Frames that are no plain TCP (wire.hpp) stay as they are.
// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include "seed.hpp"
#include "wire.hpp"

namespace pop3ana_test {

/// Cuts payloads into pieces of 1 to `longest` bytes.
Capture resegment(const Capture &capture, Random &random, std::size_t longest);

/// Moves packets by up to `places`, as far as docs/semantics.md section 6 waits for them: nothing
/// of a connection passes its SYN, its RST or what follows its FIN, and nothing passes packets of
/// one second earlier or later, since a hole is given up after that time; nor the two packets after
/// a pause of more than an hour, of which only the second moves the clock.
Capture move_packets(const Capture &capture, Random &random, std::size_t places);

/// Swaps packets that follow each other, each pair with `probability`, whatever they are.
Capture swap_neighbours(const Capture &capture, Random &random, double probability);

/// Repeats packets, up to eight packets later, but none behind a SYN: there it would belong to the
/// next connection of the same hosts and ports.
Capture duplicate(const Capture &capture, Random &random, double probability);

/// Adds retransmissions that overlap what was sent before: some of the last bytes of their
/// direction, and some of those of the packet that follows.
Capture overlap(const Capture &capture, Random &random, double probability);

/// Gives each direction of each connection sequence numbers that wrap inside its bytes.
Capture wrap_sequences(const Capture &capture, Random &random);

/// Drops packets, each with `probability`.
Capture lose(const Capture &capture, Random &random, double probability);

/// Drops runs of 5 to 30 packets, about a tenth of all.
Capture lose_bursts(const Capture &capture, Random &random);

/// Drops every SYN-ACK, and each SYN with probability one half unless `only_syn_ack`.
Capture lose_handshakes(const Capture &capture, Random &random, bool only_syn_ack);

/// What a snapshot length leaves of each packet.
Capture snap(const Capture &capture, std::size_t bytes);

/// Drops the first 5 to 60 % of the packets.
Capture cut_start(const Capture &capture, Random &random);

/// Plays captures at the same time, each with its order and pace; they start within a second.
Capture interleave(const std::vector<Capture> &captures, Random &random);

/// The same traffic between other hosts; captures with different numbers share no address.
Capture move_hosts(const Capture &capture, std::uint8_t number);

} // namespace pop3ana_test
