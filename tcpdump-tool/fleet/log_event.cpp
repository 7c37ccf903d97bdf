// SPDX-License-Identifier: GPL-2.0-or-later
#include "fleet/log_event.hpp"

#include "fleet/forms/fields.hpp"
#include "fleet/forms/moment.hpp"

#include "base/parse.hpp"

#include <algorithm>
#include <array>
#include <limits>
#include <simdjson.h>

namespace pop3fleet {
namespace {

namespace dom = simdjson::dom;

std::string_view text_of(dom::object object, std::string_view name) {
    std::string_view text;
    return object[name].get(text) == simdjson::SUCCESS ? text : std::string_view{};
}

template <class Number>
bool read_number(dom::object object, std::string_view name, Number &number) {
    std::uint64_t value = 0;
    if (object[name].get(value) != simdjson::SUCCESS || value > std::numeric_limits<Number>::max())
        return false;
    number = static_cast<Number>(value);
    return true;
}

bool read_address(dom::object object, std::string_view name, pop3ana::Address &address) {
    const auto parsed = pop3ana::parse_address(text_of(object, name));
    if (parsed) address = *parsed;
    return parsed.has_value();
}

bool read_flag(dom::object object, std::string_view name) {
    bool value = false;
    return object[name].get(value) == simdjson::SUCCESS && value;
}

bool read_time(dom::object object, std::int64_t &time_us) {
    constexpr double kMostSeconds = 4e9; // which the server has as microseconds in a double
    double seconds = 0;
    if (object["ts"].get(seconds) != simdjson::SUCCESS || seconds > kMostSeconds) return false;
    const auto time = microseconds_of(seconds);
    time_us = time.value_or(0);
    return time.has_value();
}

// Up to "phase", which ends what all events have. The time as it stands: a number may have lost
// digits that are zero.
std::string common_members(dom::object object, std::string_view line) {
    std::string members;
    for (const auto &[key, value] : object) {
        if (key == "event") continue;
        if (key == "phase") break;
        if (!members.empty()) members += ',';
        append_json_text(members, key);
        members += ':';
        const std::string_view number = line.starts_with("{\"ts\":") ? line.substr(6) : "";
        if (key == "ts" && !number.empty())
            members += number.substr(0, number.find(','));
        else
            members += simdjson::minify(value);
    }
    return members;
}

bool is_guess(std::string_view reason) {
    return reason == "credentials" || reason == "unknown";
}

/// Most lines are of no interest, which is seen without parsing them.
bool may_count(std::string_view line) {
    static constexpr std::array<std::string_view, 4> kMembers{R"("errors":)", R"("event":"login_)",
                                                              R"("stls.offered":)", R"("alert":)"};
    return std::any_of(kMembers.begin(), kMembers.end(), [&](std::string_view member) {
        return line.find(member) != std::string_view::npos;
    });
}

/// Of a line that is not parsed.
bool read_time_of(std::string_view line, std::int64_t &time_us) {
    constexpr std::string_view kTime = R"({"ts":)";
    if (!line.starts_with(kTime)) return false;
    line = line.substr(kTime.size(), line.find(',') - kTime.size());
    const std::size_t point = line.find('.');
    const auto seconds = pop3ana::parse_number<std::uint32_t>(line.substr(0, point));
    const auto micros =
        pop3ana::parse_number<std::uint32_t>(line.substr(std::min(point, line.size() - 1) + 1));
    if (point == std::string_view::npos || line.size() != point + 7 || !seconds || !micros)
        return false;
    time_us = std::int64_t{*seconds} * 1'000'000 + *micros;
    return true;
}

} // namespace

struct LogEventReader::Parser {
    dom::parser parser;
};

LogEventReader::LogEventReader() : parser_(std::make_unique<Parser>()) {}
LogEventReader::~LogEventReader() = default;

LogEventReader::Result LogEventReader::read(std::string_view line, LogEvent &event) {
    if (!line.starts_with('{') || !line.ends_with('}')) return Result::kNotAnEvent;
    if (!may_count(line))
        return read_time_of(line, event.time_us) ? Result::kOther : Result::kNotAnEvent;
    dom::object object;
    if (parser_->parser.parse(line.data(), line.size()).get(object) != simdjson::SUCCESS)
        return Result::kNotAnEvent;
    event = {};
    if (!read_time(object, event.time_us)) return Result::kNotAnEvent;
    const std::string_view name = text_of(object, "event");
    if (name == "reply" && text_of(object, "status") == "ERR")
        event.kind = LogEvent::Kind::kError;
    else if (name == "login_failure")
        event.kind = LogEvent::Kind::kLoginFailed;
    else if (name == "login_success")
        event.kind = LogEvent::Kind::kLoginSucceeded;
    else if (name == "stls_offer")
        event.kind = LogEvent::Kind::kStlsOffer;
    else if (name == "alert" || name == "threshold_warning")
        event.kind = LogEvent::Kind::kWarning;
    else
        return name.empty() ? Result::kNotAnEvent : Result::kOther;
    if (!read_number(object, "session", event.session) ||
        !read_address(object, "id.orig_h", event.client) ||
        !read_number(object, "id.orig_p", event.client_port) ||
        !read_address(object, "id.resp_h", event.server) ||
        !read_number(object, "id.resp_p", event.server_port))
        return Result::kNotAnEvent;
    read_number(object, "reply_end", event.reply_end);
    event.is_inferred = read_flag(object, "inferred");
    event.is_guess = is_guess(text_of(object, "reason"));
    if (!event.is_inferred) {
        event.user = text_of(object, "user");
        event.secret = text_of(object, "password");
    }
    event.login_hash = text_of(object, "login_hash");
    event.stls_offered = read_flag(object, "stls.offered");
    event.alert = text_of(object, "alert");
    if (!read_number(object, "count", event.count)) read_number(object, "errors", event.count);
    event.detail = text_of(object, "detail");
    event.members = common_members(object, line);
    return Result::kEvent;
}

} // namespace pop3fleet
