// Where the server is: redis://HOST:PORT/DB, rediss://, redis+sentinel://HOST:PORT/MASTER,
// unix:///PATH.
// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <compare>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace pop3fleet {

struct ServerAddress {
    std::string host; ///< without the brackets of an IPv6 address
    std::uint16_t port = 0;

    friend auto operator<=>(const ServerAddress &, const ServerAddress &) = default;
    /// HOST:PORT.
    [[nodiscard]] std::string text() const;
};

struct ServerUrl {
    std::vector<ServerAddress>
        addresses;      ///< of servers, or of sentinels: one of them has to answer
    std::string master; ///< by which name sentinels know the server; "": these are servers
    std::string path;   ///< of a socket; then there are no addresses
    std::string user;   ///< of the server's access list; "": its default one
    std::uint32_t database = 0;
    bool has_tls = false;

    /// For messages.
    [[nodiscard]] std::string text() const;
};

/// None: `error` is one line that names it.
std::optional<ServerUrl> parse_server_url(std::string_view text, std::string &error);

} // namespace pop3fleet
