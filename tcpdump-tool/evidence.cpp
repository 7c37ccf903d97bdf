// What is kept, cut and written of the sessions.
// SPDX-License-Identifier: GPL-2.0-or-later
#include "evidence.hpp"

#include "event_text.hpp"
#include "output_limits.hpp"

#include <cerrno>
#include <cstring>
#include <fmt/core.h>
#include <span>
#include <utility>

namespace pop3dump {
namespace {

std::string missing_packets(std::uint64_t count) {
    return fmt::format("{} packet{} of the session before this one {} not here: more than is kept",
                       count, count == 1 ? "" : "s", count == 1 ? "is" : "are");
}

} // namespace

bool Evidence::open(std::string &error) {
    return folder_.open(*options_.evidence_folder, options_.evidence_mib << 20, error);
}

Evidence::Recording &Evidence::recording_of(std::uint64_t connection) {
    if (Recording *known = recordings_.find(connection)) return *known;
    Recording &recording = recordings_.get(connection);
    if (Cut *cut = cut_.find(connection)) {
        recording.began_before = true;
        recording.cut_before = cut->packets_lost;
        recording.alert = std::move(cut->alert);
        cut_.erase(connection);
    }
    kept_bytes_ += kRecordingOverheadBytes;
    return recording;
}

void Evidence::on_event(const pop3ana_event &event, std::string_view line) {
    if (event.connection == 0) return;
    Recording &recording = recording_of(event.connection);
    if (!line.empty()) {
        kept_bytes_ -= recording.comments.bytes();
        recording.comments.add(line);
        kept_bytes_ += recording.comments.bytes();
    }
    if (event.type == POP3ANA_EVENT_REPLY && event.status == POP3ANA_STATUS_ERR) {
        ++recording.errors;
        history_.on_error(event);
    } else if (event.type == POP3ANA_EVENT_THRESHOLD_WARNING && !recording.alert) {
        alert(recording, event);
    }
    bound_memory(event.connection);
}

void Evidence::alert(Recording &recording, const pop3ana_event &event) {
    recording.alert = std::make_unique<Alert>();
    Alert &alert = *recording.alert;
    alert.session = event.session;
    alert.ts_ns = event.ts_ns;
    alert.client = originator_text(event);
    const std::uint64_t own = recording.errors;
    alert.summary =
        fmt::format("evidence of session {} of client {}, alerted at error {}: {} of them "
                    "in this session",
                    session_text(event, event.session), alert.client, event.error_count, own);
    if (event.error_count <= own) return;
    const std::string others = history_.other_sessions(event);
    alert.summary += fmt::format(", {} in others of this client", event.error_count - own);
    if (!others.empty()) alert.summary += ", the latest of them " + others;
}

void Evidence::on_packet(const Packet &packet, std::uint64_t connection) {
    if (connection == 0) return;
    Recording &recording = recording_of(connection);
    keep(recording, packet);
    if (recording.alert && !std::exchange(recording.alert->waits, true)) {
        waiting_.push_back(connection);
    }
    if (recording.alert && recording.first_bytes + recording.latest_bytes >= kEvidenceWriteBytes) {
        write(recording);
    }
    bound_memory(connection);
}

void Evidence::keep(Recording &recording, const Packet &packet) {
    kept_bytes_ -= recording.comments.bytes();
    const auto comments = recording.comments.texts();
    KeptPacket kept{packet,
                    {reinterpret_cast<const char *>(packet.data.data()), packet.data.size()},
                    {comments.begin(), comments.end()}};
    recording.comments.clear();
    const auto bytes_of = [](const KeptPacket &one) {
        std::size_t bytes = kKeptPacketOverheadBytes + one.data.size();
        for (const std::string &comment : one.comments)
            bytes += sizeof(std::string) + comment.size();
        return bytes;
    };
    const std::size_t bytes = bytes_of(kept);
    kept_bytes_ += bytes;
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
        kept_bytes_ -= oldest;
        recording.latest.pop_front();
        ++recording.cut_between;
        if (recording.alert) ++counters_.packets_lost;
    }
}

/// Drops what is least likely to draw an alert still; `connection` is in use.
void Evidence::bound_memory(std::uint64_t connection) {
    while (kept_bytes_ > kKeptPacketsBytes && recordings_.oldest().first != connection) {
        auto &[oldest, recording] = recordings_.oldest();
        Cut &cut = cut_.get(oldest);
        if (recording.alert) {
            write(recording);
            const std::uint64_t lost = recording.first.size() + recording.latest.size();
            counters_.packets_lost += lost;
            cut = {recording.cut_before + recording.cut_between + lost, std::move(recording.alert)};
        }
        forget_packets(recording);
        kept_bytes_ -= kRecordingOverheadBytes + recording.comments.bytes();
        recordings_.erase_oldest();
        if (cut_.size() > kCutSessions) cut_.erase_oldest();
    }
}

void Evidence::forget_packets(Recording &recording) {
    kept_bytes_ -= recording.first_bytes + recording.latest_bytes;
    recording.first_bytes = recording.latest_bytes = 0;
    recording.first.clear();
    recording.latest.clear();
    recording.cut_before = recording.cut_between = 0;
}

void Evidence::flush() {
    if (disk_full_ && std::chrono::steady_clock::now() < next_try_) return;
    std::vector<std::uint64_t> waiting;
    waiting.swap(waiting_);
    for (const std::uint64_t connection : waiting) {
        Recording *recording = recordings_.find(connection);
        if (recording == nullptr || !recording->alert) { // dropped since
            if (const Cut *cut = cut_.find(connection); cut != nullptr && cut->alert) {
                cut->alert->waits = false;
            }
            continue;
        }
        write(*recording);
        recording->alert->waits = !recording->first.empty() || !recording->latest.empty();
        if (recording->alert->waits) waiting_.push_back(connection);
    }
}

/// Writes all that waits of an alerted session, or none of it when the disk is full.
void Evidence::write(Recording &recording) {
    const std::uint64_t packets = recording.first.size() + recording.latest.size();
    if (packets == 0 || failed_) return;
    if (disk_full_ && std::chrono::steady_clock::now() < next_try_) return;
    const int code = write_file(recording);
    disk_full_ = false;
    if (code == 0) {
        counters_.packets += packets;
        forget_packets(recording);
    } else if (code == EFBIG) {
        counters_.packets_lost += packets;
        const std::uint64_t missing = recording.cut_before + recording.cut_between + packets;
        forget_packets(recording);
        recording.cut_before = missing;
    } else {
        note_failure(*recording.alert, code);
    }
}

/// Somebody may have taken the file away: the rest of the session then begins a new one.
int Evidence::write_file(const Recording &recording) {
    Alert &alert = *recording.alert;
    const std::size_t interfaces = alert.section.interfaces();
    if (!alert.name.empty()) {
        put_packets(recording, false);
        const int code = folder_.append(alert.name, bytes_, false);
        if (code != 0) alert.section.forget_interfaces(interfaces);
        if (code != ENOENT) return code;
        alert.summary += " (continued: the file before was taken away)";
    }
    alert.section = {};
    put_packets(recording, true);
    alert.name = folder_.new_name(alert.ts_ns, alert.session, alert.client);
    const int code = folder_.append(alert.name, bytes_, true);
    if (code == 0) {
        ++counters_.files;
    } else {
        alert.name.clear();
    }
    return code;
}

void Evidence::put_packets(const Recording &recording, bool is_new) {
    bytes_.clear();
    if (is_new) PcapngSection::put_header(bytes_);
    std::vector<std::string> comments;
    if (is_new) comments.push_back(recording.alert->summary);
    if (is_new && recording.began_before) {
        comments.emplace_back("the session began before this packet: more than is kept");
    }
    if (recording.cut_before > 0) comments.push_back(missing_packets(recording.cut_before));
    const auto put = [&](const KeptPacket &kept) {
        comments.insert(comments.end(), kept.comments.begin(), kept.comments.end());
        Packet packet = kept.packet;
        packet.data = {reinterpret_cast<const std::uint8_t *>(kept.data.data()), kept.data.size()};
        recording.alert->section.put_packet(bytes_, packet, comments);
        comments.clear();
    };
    for (const KeptPacket &kept : recording.first)
        put(kept);
    if (recording.cut_between > 0) comments.push_back(missing_packets(recording.cut_between));
    for (const KeptPacket &kept : recording.latest)
        put(kept);
}

void Evidence::note_failure(const Alert &alert, int code) {
    constexpr std::chrono::seconds kBetweenTries{1};
    error_ = fmt::format("{}{}{}: {}", folder_.path(), alert.name.empty() ? "" : "/", alert.name,
                         std::strerror(code));
    if (!options_.is_live()) {
        failed_ = true;
        return;
    }
    disk_full_ = true;
    next_try_ = std::chrono::steady_clock::now() + kBetweenTries;
}

void Evidence::on_timer() {
    notice_.say({disk_full_, folder_.path(), error_, counters_.packets_lost},
                "packets of alerted sessions");
}

void Evidence::close() {
    next_try_ = {};
    flush();
    for (const std::uint64_t connection : waiting_) {
        const Recording *recording = recordings_.find(connection);
        if (recording == nullptr || !recording->alert) continue;
        counters_.packets_lost += recording->first.size() + recording->latest.size();
    }
}

EvidenceCounters Evidence::counters() const {
    EvidenceCounters counters = counters_;
    counters.files_removed = folder_.removed_files();
    return counters;
}

} // namespace pop3dump
