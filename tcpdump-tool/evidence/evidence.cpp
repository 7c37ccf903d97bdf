// What is kept, omitted and written of the sessions.
// SPDX-License-Identifier: GPL-2.0-or-later
#include "evidence/evidence.hpp"

#include "evidence/client_key.hpp"
#include "output/event_text.hpp"
#include "output/output_file.hpp"
#include "output/output_limits.hpp"

#include "base/bytes.hpp"
#include "events/event_table.hpp"

#include <cerrno>
#include <cstring>
#include <fmt/core.h>
#include <span>
#include <utility>

namespace pop3dump {
namespace {

std::string omission(std::uint64_t packets) {
    return fmt::format("{} earlier packet{} of this session omitted (buffer limit)", packets,
                       packets == 1 ? "" : "s");
}

} // namespace

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
                                      recording.latest_bytes + recording.comments.bytes());
}

void Evidence::on_event(const pop3ana_event &event, std::string_view log_line) {
    if (event.connection == 0) return;
    Recording &recording = recording_of(event.connection);
    if (!log_line.empty()) recording.comments.add(log_line);
    count(event.connection, recording);
    shares_.set_client(event.connection, client_key(event));
    if (event.type == POP3ANA_EVENT_REPLY && event.status == POP3ANA_STATUS_ERR) {
        ++recording.errors;
        shares_.set_error(event.connection);
        history_.on_error(event);
    } else if (event.alert != POP3ANA_ALERT_NONE && !recording.alert) {
        alert(recording, event);
    }
    if (recording.alert && recording.alert->key_log.empty() && context_.key_log)
        recording.alert->key_log = context_.key_log(event.connection);
    bound_memory(event.connection);
}

void Evidence::alert(Recording &recording, const pop3ana_event &event) {
    recording.alert = std::make_unique<Alert>();
    Alert &alert = *recording.alert;
    alert.session = event.session;
    alert.ts_ns = event.ts_ns;
    alert.client = client_text(event);
    const std::uint64_t own = recording.errors;
    alert.summary = fmt::format("evidence of session {} of client {}, alert ",
                                session_text(event, event.session), alert.client);
    if (event.alert != POP3ANA_ALERT_ERRORS) {
        alert.summary +=
            fmt::format("of kind {}", pop3ana::name_of(event.alert, pop3ana::kAlertNames));
        return;
    }
    alert.summary +=
        fmt::format("at error {}: {} of these in this session", event.error_count, own);
    if (event.error_count <= own) return;
    const std::string others = history_.other_sessions(event);
    alert.summary += fmt::format(", {} in other sessions of this client", event.error_count - own);
    if (!others.empty()) alert.summary += ", latest " + others;
}

void Evidence::on_packet(const Packet &packet, bool /*is_pop3*/, std::uint64_t connection) {
    if (connection == 0) return;
    Recording &recording = recording_of(connection);
    keep(recording, packet);
    if (recording.alert && !std::exchange(recording.alert->waits, true)) {
        waiting_.push_back(connection);
    }
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

/// Packets of an alerted session, for the reason that nothing can be written now.
void Evidence::lose(std::uint64_t packets) {
    if (code_ == 0 || is_disk_full(code_)) {
        counters_.evidence_packets_lost += packets;
    } else {
        failures_.add(code_, error_, packets);
    }
}

void Evidence::forget_packets(Recording &recording) {
    recording.first_bytes = recording.latest_bytes = 0;
    recording.first.clear();
    recording.latest.clear();
    recording.omitted_before = recording.omitted_between = 0;
}

void Evidence::flush() {
    if (code_ != 0 && std::chrono::steady_clock::now() < next_try_) return;
    std::vector<std::uint64_t> waiting;
    waiting.swap(waiting_);
    for (const std::uint64_t connection : waiting) {
        const auto place = recordings_.find(connection);
        if (place == recordings_.end() || !place->second.alert) { // dropped since
            if (const Evicted *evicted = evicted_.find(connection);
                evicted != nullptr && evicted->alert) {
                evicted->alert->waits = false;
            }
            continue;
        }
        Recording &recording = place->second;
        write(recording);
        count(connection, recording);
        recording.alert->waits = !recording.first.empty() || !recording.latest.empty();
        if (recording.alert->waits) waiting_.push_back(connection);
    }
}

/// Writes all that waits of an alerted session, or none of it when the disk is full.
void Evidence::write(Recording &recording) {
    const std::uint64_t packets = recording.first.size() + recording.latest.size();
    if (packets == 0 || failed_) return;
    if (code_ != 0 && std::chrono::steady_clock::now() < next_try_) return;
    const int code = write_file(recording);
    code_ = 0;
    if (code == 0) {
        counters_.evidence_packets += packets;
        forget_packets(recording);
    } else if (code == EFBIG) {
        counters_.evidence_packets_lost += packets;
        const std::uint64_t missing =
            recording.omitted_before + recording.omitted_between + packets;
        forget_packets(recording);
        recording.omitted_before = missing;
    } else {
        const auto &file = recording.alert->file;
        note_failure(code, file ? folder_.path_of(*file) : folder_.path());
    }
}

/// Somebody may have taken the file away: the rest of the session then begins a new one.
int Evidence::write_file(const Recording &recording) {
    Alert &alert = *recording.alert;
    const std::size_t interfaces = alert.section.interfaces();
    if (alert.file) {
        put_packets(recording, false);
        const int code = folder_.extend(*alert.file, bytes_);
        if (code == 0) alert.has_key_log = !alert.key_log.empty();
        if (code != 0) alert.section.forget_interfaces(interfaces);
        if (code != ENOENT) return code;
        alert.summary += " (continued: the previous file was removed)";
    }
    alert.section = {};
    alert.has_key_log = false;
    put_packets(recording, true);
    alert.file.emplace();
    const int code =
        folder_.create({alert.ts_ns, alert.session, alert.client}, bytes_, *alert.file);
    if (code == 0) {
        alert.has_key_log = !alert.key_log.empty();
        ++counters_.evidence_files;
    } else {
        alert.file.reset();
    }
    return code;
}

void Evidence::put_packets(const Recording &recording, bool is_new) {
    bytes_.clear();
    if (is_new) PcapngSection::put_header(bytes_);
    const Alert &alert = *recording.alert;
    if (!alert.key_log.empty() && !alert.has_key_log)
        PcapngSection::put_key_log(bytes_, alert.key_log);
    std::vector<std::string> comments;
    if (is_new) comments.push_back(alert.summary);
    if (is_new && recording.began_before) {
        comments.emplace_back("the session began before this packet (buffer limit)");
    }
    if (recording.omitted_before > 0) comments.push_back(omission(recording.omitted_before));
    const auto put = [&](const KeptPacket &kept) {
        comments.insert(comments.end(), kept.comments.begin(), kept.comments.end());
        Packet packet = kept.packet;
        packet.data = {reinterpret_cast<const std::uint8_t *>(kept.data.data()), kept.data.size()};
        recording.alert->section.put_packet(bytes_, packet, comments);
        comments.clear();
    };
    for (const KeptPacket &kept : recording.first)
        put(kept);
    if (recording.omitted_between > 0) comments.push_back(omission(recording.omitted_between));
    for (const KeptPacket &kept : recording.latest)
        put(kept);
}

void Evidence::note_failure(int code, const std::string &path) {
    constexpr std::chrono::seconds kBetweenTries{1};
    error_ = fmt::format("{}: {}", path, std::strerror(code));
    if (!context_.is_live) {
        failed_ = true;
        return;
    }
    code_ = code;
    next_try_ = std::chrono::steady_clock::now() + kBetweenTries;
}

void Evidence::on_timer() {
    notice_.update(
        {code_ != 0, folder_.path(), error_, counters_.evidence_packets_lost + failures_.count()},
        "evidence packets");
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
}

void Evidence::add_counters(OutputCounters &counters) const {
    counters.evidence_files += counters_.evidence_files;
    counters.evidence_files_removed += folder_.removed_files();
    counters.evidence_packets += counters_.evidence_packets;
    counters.evidence_packets_lost += counters_.evidence_packets_lost;
}

} // namespace pop3dump
