// Where the server is: redis://HOST:PORT/DB, rediss://, unix:///PATH.
// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace pop3fleet {

struct ServerUrl {
    std::string host; ///< without the brackets of an IPv6 address
    std::string path; ///< of a socket; then there is no host
    std::string user; ///< of the server's access list; "": its default one
    std::uint16_t port = 6379;
    std::uint32_t database = 0;
    bool has_tls = false;

    /// For messages.
    [[nodiscard]] std::string text() const;
};

/// None: `error` is one line that names it.
std::optional<ServerUrl> parse_server_url(std::string_view text, std::string &error);

} // namespace pop3fleet
