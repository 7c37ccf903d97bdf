// The numbers of sessions in a log that a run goes on with.
// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace pop3dump {

/// The session number of a line of the log, in any form of time stamp, or of JSON; 0: it has none.
std::uint64_t session_of_line(std::string_view line);

/// The largest session number in the log at `path`, so that one that is appended to never has two
/// sessions of one number. 0 when there is none, or no regular file. `error` is one line when it
/// cannot be read, else empty.
std::uint64_t last_session(const std::string &path, std::string &error);

} // namespace pop3dump
