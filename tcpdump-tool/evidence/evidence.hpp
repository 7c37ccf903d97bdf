// The packets of sessions that drew an alert, and of those before in which their client had errors,
// one file a session, from their first packet (--evidence).
//
// Of each connection the first packets and the latest ones are kept in memory, whether or not an
// alert will come:
//
//     first [ up to kFirstPacketsBytes ]  ...omitted...  latest [ up to kLatestPacketsBytes ]
//
// After the alert the same two parts hold what waits to be written. Where something was omitted, a
// comment of the packet behind says so. When all of them take more than kKeptPacketsBytes,
// KeptShares says which is dropped.
// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include "evidence/error_history.hpp"
#include "evidence/evidence_folder.hpp"
#include "evidence/evidence_options.hpp"
#include "evidence/kept_shares.hpp"
#include "evidence/recent_map.hpp"
#include "output/disk_full_notice.hpp"
#include "output/failure_counts.hpp"
#include "output/output.hpp"
#include "output/packet_comments.hpp"
#include "output/pcapng_section.hpp"

#include <chrono>
#include <cstdint>
#include <deque>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace pop3dump {

class Evidence final : public Output {
public:
    /// Both are borrowed; there is a folder.
    Evidence(const EvidenceOptions &options, const OutputContext &context)
        : options_(options), context_(context), folder_(options.size_mib << 20) {}

    bool open(std::string &error) override;
    bool open_as_account(std::string &error) override;

    [[nodiscard]] bool wants_log_lines() const override { return true; }
    void on_event(const pop3ana_event &event, std::string_view log_line) override;
    /// Ignores packets without a connection, and so all fragments except the one that completes its
    /// datagram.
    void on_packet(const Packet &packet, bool is_pop3, std::uint64_t connection) override;

    /// Writes what waits of alerted sessions.
    void flush() override;
    void on_timer() override;
    void close(std::uint32_t link_type) override;

    void add_errors(std::vector<std::string> &errors) const override;
    void add_counters(OutputCounters &counters) const override;

private:
    struct KeptPacket {
        Packet packet; ///< its data is in `data`
        std::string data;
        std::vector<std::string> comments;
    };

    struct Alert {
        std::uint64_t session = 0;
        std::int64_t ts_ns = 0;
        std::string client, summary;
        std::optional<EvidenceId> file; ///< none: there is none yet
        PcapngSection section;
        bool has_key_log = false; ///< the file has
        bool waits = false;       ///< its connection is in waiting_
    };

    struct Recording {
        std::deque<KeptPacket> first, latest;
        std::size_t first_bytes = 0, latest_bytes = 0;
        std::uint64_t omitted_before = 0,
                      omitted_between = 0; ///< packets before `first`, and behind it
        bool began_before = false;         ///< nothing is known of what was before
        PacketComments comments;           ///< of the next packet
        std::uint64_t errors = 0;          ///< -ERR replies in the session
        std::string key_log;          ///< of its TLS, if it has errors; "": none, or not known yet
        std::unique_ptr<Alert> alert; ///< NULL: none was drawn yet
    };

    /// What is remembered of a connection whose recording was dropped.
    struct Evicted {
        std::uint64_t packets_lost = 0; ///< of an alerted one
        std::unique_ptr<Alert> alert;
    };

    Recording &recording_of(std::uint64_t connection);
    void alert(Recording &recording, const pop3ana_event &event);
    static Alert &begin_alert(Recording &recording, std::uint64_t session,
                              const pop3ana_event &event);
    void save_before(const ErrorHistory::Session &session, const pop3ana_event &event);
    void await_writing(std::uint64_t connection, Alert &alert);
    void keep(Recording &recording, const Packet &packet);
    void count(std::uint64_t connection, const Recording &recording);
    void bound_memory(std::uint64_t connection);
    void lose(std::uint64_t packets);
    [[nodiscard]] std::uint64_t packets_lost() const;
    static void forget_packets(Recording &recording);
    void write(Recording &recording);
    int write_file(const Recording &recording);
    void put_packets(const Recording &recording, bool is_new);
    void note_failure(int code, const std::string &path);

    const EvidenceOptions &options_;
    const OutputContext &context_;
    EvidenceFolder folder_;
    ErrorHistory history_;
    std::unordered_map<std::uint64_t, Recording> recordings_; ///< by connection
    KeptShares shares_;                                       ///< of recordings_
    RecentMap<std::uint64_t, Evicted> evicted_;               ///< by connection
    std::vector<std::uint64_t> waiting_; ///< alerted connections with packets to be written
    std::string bytes_;                  ///< of the blocks in work
    OutputCounters counters_;            ///< but for files_removed and what is lost
    DiskFullNotice notice_;
    std::chrono::steady_clock::time_point next_try_;
    // Packets of alerted sessions that are in no file, by the reason.
    std::uint64_t over_limit_ = 0, lost_by_full_disk_ = 0;
    FailureCounts failures_;
    int code_ = 0;      ///< of errno: why nothing can be written now
    std::string error_; ///< one line that names the file or folder
};

} // namespace pop3dump
