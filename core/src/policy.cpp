// SPDX-License-Identifier: GPL-2.0-or-later
#include "policy.hpp"

#include <algorithm>

namespace pop3ana {
namespace {

constexpr std::string_view kRedacted = "<redacted>";

pop3ana_slice slice(std::string_view text) {
    return {text.data(), text.size()};
}

// Which counter an event adds to; NULL for those without one.
std::uint64_t *counter_of(std::uint32_t type, pop3ana_counters &counters) {
    switch (type) {
    case POP3ANA_EVENT_REQUEST: return &counters.requests;
    case POP3ANA_EVENT_REPLY: return &counters.replies;
    case POP3ANA_EVENT_LOGIN_SUCCESS: return &counters.logins_succeeded;
    case POP3ANA_EVENT_LOGIN_FAILURE: return &counters.logins_failed;
    case POP3ANA_EVENT_UNEXPECTED: return &counters.unexpected_commands;
    case POP3ANA_EVENT_THRESHOLD_WARNING: return &counters.warnings;
    case POP3ANA_EVENT_TERMINATED: return &counters.terminated;
    case POP3ANA_EVENT_ANOMALY: return &counters.anomalies;
    default: return nullptr;
    }
}

void count_anomaly(const Fact &fact, pop3ana_counters &counters) {
    switch (fact.anomaly) {
    case POP3ANA_ANOMALY_LINE_TOO_LONG:
        ++counters.lines_too_long;
        counters.line_bytes_dropped += fact.lost_bytes;
        break;
    case POP3ANA_ANOMALY_PENDING_OVERFLOW: counters.pending_dropped += fact.lost_commands; break;
    case POP3ANA_ANOMALY_REPLIES_LOST: counters.replies_lost += fact.lost_commands; break;
    default: break;
    }
}

} // namespace

Policy::Policy(const Config &config, const pop3ana_sink &sink, std::uint64_t hash_seed,
               pop3ana_counters &counters)
    : config_(config), sink_(sink), counters_(counters),
      errors_({config.values.error_threshold, config.values.error_expiry_ns,
               config.values.max_clients, hash_seed},
              counters) {}

void Policy::enter(const ConnectionEnds &ends, SessionNumber &number) {
    ends_ = &ends;
    session_ = &number;
}

void Policy::set_time(std::uint64_t frame, std::int64_t ts_ns) {
    frame_ = frame;
    ts_ns_ = ts_ns;
}

void Policy::on_fact(const Fact &fact) {
    const bool is_error = fact.status == POP3ANA_STATUS_ERR;
    ErrorThreshold::Count count;
    if (is_error) count = errors_.error(ends_->originator, ts_ns_);
    if (fact.type == POP3ANA_EVENT_ANOMALY)
        count_anomaly(fact, counters_);
    else if (fact.type != POP3ANA_EVENT_TERMINATED)
        open_session(fact);

    pop3ana_event event = make_event(fact);
    event.error_count = count.errors;
    event.in_log = in_log(fact) ? 1 : 0;
    if (config_.values.redact != 0) redact(fact, event);
    emit(event);
    if (!count.exceeds) return;
    event.type = POP3ANA_EVENT_THRESHOLD_WARNING;
    event.in_log = 1;
    event.status = POP3ANA_STATUS_NONE;
    event.text = event.command = {};
    emit(event);
}

void Policy::open_session(const Fact &fact) {
    if (session_->number != 0) return;
    *session_ = {++sessions_, frame_};
    counters_.sessions = sessions_;
    Fact opening;
    opening.type = POP3ANA_EVENT_NEW_CONNECTION;
    opening.phase = fact.phase;
    opening.from = fact.from;
    pop3ana_event event = make_event(opening);
    event.in_log = 1;
    emit(event);
}

// K10: the reply to an accepted ignored command is left out as the request is; the reply to a
// refused one is not.
bool Policy::in_log(const Fact &fact) const {
    const IgnoreList &ignore = config_.ignore;
    const bool ignored_command = fact.command != Command::kUnknown &&
                                 ignore.commands.test(static_cast<std::size_t>(fact.command));
    switch (fact.type) {
    case POP3ANA_EVENT_REQUEST: return !ignored_command;
    case POP3ANA_EVENT_REPLY:
        return !ignored_command && !(fact.status == POP3ANA_STATUS_OK ? ignore.ok : ignore.err);
    case POP3ANA_EVENT_ANOMALY:
    case POP3ANA_EVENT_TERMINATED: return false;
    default: return true;
    }
}

pop3ana_event Policy::make_event(const Fact &fact) const {
    pop3ana_event event{};
    event.struct_size = sizeof(event);
    event.session = session_->number;
    event.frame = frame_;
    event.first_frame = session_->first_frame;
    event.request_frame = fact.request_frame;
    event.lost_bytes = fact.lost_bytes;
    event.lost_commands = fact.lost_commands;
    event.ts_ns = ts_ns_;
    event.peer_description = slice(config_.peer_description);
    event.command = slice(fact.word);
    event.text = slice(fact.text);
    event.user = slice(fact.user);
    event.password = slice(fact.password);
    event.type = fact.type;
    event.phase = static_cast<std::uint32_t>(fact.phase);
    event.status = fact.status;
    event.anomaly = fact.anomaly;
    event.originator_port = ends_->originator_port;
    event.responder_port = ends_->responder_port;
    std::copy(ends_->originator.bytes.begin(), ends_->originator.bytes.end(),
              event.originator_address);
    std::copy(ends_->responder.bytes.begin(), ends_->responder.bytes.end(),
              event.responder_address);
    event.address_family = ends_->originator.family;
    event.from_responder = fact.from == Side::kResponder ? 1 : 0;
    return event;
}

// What may hold a secret: passwords, APOP digests, SASL lines, and whatever made no sense (a
// mistyped PASS, a SASL line out of place, mail after lost packets).
void Policy::redact(const Fact &fact, pop3ana_event &event) {
    if (!fact.password.empty()) event.password = slice(kRedacted);
    if (fact.text.empty()) return;
    if (fact.type == POP3ANA_EVENT_ANOMALY) {
        event.text = slice(kRedacted);
        return;
    }
    const bool request = fact.type == POP3ANA_EVENT_REQUEST;
    const bool auth_detail = fact.type == POP3ANA_EVENT_UNEXPECTED &&
                             fact.command == Command::kAuth &&
                             fact.text.starts_with(kUnknownMechanism);
    if (request && fact.command == Command::kPass) {
        event.text = slice(kRedacted);
    } else if (auth_detail ||
               (request && (fact.command == Command::kApop || fact.command == Command::kAuth))) {
        // The first word is the user's or the mechanism's name.
        const std::size_t name = auth_detail ? kUnknownMechanism.size() : 0;
        const std::size_t blank = fact.text.find_first_of(" \t", name);
        if (blank == std::string_view::npos) return;
        redacted_.assign(fact.text.substr(0, blank + 1)).append(kRedacted);
        event.text = slice(redacted_);
    }
}

void Policy::emit(const pop3ana_event &event) {
    if (std::uint64_t *counter = counter_of(event.type, counters_)) ++*counter;
    sink_.on_event(sink_.user_data, &event);
}

} // namespace pop3ana
