// Parts of events as text, for every output but the log, whose lines the library writes.
// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include "base/address_text.hpp"

#include <pop3ana/pop3ana.h>

#include <array>
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

/// Room for any address, and a final NUL.
using AddressBuffer = std::array<char, pop3ana::kAddressTextBytes>;

/// An address as inet_ntop prints it, in the buffer. `family` is 4 or 6.
std::string_view address_text(AddressBuffer &buffer, std::uint8_t family,
                              const std::uint8_t *address);

/// The same as a string of its own.
std::string client_text(const pop3ana_event &event);
std::string server_text(const pop3ana_event &event);

/// The text with the escapes of the log.
std::string escaped_text(pop3ana_slice text);

/// The event's line of the log, in a buffer that is enlarged where it is too small; empty when it
/// has none. `form`: POP3ANA_LINE_* joined by |.
std::string_view log_line_text(std::string &buffer, const pop3ana_event &event,
                               std::uint32_t form = 0);

} // namespace pop3dump
