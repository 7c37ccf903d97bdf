// SPDX-License-Identifier: GPL-2.0-or-later
#include "fleet/fleet_options.hpp"

#include "fleet/warning_line.hpp"

#include "base/parse.hpp"
#include "events/event_table.hpp"
#include "system/diagnostics.hpp"

#include <algorithm>
#include <argp.h>
#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <fmt/format.h>
#include <set>
#include <string_view>
#include <unistd.h>

const char *argp_program_version = "pop3fleet " POP3DUMP_VERSION;

namespace pop3fleet {
namespace {

enum Key : int {
    kServer = 's',
    kOutput = 'o',
    kHelp = 'h',
    kPasswordFile = 256,
    kCaFile,
    kKeyFile,
    kPrefix,
    kHashUsers,
    kSensors,
    kIdle,
    kOnce,
    kErrorThreshold,
    kAlertOnce,
    kAlerts,
    kAlertLimits,
    kExpire,
    kJson,
    kFormat,
    kStream,
    kTop,
};

// clang-format off
constexpr argp_option kRows[] = {
    {nullptr, 0, nullptr, 0, "The server:", 1},
    {"server", kServer, "URL", 0, "Valkey or Redis: redis://[USER@]HOST[:PORT][,...][/DB], rediss://..., redis+sentinel://HOST[:PORT][,...]/MASTER[/DB], unix:///PATH", 0},
    {"password-file", kPasswordFile, "FILE", 0, "its first line is the password", 0},
    {"ca-file", kCaFile, "FILE", 0, "certificates that sign that of rediss:// (default: the system's)", 0},
    {"prefix", kPrefix, "NAME", 0, "of all keys, for several fleets on one server (default: pop3fleet)", 0},
    {"key-file", kKeyFile, "FILE", 0, "the fleet key: secrets are sent as hashes made with it", 0},
    {"hash-users", kHashUsers, nullptr, 0, "send names of users as hashes, too", 0},
    {nullptr, 0, nullptr, 0, "The sensors:", 2},
    {"once", kOnce, nullptr, 0, "stop at the end of the logs; default: wait for more", 0},
    {"sensors", kSensors, "N", 0, "judge nothing before N sensors have reported", 0},
    {"idle", kIdle, "SECONDS", 0, "a log that has not grown for so long is not waited for (default: 1)", 0},
    {nullptr, 0, nullptr, 0, "What is warned of, the same for all sensors (see pop3dump(8)):", 3},
    {"error-threshold", kErrorThreshold, "N", 0, "warn when a client draws more than N errors (default: 3)", 0},
    {"alert-once", kAlertOnce, nullptr, 0, "once for each count of errors, not at each error", 0},
    {"alerts", kAlerts, "LIST", 0, "kinds, or all (default): errors, guessing, spraying, distributed, breach, stls", 0},
    {"alert-limits", kAlertLimits, "LIST", 0, "guessing=10,spraying=5,distributed=5,breach=5", 0},
    {"expire", kExpire, "MINUTES", 0, "forget what nothing has added to for so long (default: 60)", 0},
    {nullptr, 0, nullptr, 0, "Output:", 4},
    {nullptr, kOutput, "FILE", 0, "write warnings to FILE, which is added to (default: standard output)", 0},
    {"json", kJson, nullptr, 0, "as JSON", 0},
    {"format", kFormat, "FORM", 0, "write all events, with the warnings among them, as eve (Suricata), zeek, ecs or ocsf", 0},
    {"stream", kStream, "N", 0, "also into the server's stream NAME:{fleet}:warnings, about the latest N", 0},
    {"top", kTop, nullptr, 0, "show the clients, users and sensors that the server knows, and end", 0},
    {nullptr, 0, nullptr, 0, nullptr, 5},
    {nullptr, 0, nullptr, 0, nullptr, 0},
};
// clang-format on

/// What the parser refuses is one line.
class Parser {
public:
    explicit Parser(FleetOptions &options) : options_(options) {}

    error_t take(int key, char *value, argp_state *state);

private:
    [[noreturn]] static void refuse(const std::string &message) {
        pop3dump::report(message);
        pop3dump::write_stderr("Try 'pop3fleet --help'.\n");
        std::exit(2);
    }
    static std::uint64_t number(const char *option, std::string_view text, std::uint64_t most) {
        const auto value = pop3ana::parse_number<std::uint64_t>(text);
        if (!value || *value > most)
            refuse(fmt::format("{} {}: is not a number from 0 to {}", option, text, most));
        return *value;
    }
    template <class Take> static void for_each_item(std::string_view list, Take take) {
        while (!list.empty()) {
            const std::size_t comma = std::min(list.find(','), list.size());
            take(list.substr(0, comma));
            list.remove_prefix(std::min(comma + 1, list.size()));
        }
    }
    void take_alerts(std::string_view list);
    void take_limits(std::string_view list);
    void take_log(std::string_view word);
    void check() const;

    FleetOptions &options_;
};

constexpr AlertSet kAllAlerts = 0b1111110;

void Parser::take_alerts(std::string_view list) {
    options_.alerts = 0;
    for_each_item(list, [&](std::string_view name) {
        const std::uint32_t alert = find_alert(name);
        if (name == "all")
            options_.alerts |= kAllAlerts;
        else if (alert != 0)
            options_.alerts |= AlertSet{1} << alert;
        else
            refuse(fmt::format(
                "--alerts {}: no such kind of alert: errors, guessing, spraying, distributed, "
                "breach, stls, all",
                name));
    });
}

void Parser::take_limits(std::string_view list) {
    for_each_item(list, [&](std::string_view item) {
        const std::size_t sign = std::min(item.find('='), item.size());
        const std::string_view kind = item.substr(0, sign);
        std::uint64_t *const limit = kind == "guessing"      ? &options_.settings.guessing
                                     : kind == "spraying"    ? &options_.settings.spraying
                                     : kind == "distributed" ? &options_.settings.distributed
                                     : kind == "breach"      ? &options_.settings.breach
                                                             : nullptr;
        if (limit == nullptr || sign == item.size())
            refuse(fmt::format(
                "--alert-limits {}: give KIND=N of guessing, spraying, distributed, breach", item));
        *limit = number("--alert-limits", item.substr(sign + 1), UINT32_MAX);
    });
}

void Parser::take_log(std::string_view word) {
    constexpr std::size_t kLongestName = 64;
    const std::size_t sign = word.find('=');
    const std::string_view name = word.substr(0, sign);
    const bool is_plain = !name.empty() && std::all_of(name.begin(), name.end(), [](char byte) {
        return std::string_view{"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-"}
                   .find(byte) != std::string_view::npos;
    });
    if (sign == std::string_view::npos || sign + 1 == word.size())
        refuse(fmt::format(
            "{}: give SENSOR=LOG: a name that no other sensor of the fleet has, and the "
            "file that its pop3dump --json writes",
            word));
    if (!is_plain || name.size() > kLongestName)
        refuse(fmt::format(
            "{}: the name of a sensor is made of at most {} letters, digits, '.', '_' and '-'",
            name, kLongestName));
    options_.logs.push_back({std::string{name}, std::string{word.substr(sign + 1)}});
}

void Parser::check() const {
    if (options_.server_text.empty() && !options_.only_converts())
        refuse("no server: give --server redis://HOST, or --once and --format FORM to do without "
               "its counts");
    if (options_.shows_top) return;
    if (options_.key_file.empty() && !options_.only_converts())
        refuse("no fleet key: give --key-file FILE, the same on all sensors (openssl rand -hex 32 "
               ">FILE)");
    if (options_.logs.empty())
        refuse("no log: give SENSOR=LOG, where pop3dump --json -o LOG writes it");
    std::set<std::string> names;
    for (const FleetOptions::Log &log : options_.logs)
        if (!names.insert(log.sensor).second)
            refuse(fmt::format("{}: two logs have this sensor's name", log.sensor));
}

error_t Parser::take(int key, char *value, argp_state *state) {
    constexpr std::uint64_t kMostMinutes = std::uint64_t{60} * 24 * 366;
    constexpr std::uint64_t kMinuteUs = 60'000'000;
    FleetSettings &settings = options_.settings;
    switch (key) {
    case kServer: options_.server_text = value; break;
    case kPasswordFile: options_.password_file = value; break;
    case kCaFile: options_.ca_file = value; break;
    case kPrefix:
        settings.prefix = value;
        if (settings.prefix.empty() || settings.prefix.find_first_of("{}") != std::string::npos)
            refuse(fmt::format("--prefix {}: may not be empty, nor have braces", value));
        break;
    case kKeyFile: options_.key_file = value; break;
    case kHashUsers: settings.hash_users = true; break;
    case kOnce: options_.ends_with_log = true; break;
    case kSensors: options_.sensors = number("--sensors", value, 100'000); break;
    case kIdle: options_.idle = std::chrono::seconds(number("--idle", value, 3600)); break;
    case kErrorThreshold:
        settings.error_threshold = number("--error-threshold", value, UINT32_MAX);
        break;
    case kAlertOnce: settings.alert_once = true; break;
    case kAlerts: take_alerts(value); break;
    case kAlertLimits: take_limits(value); break;
    case kExpire: settings.expiry_us = number("--expire", value, kMostMinutes) * kMinuteUs; break;
    case kOutput: options_.output = value; break;
    case kJson: options_.style.is_json = true; break;
    case kFormat:
        options_.style.form = find_form(value);
        if (!options_.style.form)
            refuse(fmt::format("--format {}: no such form: eve, zeek, ecs, ocsf", value));
        break;
    case kStream: options_.stream_length = number("--stream", value, UINT32_MAX); break;
    case kTop: options_.shows_top = true; break;
    case kHelp: argp_state_help(state, stdout, ARGP_HELP_STD_HELP); break;
    case ARGP_KEY_ARG: take_log(value); break;
    case ARGP_KEY_END: check(); break;
    default: return ARGP_ERR_UNKNOWN;
    }
    return 0;
}

} // namespace

std::string missing_log(const FleetOptions &options) {
    for (const FleetOptions::Log &log : options.logs)
        if (options.ends_with_log && ::access(log.path.c_str(), R_OK) != 0)
            return fmt::format("{}: {}", log.path, std::strerror(errno));
    return "";
}

FleetOptions parse_fleet_options(int argc, char **argv) {
    FleetOptions options;
    options.alerts = kAllAlerts;
    Parser parser{options};
    argp_err_exit_status = 2;
    const argp parsed{
        kRows,
        [](int key, char *value, argp_state *state) {
            return static_cast<Parser *>(state->input)->take(key, value, state);
        },
        "SENSOR=LOG...",
        "Joins the counts of many sensors that run pop3dump: follows their JSON logs, and "
        "warns where a client or a user exceeds a limit on all of them together.",
        nullptr,
        nullptr,
        nullptr};
    argp_parse(&parsed, argc, argv, 0, nullptr, &parser);
    return options;
}

} // namespace pop3fleet
