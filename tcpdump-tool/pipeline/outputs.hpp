// All that a run writes: the log or JSON, anomalies on stderr, packets, evidence.
// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include "evidence/evidence.hpp"
#include "output/loss_notice.hpp"
#include "output/output_file.hpp"
#include "output/output_list.hpp"
#include "output/packet_comments.hpp"
#include "output/packet_files.hpp"
#include "output/packet_sink.hpp"
#include "system/privileges.hpp"

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace pop3dump {

class Outputs final : public PacketSink {
public:
    /// The options are borrowed. `quiet`: speaks of errors only.
    Outputs(const OutputOptions &options, const EvidenceOptions &evidence_options, bool is_live,
            bool quiet)
        : options_(options), evidence_options_(evidence_options), is_live_(is_live), quiet_(quiet) {
    }

    /// Opens what takes the rights of the start; nothing that is there is changed yet. The run goes
    /// on as `account`. False when something is refused, as any of the files `in_use` is: `error`
    /// is then one line that names it.
    bool open(std::vector<FileIdentity> in_use, const Account &account, std::string &error);

    /// To be called as the account: opens the rest, then empties and begins the files, once nothing
    /// can be refused any more.
    bool begin(std::string &error);

    void on_event(const pop3ana_event &event) override;

    void on_packet(const Packet &packet, bool is_pop3, std::uint64_t connection) override;

    /// Hands everything to the system.
    void flush();

    /// Lets the log go on in the file that now has its name (SIGHUP, after a rotation).
    void reopen();

    /// What is due by the clock: flushes, tries full disks again, tells of what they cost. Call it
    /// about once a second in live captures.
    void on_timer();

    /// Flushes and closes; `link_type` describes a packet file that got no packet.
    void close(std::uint32_t link_type);

    /// False once nothing more can be written; errors() says why.
    [[nodiscard]] bool work() const;

    /// One line for each file that failed, and for each reason why something was not written; none
    /// for a reader that has gone.
    [[nodiscard]] std::vector<std::string> errors() const;

    [[nodiscard]] bool log_is_terminal() const { return log_file_ && log_file_->is_terminal(); }
    /// False when all that was asked for is written (-W).
    [[nodiscard]] bool want_more() const { return !packet_files_ || !packet_files_->done(); }

    [[nodiscard]] std::uint64_t packets_written() const {
        return packet_files_ ? packet_files_->packets_written() : 0;
    }
    /// Losses by full disks.
    [[nodiscard]] std::uint64_t lines_lost() const {
        return log_file_ ? log_file_->lost_records() : 0;
    }
    [[nodiscard]] std::uint64_t packets_lost() const {
        return packet_files_ ? packet_files_->packets_lost() : 0;
    }
    [[nodiscard]] EvidenceCounters evidence() const {
        return evidence_ ? evidence_->counters() : EvidenceCounters();
    }

private:
    bool open_log(std::string &error);
    void warn_of_rotation() const;
    void look_at_clock();
    void write_out();

    const OutputOptions &options_;
    const EvidenceOptions &evidence_options_;
    bool is_live_;
    bool quiet_;
    Account account_;
    std::vector<FileIdentity> in_use_; ///< read or written by this run
    std::unique_ptr<OutputFile> log_file_;
    std::optional<PacketFiles> packet_files_;
    std::optional<Evidence> evidence_;
    std::vector<std::unique_ptr<EventOutput>> event_outputs_;
    PacketComments comments_; ///< of the next packet
    std::string line_;
    std::uint64_t packets_ = 0;
    std::chrono::steady_clock::time_point next_timer_;
    LossNotice log_loss_;
};

} // namespace pop3dump
