// SPDX-License-Identifier: GPL-2.0-or-later
#include "api/config.hpp"

#include "base/limits.hpp"
#include "base/parse.hpp"
#include "events/event_table.hpp"
#include "events/log_line.hpp"
#include "pop3/command.hpp"

#include <algorithm>
#include <cstring>
#include <optional>
#include <string_view>

namespace pop3ana {
namespace {

std::string refused(std::string_view field, std::string_view value, std::string_view reason) {
    return std::string{field}
        .append(": '")
        .append(escaped_text(value))
        .append("': ")
        .append(reason);
}

std::string_view without_blanks(std::string_view text) {
    const std::size_t first = text.find_first_not_of(' ');
    if (first == std::string_view::npos) return {};
    return text.substr(first, text.find_last_not_of(' ') - first + 1);
}

// Calls each(item) for the items of a comma separated list until it returns false.
template <class Each> bool for_each_item(std::string_view list, Each each) {
    for (;;) {
        const std::size_t comma = list.find(',');
        if (!each(without_blanks(list.substr(0, comma)))) return false;
        if (comma == std::string_view::npos) return true;
        list.remove_prefix(comma + 1);
    }
}

template <class Number> std::optional<Number> parse_positive(std::string_view text) {
    const auto number = parse_number<Number>(text);
    return number && *number != 0 ? number : std::nullopt;
}

// A port, or a range: `on_port` is called for each.
template <class OnPort> bool read_ports(std::string_view item, OnPort on_port) {
    const std::size_t dash = item.find('-');
    const auto first = parse_positive<std::uint16_t>(item.substr(0, dash));
    const auto last = dash == std::string_view::npos
                          ? first
                          : parse_positive<std::uint16_t>(item.substr(dash + 1));
    if (!first || !last || *first > *last) return false;
    for (std::size_t port = *first; port <= *last; ++port)
        on_port(static_cast<std::uint16_t>(port));
    return true;
}

bool parse_ports(std::string_view list, Config &config, std::string &message) {
    return for_each_item(list, [&](std::string_view item) {
        if (item == "auto") return config.any_port = true;
        if (read_ports(item, [&](std::uint16_t port) { config.ports.set(port); })) return true;
        message = refused("ports", item, "not a port (1-65535), a range of ports or auto");
        return false;
    });
}

bool parse_tls_ports(std::string_view list, Config &config, std::string &message) {
    if (without_blanks(list).empty()) return true;
    return for_each_item(list, [&](std::string_view item) {
        const auto add = [&](std::uint16_t port) {
            config.ports.set(port);
            config.tls_ports.set(port);
            config.reads_tls = true;
        };
        if (read_ports(item, add)) return true;
        message = refused("tls_ports", item, "not a port (1-65535) or a range of ports");
        return false;
    });
}

bool parse_ignored(std::string_view list, Config &config, std::string &message) {
    if (without_blanks(list).empty()) return true;
    return for_each_item(list, [&](std::string_view item) {
        switch (classify_word(item)) {
        case WordKind::kOk: config.ignore.statuses.set(POP3ANA_STATUS_OK); return true;
        case WordKind::kErr: config.ignore.statuses.set(POP3ANA_STATUS_ERR); return true;
        case WordKind::kCommand:
            for (const bool has_argument : {false, true})
                config.ignore.commands.set(
                    static_cast<std::size_t>(find_command(item, has_argument)));
            return true;
        case WordKind::kOther: break;
        }
        message = refused("ignore_commands", item, "neither a POP3 command nor OK or ERR");
        return false;
    });
}

std::optional<std::uint32_t> find_alert(std::string_view name) {
    for (std::uint32_t kind = POP3ANA_ALERT_ERRORS; kind < kAlertNames.size(); ++kind)
        if (name == kAlertNames[kind]) return kind;
    return std::nullopt;
}

bool parse_alerts(std::string_view list, Config &config, std::string &message) {
    if (without_blanks(list).empty()) return true;
    return for_each_item(list, [&](std::string_view item) {
        if (item == "all") {
            for (std::uint32_t kind = POP3ANA_ALERT_ERRORS; kind < kAlertNames.size(); ++kind)
                config.alerts.set(kind);
            return true;
        }
        if (const auto kind = find_alert(item)) {
            config.alerts.set(*kind);
            return true;
        }
        message = refused("alerts", item,
                          "not a kind of alert (errors, guessing, spraying, distributed, breach, "
                          "stls) or all");
        return false;
    });
}

std::uint64_t *limit_of(std::string_view kind, LoginGuesses::Limits &limits) {
    if (kind == "guessing") return &limits.guessing;
    if (kind == "spraying") return &limits.spraying;
    if (kind == "distributed") return &limits.distributed;
    if (kind == "breach") return &limits.breach;
    return nullptr;
}

bool parse_alert_limits(std::string_view list, Config &config, std::string &message) {
    if (without_blanks(list).empty()) return true;
    return for_each_item(list, [&](std::string_view item) {
        const std::size_t equals = item.find('=');
        std::uint64_t *const limit =
            limit_of(without_blanks(item.substr(0, equals)), config.alert_limits);
        const auto number =
            equals == std::string_view::npos
                ? std::nullopt
                : parse_positive<std::uint64_t>(without_blanks(item.substr(equals + 1)));
        if (limit != nullptr && number) {
            *limit = *number;
            return true;
        }
        message = refused("alert_limits", item,
                          "not KIND=N with guessing, spraying, distributed or breach and a number "
                          "from 1 on");
        return false;
    });
}

bool parse_trusted_proxies(std::string_view list, Config &config, std::string &message) {
    if (without_blanks(list).empty()) return true;
    return for_each_item(list, [&](std::string_view item) {
        if (const auto prefix = parse_prefix(item)) {
            config.trusted_proxies.add(*prefix);
            return true;
        }
        message = refused("trusted_proxies", item,
                          "not an address or a prefix such as 10.1.0.0/16 or fd00::/8");
        return false;
    });
}

bool check_peer(std::string_view peer, std::string &message) {
    const bool fine =
        std::all_of(peer.begin(), peer.end(), [](char c) { return c > ' ' && c < 127; });
    if (!fine)
        message = refused("peer_description", peer, "has a blank or a byte that does not print");
    return fine;
}

// The key itself is told nobody.
bool check_fleet_key(std::string_view key, std::string &message) {
    const bool fine = key.empty() || key.size() >= FleetKey::kLeastBytes;
    if (!fine)
        message = "fleet_key: has " + std::to_string(key.size()) + " bytes; it needs " +
                  std::to_string(FleetKey::kLeastBytes);
    return fine;
}

bool check_numbers(const pop3ana_config &values, std::string &message) {
    struct Number {
        std::string_view field;
        std::uint64_t value;
    };
    for (const Number &number : {Number{"error_expiry_ns", values.error_expiry_ns},
                                 Number{"max_held_bytes", values.max_held_bytes},
                                 Number{"max_fragment_bytes", values.max_fragment_bytes},
                                 Number{"max_connections", values.max_connections},
                                 Number{"max_clients", values.max_clients}})
        if (number.value == 0) {
            message = refused(number.field, "0", "must be at least 1");
            return false;
        }
    return true;
}

} // namespace

pop3ana_config default_config() {
    pop3ana_config config{};
    config.struct_size = sizeof(config);
    config.ports = "110";
    config.ignore_commands = "STAT";
    config.peer_description = "";
    config.error_expiry_ns = kErrorExpiryNs;
    config.max_held_bytes = kOutOfOrderBytesTotal;
    config.max_fragment_bytes = kFragmentBytes;
    config.error_threshold = kErrorThreshold;
    config.max_connections = kConnections;
    config.max_clients = kClients;
    config.alerts = "errors";
    config.midstream = 1;
    return config;
}

bool parse_config(const pop3ana_config &values, Config &config, std::string &message) {
    const auto text = [](const char *string) {
        return std::string_view{string != nullptr ? string : ""};
    };
    // An older caller's struct ends before ours does.
    std::memcpy(&config.values, &values, std::min(values.struct_size, sizeof(values)));
    const pop3ana_config &known = config.values;
    config.peer_description = text(known.peer_description);
    if (known.fleet_key.len != 0) config.fleet_key = view(known.fleet_key);
    return parse_ports(text(known.ports), config, message) &&
           parse_tls_ports(text(known.tls_ports), config, message) &&
           parse_ignored(text(known.ignore_commands), config, message) &&
           parse_alerts(text(known.alerts), config, message) &&
           parse_alert_limits(text(known.alert_limits), config, message) &&
           parse_trusted_proxies(text(known.trusted_proxies), config, message) &&
           check_peer(config.peer_description, message) &&
           check_fleet_key(config.fleet_key, message) && check_numbers(known, message);
}

EventBuilder::Options event_options(const Config &config, std::uint64_t hash_seed) {
    const pop3ana_config &values = config.values;
    return {config.peer_description,
            config.ignore,
            values.redact != 0,
            {config.alerts,
             {values.error_threshold, values.alert_once != 0, values.error_expiry_ns,
              values.max_clients, hash_seed},
             {config.alert_limits, values.error_expiry_ns, values.max_clients, hash_seed},
             values.sessions_before},
            config.trusted_proxies,
            config.fleet_key};
}

} // namespace pop3ana
