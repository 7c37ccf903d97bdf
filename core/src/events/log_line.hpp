// The lines of the original's log, and its escapes (docs/semantics.md section 1).
// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include "pop3ana/pop3ana.h"

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace pop3ana {

/// Writes the line of `event`, which has one, and a final NUL into the `size` bytes at `buffer`,
/// cutting what does not fit. Returns the length of the whole line.
std::size_t format_log_line(const pop3ana_event &event, char *buffer, std::size_t size);

/// The same in another form: POP3ANA_LINE_* joined by |.
std::size_t format_log_line(const pop3ana_event &event, std::uint32_t form, char *buffer,
                            std::size_t size);

/// The same for the text of an alert, which stands behind "WARNING: " in its line.
std::size_t format_alert(const pop3ana_event &event, char *buffer, std::size_t size);

/// The same for `text` with the escapes of the log.
std::size_t escape_text(std::string_view text, char *buffer, std::size_t size);

/// The same as a string.
inline std::string escaped_text(std::string_view text) {
    std::string escaped(escape_text(text, nullptr, 0), '\0');
    escape_text(text, escaped.data(), escaped.size() + 1); // A string has room for the NUL.
    return escaped;
}

} // namespace pop3ana
