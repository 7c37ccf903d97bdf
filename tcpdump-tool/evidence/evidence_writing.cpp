// When and how what is kept of alerted sessions comes into their files.
// SPDX-License-Identifier: GPL-2.0-or-later
#include "evidence/evidence.hpp"
#include "output/output_file.hpp"

#include <cerrno>
#include <cstring>
#include <fmt/core.h>
#include <string>
#include <utility>
#include <vector>

namespace pop3dump {
namespace {

std::string omission(std::uint64_t packets) {
    return fmt::format("{} earlier packet{} of this session omitted (buffer limit)", packets,
                       packets == 1 ? "" : "s");
}

} // namespace

/// Packets of an alerted session, for the reason that nothing can be written now.
void Evidence::lose(std::uint64_t packets) {
    if (code_ == 0) {
        over_limit_ += packets;
    } else if (is_disk_full(code_)) {
        lost_by_full_disk_ += packets;
    } else {
        failures_.add(code_, error_, packets);
    }
}

std::uint64_t Evidence::packets_lost() const {
    return over_limit_ + lost_by_full_disk_ + failures_.count();
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
        over_limit_ += packets;
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
        if (code == 0) alert.has_key_log = !recording.key_log.empty();
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
        alert.has_key_log = !recording.key_log.empty();
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
    if (!recording.key_log.empty() && !alert.has_key_log)
        PcapngSection::put_key_log(bytes_, recording.key_log);
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

} // namespace pop3dump
