// Parts of events as text, for every output but the log, whose lines the library writes.
// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <pop3ana/pop3ana.h>

#include <cstdint>
#include <string>
#include <string_view>

namespace pop3dump {

/// The bytes of a slice; never with a NULL pointer, which an empty slice may have.
inline std::string_view view(pop3ana_slice slice) {
    return slice.len == 0 ? std::string_view("") : std::string_view(slice.ptr, slice.len);
}

/// Seconds since 1970 with six decimals; parts of a microsecond are cut, as in the log. Not for
/// times before 1970: the analyzer's clock has none.
std::string time_text(std::int64_t ts_ns);

/// As inet_ntop prints them.
std::string originator_text(const pop3ana_event &event);
std::string responder_text(const pop3ana_event &event);

/// The text with the escapes of the log.
std::string escaped_text(pop3ana_slice text);

/// Replaces `line` by the event's line of the log; empty when it has none.
void assign_log_line(std::string &line, const pop3ana_event &event);

} // namespace pop3dump
