// Which members the JSON object of an event has.
// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <pop3ana/pop3ana.h>

#include <cstddef>
#include <string_view>

namespace pop3dump {

/// Room that write_json_line() needs at most; most lines are far shorter.
std::size_t longest_json_line(const pop3ana_event &event, std::string_view log_line);

/// Writes the object of `event`, with a line end, and returns the end; bytes behind it, as far as
/// the room goes, may be changed too. `log_line` is the event's line of the log, empty when it has
/// none.
char *write_json_line(char *to, const pop3ana_event &event, std::string_view log_line);

} // namespace pop3dump
