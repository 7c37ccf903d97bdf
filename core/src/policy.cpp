// SPDX-License-Identifier: GPL-2.0-or-later
#include "policy.hpp"

#include "limits.hpp"

#include <algorithm>
#include <bit>

namespace pop3ana {
namespace {

constexpr std::string_view kRedacted = "<redacted>";

pop3ana_slice slice(std::string_view text) {
    return {text.data(), text.size()};
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

// Whether any line can give rise to it. Others take a packet, or stand in place of a login.
bool is_of_a_line(std::uint32_t anomaly) {
    switch (anomaly) {
    case POP3ANA_ANOMALY_GAP:
    case POP3ANA_ANOMALY_LINE_TOO_LONG:
    case POP3ANA_ANOMALY_REPLIES_LOST:
    case POP3ANA_ANOMALY_RESET_IGNORED:
    case POP3ANA_ANOMALY_OVERLAP_DIFFERS:
    case POP3ANA_ANOMALY_EVICTED:
    case POP3ANA_ANOMALY_UNCERTAIN: return false;
    default: return true;
    }
}

} // namespace

Policy::Policy(const Config &config, const pop3ana_sink &sink, std::uint64_t hash_seed,
               pop3ana_counters &counters)
    : config_(config), counters_(counters), correlator_(config, sink, hash_seed, counters) {
    event_.struct_size = sizeof(event_);
    event_.peer_description = slice(config.peer_description);
}

void Policy::enter(const ConnectionEnds &ends, SessionNumber &number) {
    session_ = &number;
    event_.connection = ends.connection;
    event_.originator_port = ends.originator_port;
    event_.responder_port = ends.responder_port;
    std::copy(ends.originator.bytes.begin(), ends.originator.bytes.end(),
              event_.originator_address);
    std::copy(ends.responder.bytes.begin(), ends.responder.bytes.end(), event_.responder_address);
    event_.address_family = ends.originator.family;
}

void Policy::set_time(std::uint64_t frame, std::int64_t ts_ns, std::int64_t clock_ns) {
    event_.frame = frame;
    event_.ts_ns = ts_ns;
    clock_ns_ = clock_ns;
}

void Policy::on_fact(const Fact &fact) {
    event_.left_out = 0;
    if (fact.type == POP3ANA_EVENT_ANOMALY) {
        count_anomaly(fact, counters_);
        if (is_of_a_line(fact.anomaly) && is_one_too_many()) return;
    }
    fill_event(fact);
    event_.in_log = in_log(fact) ? 1 : 0;
    if (config_.values.redact != 0) redact(fact);
    correlator_.complete(event_, *session_, clock_ns_);
}

// Whether the anomaly gets no event; else event_.left_out tells of those before it.
bool Policy::is_one_too_many() {
    constexpr std::uint32_t kEnd = 1U << 16; // of SessionNumber::line_anomalies
    const std::uint32_t count = session_->line_anomalies + 1U;
    session_->line_anomalies = static_cast<std::uint16_t>(count == kEnd ? kEnd / 2 : count);
    if (count <= kLineAnomalies) return false;
    if (std::has_single_bit(count)) {
        event_.left_out = count / 2 - 1;
        return false;
    }
    ++counters_.anomalies;
    ++counters_.anomalies_left_out;
    return true;
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
        return !fact.is_truncated && !ignored_command &&
               !(fact.status == POP3ANA_STATUS_OK ? ignore.ok : ignore.err);
    case POP3ANA_EVENT_ANOMALY:
    case POP3ANA_EVENT_TERMINATED: return false;
    default: return true;
    }
}

void Policy::fill_event(const Fact &fact) {
    event_.request_frame = fact.request_frame;
    event_.lost_bytes = fact.lost_bytes;
    event_.lost_commands = fact.lost_commands;
    event_.command = slice(fact.word);
    event_.text = slice(fact.text);
    event_.user = slice(fact.user);
    event_.password = slice(fact.password);
    event_.type = fact.type;
    event_.phase = static_cast<std::uint32_t>(fact.phase);
    event_.status = fact.status;
    event_.anomaly = fact.anomaly;
    event_.truncated = fact.is_truncated ? 1 : 0;
    event_.from_responder = fact.from == Side::kResponder ? 1 : 0;
}

// What may hold a secret: passwords, APOP digests, SASL lines, and whatever made no sense (a
// mistyped PASS, a SASL line out of place, mail after lost packets).
void Policy::redact(const Fact &fact) {
    if (!fact.password.empty()) event_.password = slice(kRedacted);
    if (fact.text.empty()) return;
    if (fact.type == POP3ANA_EVENT_ANOMALY) {
        event_.text = slice(kRedacted);
        return;
    }
    const bool request = fact.type == POP3ANA_EVENT_REQUEST;
    const bool auth_detail = fact.type == POP3ANA_EVENT_UNEXPECTED &&
                             fact.command == Command::kAuth &&
                             fact.text.starts_with(kUnknownMechanism);
    if (request && fact.command == Command::kPass) {
        event_.text = slice(kRedacted);
    } else if (auth_detail ||
               (request && (fact.command == Command::kApop || fact.command == Command::kAuth))) {
        // The first word is the user's or the mechanism's name.
        const std::size_t name = auth_detail ? kUnknownMechanism.size() : 0;
        const std::size_t blank = fact.text.find_first_of(" \t", name);
        if (blank == std::string_view::npos) return;
        redacted_.assign(fact.text.substr(0, blank + 1)).append(kRedacted);
        event_.text = slice(redacted_);
    }
}

} // namespace pop3ana
