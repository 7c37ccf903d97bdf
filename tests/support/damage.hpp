// Captures that lack what a sensor misses: copies of which one is lost, connections that begin
// somewhere. Plain losses are in mutate.hpp.
// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include "seed.hpp"

namespace pop3ana_test {

/// Each packet comes twice, the copy up to five packets later, as two ports of a switch mirror it;
/// now and then one of the two is lost.
Capture lose_copies(const Capture &capture, Random &random);

/// Most connections begin with one of their later packets.
Capture start_late(const Capture &capture, Random &random);

} // namespace pop3ana_test
