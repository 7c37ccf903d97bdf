// How the kernel divides packets among several engines: a program of classic BPF that it runs for
// each.
// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <linux/filter.h>
#include <vector>

namespace pop3dump {

/// Gives a number that depends on the two IP addresses alone, whichever of them sends: so a
/// connection's packets and their IP fragments, which have no ports, stay together. Steps over
/// VLAN tags; 0 for all that is no IP. The kernel's own hash (PACKET_FANOUT_HASH) sends fragments
/// elsewhere, or puts them together by rules that are not ours.
std::vector<sock_filter> fanout_program();

} // namespace pop3dump
