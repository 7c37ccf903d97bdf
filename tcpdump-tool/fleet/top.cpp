// SPDX-License-Identifier: GPL-2.0-or-later
#include "fleet/top.hpp"

#include "fleet/functions_text.hpp"

#include "base/address_text.hpp"
#include "base/parse.hpp"
#include "system/diagnostics.hpp"

#include <algorithm>
#include <array>
#include <cstdio>
#include <ctime>
#include <fmt/format.h>
#include <string>
#include <vector>

namespace pop3fleet {
namespace {

constexpr std::size_t kRows = 15;

struct Row {
    std::string name;
    std::array<std::uint64_t, 3> counts{};
    std::int64_t time_us = 0;
};

std::uint64_t number_of(const std::string &text) {
    return pop3ana::parse_number<std::uint64_t>(text).value_or(0);
}

// An address, or the first 64 bits of one.
std::string client_text(const std::string &name) {
    std::array<std::uint8_t, 16> address{};
    std::copy_n(name.begin(), std::min(name.size(), address.size()), address.begin());
    std::array<char, pop3ana::kAddressTextBytes> text;
    const std::uint8_t family = name.size() == 4 ? 4 : 6;
    const char *const end = pop3ana::write_address(text.data(), family, address.data());
    return fmt::format("{}{}", std::string_view{text.data(), end}, name.size() == 8 ? "/64" : "");
}

// "=NAME", or "#" and a hash.
std::string user_text(const std::string &name) {
    if (name.starts_with('=')) return pop3dump::printable(name.substr(1));
    std::string text(1, '#');
    for (const char byte : std::string_view{name}.substr(std::min<std::size_t>(name.size(), 1)))
        text += fmt::format("{:02x}", static_cast<unsigned char>(byte));
    return text;
}

std::string time_text(std::int64_t time_us) {
    const std::time_t seconds = time_us / 1'000'000;
    std::tm parts{};
    std::array<char, 32> text;
    if (time_us == 0 || gmtime_r(&seconds, &parts) == nullptr) return "-";
    return {text.data(), std::strftime(text.data(), text.size(), "%F %TZ", &parts)};
}

void keep_the_highest(std::vector<Row> &rows) {
    std::stable_sort(rows.begin(), rows.end(), [](const Row &a, const Row &b) {
        return a.counts[0] + a.counts[1] > b.counts[0] + b.counts[1];
    });
    if (rows.size() > kRows) rows.resize(kRows);
}

} // namespace

int show_top(const FleetOptions &options, Server::Options server_options) {
    Server server{std::move(server_options)};
    const FleetSettings &settings = options.settings;
    std::vector<FunctionCall> calls;
    for (unsigned bucket = 0; bucket < kBuckets; ++bucket)
        calls.push_back(
            {function::kTop,
             {bucket_key(settings, bucket, "clients"), bucket_key(settings, bucket, "users")},
             {std::to_string(kRows)}});
    calls.push_back({function::kTopSensors, {common_key(settings, "sensors")}, {}});
    const auto replies = server.call(calls);

    std::vector<Row> clients;
    std::vector<Row> users;
    for (unsigned bucket = 0; bucket < kBuckets; ++bucket) {
        const std::vector<std::string> &reply = replies[bucket];
        for (std::size_t i = 0; i + 6 <= reply.size(); i += 6) {
            const bool is_client = reply[i] == "c";
            Row row{is_client ? client_text(reply[i + 1]) : user_text(reply[i + 1]),
                    {number_of(reply[i + 2]), number_of(reply[i + 3]), number_of(reply[i + 4])},
                    static_cast<std::int64_t>(number_of(reply[i + 5]))};
            (is_client ? clients : users).push_back(std::move(row));
        }
    }
    keep_the_highest(clients);
    keep_the_highest(users);

    std::string text = fmt::format("{:<43} {:>8} {:>8} {:>8}  {}\n", "CLIENT", "ERRORS", "LOGINS",
                                   "USERS", "LATEST");
    for (const Row &row : clients)
        text += fmt::format("{:<43} {:>8} {:>8} {:>8}  {}\n", row.name, row.counts[0],
                            row.counts[1], row.counts[2], time_text(row.time_us));
    text +=
        fmt::format("\n{:<43} {:>8} {:>8} {:>8}  {}\n", "USER", "CLIENTS", "SECRETS", "", "LATEST");
    for (const Row &row : users)
        text += fmt::format("{:<43} {:>8} {:>8} {:>8}  {}\n", row.name, row.counts[0],
                            row.counts[1], "", time_text(row.time_us));
    text += fmt::format("\n{:<43} {:>8} {:>8} {:>8}\n", "SENSOR", "EVENTS", "WARNINGS", "AGO");
    const std::vector<std::string> &sensors = replies.back();
    for (std::size_t i = 0; i + 3 <= sensors.size(); i += 3) {
        const std::string &counts = sensors[i + 2]; // "EVENTS WARNINGS"
        const std::size_t space = std::min(counts.find(' '), counts.size());
        text += fmt::format("{:<43} {:>8} {:>8} {:>7}s\n", pop3dump::printable(sensors[i]),
                            number_of(counts.substr(0, space)),
                            number_of(counts.substr(std::min(space + 1, counts.size()))),
                            number_of(sensors[i + 1]) / 1'000'000);
    }
    return std::fputs(text.c_str(), stdout) < 0 || std::fflush(stdout) != 0 ? 1 : 0;
}

} // namespace pop3fleet
