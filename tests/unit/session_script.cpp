// SPDX-License-Identifier: GPL-2.0-or-later
#include "session_script.hpp"

#include "base/address_text.hpp"
#include "base/limits.hpp"
#include "pop3ana/pop3ana.h"

#include <algorithm>
#include <array>
#include <utility>

namespace unit {

using pop3ana::Event;
using pop3ana::Side;
using pop3ana::view;

namespace {

std::string detail_of(std::string_view text) {
    constexpr std::string_view kOther = "not allowed in other state than '";
    if (text == "no auth required -> state changed to 'transaction'") return "guess";
    if (!text.starts_with(kOther)) return std::string{text};
    return "needs " + std::string{text.substr(kOther.size(), text.size() - kOther.size() - 1)};
}

std::string anomaly_of(const Event &event) {
    std::string result = std::string{"!"} + pop3ana_anomaly_name(event.anomaly);
    if (event.text.len != 0) result.append(" ").append(view(event.text));
    if (event.lost_bytes != 0) result += ' ' + std::to_string(event.lost_bytes);
    if (event.lost_commands != 0) result += ' ' + std::to_string(event.lost_commands);
    return result;
}

std::string text_of(const Event &event) {
    const std::string word{view(event.command)}, text{view(event.text)};
    const std::string names =
        std::string{view(event.user)} + '/' + std::string{view(event.password)};
    switch (event.type) {
    case POP3ANA_EVENT_REQUEST: return "> " + word + (text.empty() ? "" : " " + text);
    case POP3ANA_EVENT_REPLY:
        return (event.status == POP3ANA_STATUS_OK ? "< OK" : "< ERR") +
               (text.empty() ? "" : " " + text) + (event.truncated != 0 ? " (cut)" : "");
    case POP3ANA_EVENT_LOGIN_SUCCESS: return "login " + names;
    case POP3ANA_EVENT_LOGIN_FAILURE: return "failed " + names;
    case POP3ANA_EVENT_UNEXPECTED: return "? " + word + ' ' + detail_of(text);
    case POP3ANA_EVENT_TLS_STARTED: return "tls";
    case POP3ANA_EVENT_ANOMALY: return anomaly_of(event);
    case POP3ANA_EVENT_ALERT: return "alert " + text;
    case POP3ANA_EVENT_PROXIED:
        return endpoint_text(event.told_family, event.told_address, event.told_port) + " by " +
               pop3ana::name_of(event.told_by, pop3ana::kToldByNames);
    default: return "unknown event";
    }
}

struct Step {
    char kind; ///< 'b'ytes, 'g'ap, 'e'nd
    Side from;
    std::string bytes;
    std::uint64_t missing = 0;
    pop3ana::StreamPosition acknowledged = pop3ana::kNoPosition;
};

Step step_of(std::string_view text) {
    const Side from = text[0] == 'C' ? Side::kClient : Side::kServer;
    const std::string rest{text.size() > 3 ? text.substr(3) : std::string_view{}};
    switch (text.size() > 1 ? text[1] : ' ') {
    case '=': return {'b', from, rest, 0};
    case '!': return {'g', from, {}, std::stoull(rest)};
    case '.': return {'e', from, {}, 0};
    case '@': {
        const std::size_t blank = std::min(text.find(' '), text.size());
        return {'b', from, std::string{text.substr(std::min(blank + 1, text.size()))} + "\r\n", 0,
                std::stoull(std::string{text.substr(2, blank - 2)})};
    }
    default: return {'b', from, std::string{text.size() > 2 ? text.substr(2) : ""} + "\r\n", 0};
    }
}

} // namespace

void Recorder::record(const Event &event) {
    if (!text_.empty()) text_ += "; ";
    text_ += text_of(event);
}

std::string Recorder::take() {
    return std::exchange(text_, {});
}

std::string endpoint_text(std::uint8_t family, const std::uint8_t *address, std::uint16_t port) {
    std::array<char, pop3ana::kAddressTextBytes> text{};
    std::string result(text.data(), pop3ana::write_address(text.data(), family, address));
    return result.append("/").append(std::to_string(port));
}

std::string_view name_of(pop3ana::Phase phase) {
    constexpr std::string_view kNames[] = {"START",  "AUTHORIZATION", "TRANSACTION",
                                           "UPDATE", "FINISHED",      "UNKNOWN"};
    return kNames[static_cast<std::size_t>(phase)];
}

SessionBench::SessionBench(bool midstream, pop3ana::EventSink &events)
    : context{events, pool, exchanges, scratch, 0}, session(midstream) {}

void SessionBench::bytes(Side from, std::string_view text, std::size_t chunk,
                         pop3ana::StreamPosition acknowledged) {
    const std::size_t size = chunk == 0 ? text.size() : chunk;
    for (std::size_t at = 0; at < text.size(); at += size) {
        const FlushCopy flush{text.substr(at, size)};
        ++context.frame;
        std::uint64_t &sent = sent_[static_cast<std::size_t>(from)];
        const std::uint64_t others = sent_[static_cast<std::size_t>(other(from))];
        session.bytes(from, {flush.bytes(), sent, acknowledged, acknowledged >= others}, context);
        sent += flush.bytes().size();
    }
}

void SessionBench::play(std::string_view script, std::size_t chunk) {
    std::vector<Step> steps;
    for (const std::string_view text : split(script, "; ")) {
        Step step = step_of(text);
        const bool goes_on = !steps.empty() && steps.back().kind == 'b' && step.kind == 'b' &&
                             steps.back().from == step.from &&
                             steps.back().acknowledged == step.acknowledged;
        if (goes_on)
            steps.back().bytes += step.bytes;
        else
            steps.push_back(std::move(step));
    }
    for (const Step &step : steps)
        switch (step.kind) {
        case 'b': bytes(step.from, step.bytes, chunk, step.acknowledged); break;
        case 'g':
            session.gap(step.from, step.missing, step.missing > pop3ana::kPlausibleAheadBytes,
                        context);
            break;
        default: session.end(step.from, context); break;
        }
}

std::string events_of(std::string_view script, std::size_t chunk) {
    const bool midstream = script.starts_with("M; ");
    SessionBench bench{midstream};
    bench.play(midstream ? script.substr(3) : script, chunk);
    const std::string phase{name_of(bench.session.phase())};
    std::string events = bench.recorder.take();
    bench.session.release(bench.context);
    return events + " = " + phase;
}

bool gives_events(const ScriptRow &row) {
    bool fine = same(row.name, events_of(row.script), row.events);
    for (std::size_t chunk = 1; fine && chunk < 24; ++chunk)
        fine = same("chunks of " + std::to_string(chunk), events_of(row.script, chunk), row.events);
    return fine;
}

} // namespace unit
