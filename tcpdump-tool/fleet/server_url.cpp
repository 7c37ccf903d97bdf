// SPDX-License-Identifier: GPL-2.0-or-later
#include "fleet/server_url.hpp"

#include "base/parse.hpp"

#include <algorithm>
#include <array>
#include <fmt/format.h>

namespace pop3fleet {
namespace {

bool take(std::string_view &text, std::string_view prefix) {
    const bool has_it = text.starts_with(prefix);
    if (has_it) text.remove_prefix(prefix.size());
    return has_it;
}

/// Up to `end`, which is taken too; all of it where there is none.
std::string_view take_until(std::string_view &text, char end) {
    const std::string_view part = text.substr(0, text.find(end));
    text.remove_prefix(std::min(part.size() + 1, text.size()));
    return part;
}

struct Scheme {
    std::string_view prefix;
    bool has_tls;
    bool has_sentinels;
    std::uint16_t port;
};
constexpr std::uint16_t kServerPort = 6379;
constexpr std::uint16_t kSentinelPort = 26379;
constexpr std::array kSchemes{
    Scheme{"redis://", false, false, kServerPort},
    Scheme{"rediss://", true, false, kServerPort},
    Scheme{"redis+sentinel://", false, true, kSentinelPort},
    Scheme{"rediss+sentinel://", true, true, kSentinelPort},
};

bool read_address(std::string_view text, ServerAddress &address) {
    if (take(text, "[")) {
        const std::size_t end = text.find(']');
        address.host = text.substr(0, std::min(end, text.size()));
        if (end == std::string_view::npos || address.host.find(':') == std::string::npos)
            return false;
        text.remove_prefix(end + 1);
    } else {
        address.host = text.substr(0, text.find(':'));
        text.remove_prefix(address.host.size());
    }
    if (address.host.empty()) return false;
    if (text.empty()) return true;
    const auto port = take(text, ":") ? pop3ana::parse_number<std::uint16_t>(text) : std::nullopt;
    address.port = port.value_or(0);
    return address.port != 0;
}

bool read_addresses(std::string_view text, std::uint16_t port, ServerUrl &url) {
    do {
        ServerAddress address{{}, port};
        if (!read_address(take_until(text, ','), address)) return false;
        url.addresses.push_back(std::move(address));
    } while (!text.empty());
    return true;
}

} // namespace

std::string ServerAddress::text() const {
    const bool is_ipv6 = host.find(':') != std::string::npos;
    return fmt::format("{}{}{}:{}", is_ipv6 ? "[" : "", host, is_ipv6 ? "]" : "", port);
}

std::string ServerUrl::text() const {
    if (!path.empty()) return "unix://" + path;
    std::string text = has_tls ? "rediss" : "redis";
    text += master.empty() ? "://" : "+sentinel://";
    for (const ServerAddress &address : addresses)
        text.append(&address == &addresses.front() ? "" : ",").append(address.text());
    return master.empty() ? text : text + '/' + master;
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
    const auto *const scheme =
        std::find_if(kSchemes.begin(), kSchemes.end(),
                     [&](const Scheme &one) { return take(rest, one.prefix); });
    if (scheme == kSchemes.end())
        return refuse(
            "give redis://HOST:PORT, rediss://HOST:PORT, redis+sentinel://HOST:PORT/MASTER "
            "or unix:///PATH");
    url.has_tls = scheme->has_tls;
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
    if (!read_addresses(take_until(rest, '/'), scheme->port, url))
        return refuse("no HOST or HOST:PORT");
    if (scheme->has_sentinels) {
        url.master = take_until(rest, '/');
        if (url.master.empty())
            return refuse("the name by which the sentinels know the server stands behind them: "
                          "redis+sentinel://HOST:PORT/MASTER");
    }
    if (rest.empty()) return url;
    const auto database = pop3ana::parse_number<std::uint32_t>(rest);
    if (!database) return refuse("the number of a database stands behind the last /");
    url.database = *database;
    return url;
}

} // namespace pop3fleet
