// SPDX-License-Identifier: GPL-2.0-or-later
#include "fleet/server_url.hpp"

#include "base/parse.hpp"

#include <fmt/format.h>

namespace pop3fleet {
namespace {

bool take(std::string_view &text, std::string_view prefix) {
    const bool has_it = text.starts_with(prefix);
    if (has_it) text.remove_prefix(prefix.size());
    return has_it;
}

bool read_host_and_port(std::string_view text, ServerUrl &url) {
    if (take(text, "[")) {
        const std::size_t end = text.find(']');
        url.host = text.substr(0, std::min(end, text.size()));
        if (end == std::string_view::npos || url.host.find(':') == std::string::npos) return false;
        text.remove_prefix(end + 1);
    } else {
        const std::size_t end = std::min(text.find(':'), text.size());
        url.host = text.substr(0, end);
        text.remove_prefix(end);
    }
    if (url.host.empty()) return false;
    if (text.empty()) return true;
    const auto port = take(text, ":") ? pop3ana::parse_number<std::uint16_t>(text) : std::nullopt;
    url.port = port.value_or(0);
    return url.port != 0;
}

} // namespace

std::string ServerUrl::text() const {
    if (!path.empty()) return "unix://" + path;
    const bool is_ipv6 = host.find(':') != std::string::npos;
    return fmt::format("{}://{}{}{}:{}", has_tls ? "rediss" : "redis", is_ipv6 ? "[" : "", host,
                       is_ipv6 ? "]" : "", port);
}

std::optional<ServerUrl> parse_server_url(std::string_view text, std::string &error) {
    const auto refuse = [&](std::string_view reason) {
        error = fmt::format("--server {}: {}", text, reason);
        return std::nullopt;
    };
    ServerUrl url;
    std::string_view rest = text;
    if (take(rest, "unix://")) {
        url.path = rest;
        if (url.path.starts_with('/')) return url;
        return refuse("the path of a socket begins with /: unix:///run/valkey/valkey.sock");
    }
    url.has_tls = take(rest, "rediss://");
    if (!url.has_tls && !take(rest, "redis://"))
        return refuse("give redis://HOST:PORT, rediss://HOST:PORT or unix:///PATH");
    const std::size_t at = rest.rfind('@');
    if (at != std::string_view::npos) {
        url.user = rest.substr(0, at);
        if (url.user.find(':') != std::string::npos) {
            error = "--server: a password on the command line is seen by all users of the machine: "
                    "put it into a file, --password-file FILE";
            return std::nullopt;
        }
        rest.remove_prefix(at + 1);
    }
    const std::size_t slash = rest.find('/');
    if (slash != std::string_view::npos && slash + 1 != rest.size()) {
        const auto database = pop3ana::parse_number<std::uint32_t>(rest.substr(slash + 1));
        if (!database) return refuse("the number of a database stands behind the last /");
        url.database = *database;
    }
    if (!read_host_and_port(rest.substr(0, slash), url)) return refuse("no HOST or HOST:PORT");
    return url;
}

} // namespace pop3fleet
