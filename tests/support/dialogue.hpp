// Random POP3 sessions: what clients and servers say, right and wrong, alone and pipelined.
// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include "seed.hpp"
#include "traffic.hpp"

namespace pop3ana_test {

/// What one side sends at once.
struct Turn {
    Side from = Side::Client;
    std::string bytes;
};
using Script = std::vector<Turn>;

/// A session of up to `exchanges` commands after the greeting.
Script random_script(Random &random, std::size_t exchanges);

/// Opens a connection, plays the script, closes it in one of the usual ways.
Capture play(const Script &script, const ConversationSettings &settings, Random &random);

/// Hosts, ports and sequence numbers; `number` keeps the four-tuples of a test apart.
ConversationSettings random_settings(Random &random, std::uint16_t number);

/// `count` random sessions, one after the other.
Capture random_sessions(Random &random, std::size_t count);

std::string base64(std::string_view bytes);

} // namespace pop3ana_test
