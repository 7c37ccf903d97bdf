// The attacks, one row each.
// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include "attack_traffic.hpp"

#include <span>

namespace pop3ana_hostile {

struct Attack {
    const char *name;
    const char *what;
    /// Goes on until the capture has about so many packets.
    void (*make)(Traffic &traffic, std::uint64_t packets);
    const char *counters; ///< of --stats, that say what happened; one of them must not be 0
};

std::span<const Attack> packet_attacks();  ///< on IP, fragments, tunnels
std::span<const Attack> tcp_attacks();     ///< on connections
std::span<const Attack> session_attacks(); ///< on what is said

} // namespace pop3ana_hostile
