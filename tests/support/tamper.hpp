// Connections as they would be if one side had said something more, which changes no verdict: a
// line that the server never answers, a status that it says twice. And servers that never were.
// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include "run.hpp"
#include "seed.hpp"

namespace pop3ana_test {

/// Puts lines, prefaces of balancers too, in front of or behind client lines of whole connections:
/// in their segment or in one of their own, which the server has received at once or later.
Capture with_unanswered_lines(const Capture &capture, Random &random);

/// Repeats a status in whole connections, only +OK if `only_ok`: in its segment or in one of its
/// own, sent before the server had received what the client says next. `outcome` is that of the
/// capture, with events: a status behind whose command others wait is left alone, since its copy
/// would be their reply.
Capture with_statuses_twice(const Capture &capture, const Outcome &outcome, bool only_ok,
                            Random &random);

/// Adds segments of the server's side of connections whose client never spoke.
Capture with_forged_servers(const Capture &capture, Random &random);

} // namespace pop3ana_test
