// What is kept of the sessions, and which of them are evidence.
// SPDX-License-Identifier: GPL-2.0-or-later
#include "evidence/evidence.hpp"

#include "evidence/client_key.hpp"
#include "output/event_text.hpp"
#include "output/output_limits.hpp"

#include "base/bytes.hpp"
#include "events/event_table.hpp"

#include <fmt/core.h>
#include <span>
#include <utility>

namespace pop3dump {
bool Evidence::open(std::string &error) {
    return folder_.open(*options_.folder, context_.account, error);
}

bool Evidence::open_as_account(std::string &error) {
    return folder_.begin(context_.account, error);
}

Evidence::Recording &Evidence::recording_of(std::uint64_t connection) {
    const auto [place, is_new] = recordings_.try_emplace(connection);
    Recording &recording = place->second;
    if (!is_new) return recording;
    if (Evicted *evicted = evicted_.find(connection)) {
        recording.began_before = true;
        recording.omitted_before = evicted->packets_lost;
        recording.alert = std::move(evicted->alert);
        evicted_.erase(connection);
    }
    return recording;
}

/// What it holds, and that it was used.
void Evidence::count(std::uint64_t connection, const Recording &recording) {
    shares_.set_bytes(connection, kRecordingOverheadBytes + recording.first_bytes +
                                      recording.latest_bytes + recording.comments.bytes() +
                                      recording.key_log.size());
}

void Evidence::on_event(const pop3ana_event &event, std::string_view log_line) {
    if (event.connection == 0) return;
    Recording &recording = recording_of(event.connection);
    if (!log_line.empty()) recording.comments.add(log_line);
    count(event.connection, recording);
    shares_.set_client(event.connection, client_key(event));
    const bool is_error = event.type == POP3ANA_EVENT_REPLY && event.status == POP3ANA_STATUS_ERR;
    if (is_error) {
        ++recording.errors;
        shares_.set_error(event.connection);
        history_.on_error(event);
    } else if (event.alert != POP3ANA_ALERT_NONE && !recording.alert) {
        alert(recording, event);
    }
    // The core knows it as long as the connection lives; an alert may come after that.
    if ((is_error || recording.alert) && recording.key_log.empty() && context_.key_log)
        recording.key_log = context_.key_log(event.connection);
    bound_memory(event.connection);
}

/// Gives the recording an alert, the one that `event` is.
Evidence::Alert &Evidence::begin_alert(Recording &recording, std::uint64_t session,
                                       const pop3ana_event &event) {
    recording.alert = std::make_unique<Alert>();
    Alert &alert = *recording.alert;
    alert.session = session;
    alert.ts_ns = event.ts_ns;
    alert.client = client_text(event);
    alert.summary = fmt::format("evidence of session {} of client {}, ",
                                session_text(event, session), alert.client);
    return alert;
}

void Evidence::alert(Recording &recording, const pop3ana_event &event) {
    Alert &alert = begin_alert(recording, event.session, event);
    const auto others = history_.other_sessions(event);
    for (const ErrorHistory::Session &other : others)
        save_before(other, event);
    if (event.alert != POP3ANA_ALERT_ERRORS) {
        alert.summary +=
            fmt::format("alert of kind {}", pop3ana::name_of(event.alert, pop3ana::kAlertNames));
        return;
    }
    const std::uint64_t own = recording.errors;
    alert.summary +=
        fmt::format("alert at error {}: {} of these in this session", event.error_count, own);
    if (event.error_count <= own) return;
    alert.summary += fmt::format(", {} in other sessions of this client", event.error_count - own);
    const char *between = ", latest ";
    for (const ErrorHistory::Session &other : others) {
        alert.summary += between + session_text(event, other.number);
        between = ", ";
    }
}

/// What the alert is about may have come in earlier sessions: these are evidence as well.
void Evidence::save_before(const ErrorHistory::Session &session, const pop3ana_event &event) {
    const auto place = recordings_.find(session.connection);
    if (place == recordings_.end() || place->second.alert) return;
    Recording &recording = place->second;
    Alert &alert = begin_alert(recording, session.number, event);
    alert.summary +=
        fmt::format("{} error{} before the alert in session {}", recording.errors,
                    recording.errors == 1 ? "" : "s", session_text(event, event.session));
    await_writing(session.connection, alert);
}

void Evidence::await_writing(std::uint64_t connection, Alert &alert) {
    if (!std::exchange(alert.waits, true)) waiting_.push_back(connection);
}

void Evidence::on_packet(const Packet &packet, bool /*is_pop3*/, std::uint64_t connection) {
    if (connection == 0) return;
    Recording &recording = recording_of(connection);
    keep(recording, packet);
    if (recording.alert) await_writing(connection, *recording.alert);
    if (recording.alert && recording.first_bytes + recording.latest_bytes >= kEvidenceWriteBytes) {
        write(recording);
    }
    count(connection, recording);
    bound_memory(connection);
}

void Evidence::keep(Recording &recording, const Packet &packet) {
    const auto comments = recording.comments.texts();
    KeptPacket kept{
        packet, std::string{pop3ana::as_text(packet.data)}, {comments.begin(), comments.end()}};
    recording.comments.clear();
    const auto bytes_of = [](const KeptPacket &one) {
        std::size_t bytes = kKeptPacketOverheadBytes + one.data.size();
        for (const std::string &comment : one.comments)
            bytes += sizeof(std::string) + comment.size();
        return bytes;
    };
    const std::size_t bytes = bytes_of(kept);
    if (recording.latest.empty() && recording.first_bytes + bytes <= kFirstPacketsBytes) {
        recording.first_bytes += bytes;
        recording.first.push_back(std::move(kept));
        return;
    }
    recording.latest_bytes += bytes;
    recording.latest.push_back(std::move(kept));
    while (recording.latest_bytes > kLatestPacketsBytes && recording.latest.size() > 1) {
        const std::size_t oldest = bytes_of(recording.latest.front());
        recording.latest_bytes -= oldest;
        recording.latest.pop_front();
        ++recording.omitted_between;
        if (recording.alert) lose(1);
    }
}

/// Evicts sessions beyond the limit, except `connection`, which is in use.
void Evidence::bound_memory(std::uint64_t connection) {
    while (shares_.bytes() > kKeptPacketsBytes && shares_.sessions() > 1) {
        const std::uint64_t next = shares_.next_to_go(connection);
        Recording &recording = recordings_.at(next);
        Evicted &evicted = evicted_.get(next);
        if (recording.alert) {
            write(recording);
            const std::uint64_t lost = recording.first.size() + recording.latest.size();
            lose(lost);
            evicted = {recording.omitted_before + recording.omitted_between + lost,
                       std::move(recording.alert)};
        }
        shares_.erase(next);
        recordings_.erase(next);
        if (evicted_.size() > kEvictedSessions) evicted_.erase_oldest();
    }
}

void Evidence::on_timer() {
    notice_.update({code_ != 0, folder_.path(), error_, packets_lost()}, "evidence packets");
}

void Evidence::close(std::uint32_t /*link_type*/) {
    next_try_ = {};
    flush();
    for (const std::uint64_t connection : waiting_) {
        const auto place = recordings_.find(connection);
        if (place == recordings_.end() || !place->second.alert) continue;
        lose(place->second.first.size() + place->second.latest.size());
    }
}

void Evidence::add_errors(std::vector<std::string> &errors) const {
    if (failed_) errors.push_back(error_);
    failures_.describe("evidence packets", errors);
    if (!failed_)
        add_full_disk_loss(folder_.path(), lost_by_full_disk_, "evidence packets", errors);
}

void Evidence::add_counters(OutputCounters &counters) const {
    counters.evidence_files += counters_.evidence_files;
    counters.evidence_files_removed += folder_.removed_files();
    counters.evidence_packets += counters_.evidence_packets;
    counters.evidence_packets_lost += packets_lost();
    counters.evidence_packets_over_limit += over_limit_;
}

} // namespace pop3dump
