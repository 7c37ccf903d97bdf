// SPDX-License-Identifier: GPL-2.0-or-later
#include "fleet/warning_line.hpp"

#include "fleet/forms/fields.hpp"

#include "base/hash.hpp"
#include "events/event_table.hpp"

#include <algorithm>
#include <array>
#include <fmt/format.h>
#include <pop3ana/pop3ana.h>
#include <vector>

namespace pop3fleet {
namespace {

pop3ana_slice slice(std::string_view text) {
    return {text.data(), text.size()};
}

void set_address(std::uint8_t (&to)[16], const pop3ana::Address &address) {
    std::copy(address.bytes.begin(), address.bytes.end(), to);
}

void append_member(std::string &json, std::string_view name, std::string_view text) {
    json.append(R"(,")").append(name).append(R"(":)");
    append_json_text(json, text);
}

} // namespace

std::uint32_t find_alert(std::string_view name) {
    for (const pop3ana::AlertRow &row : pop3ana::kAlerts)
        if (name == row.name) return row.kind;
    return POP3ANA_ALERT_NONE;
}

std::string warning_line(const std::string &sensor, const LogEvent &event, std::uint32_t alert,
                         std::uint64_t count) {
    constexpr std::int64_t kMicrosecondNs = 1000;
    pop3ana_event warning{};
    warning.struct_size = sizeof warning;
    warning.type =
        alert == POP3ANA_ALERT_ERRORS ? POP3ANA_EVENT_THRESHOLD_WARNING : POP3ANA_EVENT_ALERT;
    warning.alert = alert;
    warning.count = warning.error_count = count;
    warning.ts_ns = event.time_us * kMicrosecondNs;
    warning.session = event.session;
    warning.in_log = 1;
    warning.peer_description = slice(sensor);
    warning.address_family = event.server.family;
    warning.originator_family = event.client.family;
    set_address(warning.originator_address, event.client);
    set_address(warning.responder_address, event.server);
    warning.originator_port = event.client_port;
    warning.responder_port = event.server_port;
    warning.user = slice(event.user);
    // The library takes it for a text of its own.
    std::string detail(pop3ana_escape(slice(event.detail), nullptr, 0), '\0');
    pop3ana_escape(slice(event.detail), detail.data(), detail.size() + 1);
    warning.text = slice(detail);
    const std::size_t bytes = pop3ana_format_log_line(&warning, nullptr, 0);
    std::string line(bytes, '\0');
    pop3ana_format_log_line(&warning, line.data(), bytes + 1);
    return line;
}

std::string warning_json(const std::string &sensor, const LogEvent &event, std::uint32_t alert,
                         std::uint64_t count, std::string_view line) {
    const bool is_errors = alert == POP3ANA_ALERT_ERRORS;
    std::string json = fmt::format(
        R"({{{}{}"event":"{}","sensor":"{}","alert":"{}")", event.members,
        event.members.empty() ? "" : ",",
        pop3ana_event_name(is_errors ? POP3ANA_EVENT_THRESHOLD_WARNING : POP3ANA_EVENT_ALERT),
        sensor, pop3ana::name_of(alert, pop3ana::kAlertNames)); // which need no escapes
    if (!is_errors && !event.user.empty()) append_member(json, "user", event.user);
    if (count != 0) json += fmt::format(R"(,"{}":{})", is_errors ? "errors" : "count", count);
    if (!event.detail.empty()) append_member(json, "detail", event.detail);
    append_member(json, "line", line);
    return json + '}';
}

std::string name_of_line(std::string_view line) {
    return fmt::format("{:016x}", XXH3_64bits(line.data(), line.size()));
}

// Up to the second word of its text: "T #N A/a > B/b WARNING: password guessing".
std::string warning_name(std::string_view line) {
    constexpr std::string_view kLine = R"("line":")";
    if (line.starts_with('{')) {
        const std::size_t at = line.rfind(kLine);
        if (at == std::string_view::npos) return "";
        line.remove_prefix(at + kLine.size());
    }
    constexpr std::string_view kWarning = " WARNING: ";
    const std::size_t warning = line.find(kWarning);
    if (warning == std::string_view::npos) return "";
    const std::size_t first = line.find(' ', warning + kWarning.size());
    if (first == std::string_view::npos) return "";
    return std::string{line.substr(0, line.find_first_of(" :", first + 1))};
}

} // namespace pop3fleet
