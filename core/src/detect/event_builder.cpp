// SPDX-License-Identifier: GPL-2.0-or-later
#include "detect/event_builder.hpp"

#include "base/limits.hpp"
#include "events/event_table.hpp"
#include "events/log_line.hpp"
#include "tls/gcrypt_start.hpp"

#include <algorithm>
#include <bit>

namespace pop3ana {
namespace {

constexpr std::string_view kRedacted = "<redacted>";

void count_anomaly(const Event &event, pop3ana_counters &counters) {
    switch (event.anomaly) {
    case POP3ANA_ANOMALY_LINE_TOO_LONG:
        ++counters.lines_too_long;
        counters.line_bytes_dropped += event.lost_bytes;
        break;
    case POP3ANA_ANOMALY_PENDING_OVERFLOW: counters.pending_dropped += event.lost_commands; break;
    case POP3ANA_ANOMALY_REPLIES_LOST: counters.replies_lost += event.lost_commands; break;
    default: break;
    }
}

} // namespace

EventBuilder::EventBuilder(const Options &options, const pop3ana_sink &sink,
                           pop3ana_counters &counters)
    : options_(options), counters_(counters), correlator_(options.correlator, sink, counters),
      stls_offers_(options.correlator.errors.hash_seed) {
    event_.struct_size = sizeof(pop3ana_event);
    event_.peer_description = slice(options.peer_description);
    if (options.fleet_key.empty()) return;
    start_gcrypt();
    fleet_key_.emplace(options.fleet_key);
}

void EventBuilder::set_time(std::uint64_t frame, std::int64_t ts_ns, std::int64_t clock_ns) {
    event_.frame = frame;
    event_.ts_ns = ts_ns;
    clock_ns_ = clock_ns;
}

void EventBuilder::emit() {
    if (event_.type == POP3ANA_EVENT_ANOMALY && is_left_out()) return;
    if (event_.type == POP3ANA_EVENT_PROXIED)
        emit_proxied();
    else
        hand_on();
}

void EventBuilder::hand_on() {
    event_.in_log = is_in_log() ? 1 : 0;
    if (fleet_key_ && event_.type == POP3ANA_EVENT_LOGIN_FAILURE) add_login_hash();
    if (options_.redact) redact();
    correlator_.complete(event_, saw_handshake_, *session_, clock_ns_);
}

void EventBuilder::emit_proxied() {
    const bool is_trusted = options_.trusted_proxies.contains(
        address_of(event_.originator_address, event_.originator_family));
    event_.told_is_trusted = is_trusted ? 1 : 0;
    hand_on();
    if (is_trusted) learn_proxied_client();
}

void EventBuilder::emit_session_end(std::uint32_t reason, Phase phase) {
    Event &event = begin(POP3ANA_EVENT_SESSION_END, Side::kClient);
    event.phase = static_cast<std::uint32_t>(phase);
    event.summary = &record_->finish(reason);
    if (const auto &told = record_->told_client()) {
        event.told_family = told->address.family;
        std::copy(told->address.bytes.begin(), told->address.bytes.end(), event.told_address);
    }
    emit();
}

void EventBuilder::emit_tls_facts(const TlsFacts &facts, Phase phase) {
    Event &event = begin(POP3ANA_EVENT_TLS, Side::kServer);
    event.phase = static_cast<std::uint32_t>(phase);
    event.tls_version = slice(tls_version_name(facts.version));
    const std::string cipher = facts.version != 0 ? cipher_suite_text(facts.suite) : "";
    event.tls_cipher = slice(cipher);
    event.server_name = slice(facts.server_name);
    event.alpn = slice(facts.alpn);
    event.ja4 = slice(facts.ja4);
    event.tls_resumed = facts.is_resumed ? 1 : 0;
    if (facts.fatal_alert) event.tls_alert = slice(tls_alert_name(*facts.fatal_alert));
    emit();
}

void EventBuilder::emit_inferred_login(const InferredLogin &login) {
    const bool is_success = login.result == LoginResult::kSuccess;
    Event &event = begin(is_success ? POP3ANA_EVENT_LOGIN_SUCCESS : POP3ANA_EVENT_LOGIN_FAILURE,
                         Side::kServer);
    event.phase = static_cast<std::uint32_t>(Phase::kUnknown);
    event.inferred = 1;
    event.login_lengths = std::uint64_t{login.user_bytes} << 32 | login.secret_bytes;
    if (!is_success) event.reason = POP3ANA_REASON_UNKNOWN;
    emit();
}

// From now on the client is the one that was told.
void EventBuilder::learn_proxied_client() {
    ProxiedClient &proxied = proxied_[event_.connection];
    if (session_->is_proxied == 0)
        proxied.proxy = {address_of(event_.originator_address, event_.originator_family),
                         event_.originator_port};
    proxied.client = {address_of(event_.told_address, event_.told_family), event_.told_port};
    session_->is_proxied = 1;
    set_proxied_client();
}

void EventBuilder::set_proxied_client() {
    const auto &[client, proxy] = proxied_[event_.connection];
    std::copy(client.address.bytes.begin(), client.address.bytes.end(), event_.originator_address);
    event_.originator_family = client.address.family;
    event_.originator_port = client.port;
    std::copy(proxy.address.bytes.begin(), proxy.address.bytes.end(), event_.proxy_address);
    event_.proxy_family = proxy.address.family;
    event_.proxy_port = proxy.port;
}

void EventBuilder::note_stls_offer() {
    stls_offers_.note(server(), event_.responder_port, clock_ns_);
}

bool EventBuilder::has_offered_stls() const {
    return stls_offers_.are_known(server(), event_.responder_port, clock_ns_);
}

Address EventBuilder::server() const {
    return address_of(event_.responder_address, event_.address_family);
}

// Whether the anomaly, which is counted, gets no event; else event_.left_out tells of those before
// it.
bool EventBuilder::is_left_out() {
    count_anomaly(event_, counters_);
    record_->on_anomaly();
    if (!find_anomaly_row(event_.anomaly)->is_of_a_line) return false;
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
bool EventBuilder::is_in_log() const {
    const LogLine line = row_of_event(event_.type).line;
    if (line != LogLine::kUnlessIgnored) return line == LogLine::kAlways;
    const IgnoreList &ignore = options_.ignore;
    return event_.truncated == 0 && !ignore.commands[event_.ignorable_command] &&
           !ignore.statuses[event_.status];
}

// Before redaction: it is of the secret itself.
void EventBuilder::add_login_hash() {
    if (event_.inferred != 0)
        login_hash_ = fleet_key_->lengths_hash(event_.login_lengths);
    else if (event_.user.len != 0)
        login_hash_ =
            fleet_key_->login_hash(escaped_text(view(event_.user)), escaped_text(event_.secret));
    else
        return;
    event_.login_hash = slice(login_hash_);
}

void EventBuilder::redact() {
    for_each_member(event_.type, [this](auto row) {
        if constexpr (kMembers[row].is_secret) {
            pop3ana_slice &secret = event_.*kMemberValue<row>.member;
            if (secret.len != 0) secret = slice(kRedacted);
        }
    });
    if (event_.secret_offset >= event_.text.len) return;
    redacted_.assign(view(event_.text).substr(0, event_.secret_offset)).append(kRedacted);
    event_.text = slice(redacted_);
}

} // namespace pop3ana
