// The packet files of -w: one, or one after the other by size and time (-C, -G, -W).
// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include "capture/packet_source.hpp"
#include "output/failure_counts.hpp"
#include "output/loss_notice.hpp"
#include "output/output_file.hpp"
#include "output/output_list.hpp"
#include "output/pcapng_section.hpp"
#include "system/privileges.hpp"

#include <chrono>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <utility>
#include <vector>

namespace pop3dump {

/// A file is complete when the next one begins. Its time is that of the packets, so that a capture
/// that is read gives the files that it would have given live.
class PacketFiles {
public:
    /// `options` is borrowed; the run goes on as `account`.
    PacketFiles(const PacketFileOptions &options, bool is_live, Account account)
        : options_(options), is_live_(is_live), account_(std::move(account)) {}

    /// Whether other files follow the first one. All of them are then opened as the account, so
    /// that what it must not write shows at once.
    [[nodiscard]] bool rotates() const {
        return options_.rotate_bytes.has_value() || options_.rotate_s.has_value();
    }

    /// Opens the first file, whose content stays until begin(), or leaves that to the first packet,
    /// whose time is in the name. False when it is refused, as any of the files `in_use` is.
    bool open(std::vector<FileIdentity> in_use, std::string &error);
    /// Begins the file that was opened.
    bool begin(std::string &error);

    void write(const Packet &packet, std::span<const std::string> comments);
    void flush();
    /// What is due by the clock, see Outputs.
    void on_timer();
    /// `link_type` describes a file that got no packet.
    void close(std::uint32_t link_type);

    /// The file that is written now; NULL: none.
    [[nodiscard]] const OutputFile *current() const { return file_.get(); }
    /// The last of the files that were asked for (-W) is complete.
    [[nodiscard]] bool done() const { return done_; }
    [[nodiscard]] bool failed() const { return failed_; }
    [[nodiscard]] bool reader_gone() const { return reader_gone_; }
    [[nodiscard]] const std::string &error() const { return error_; }
    [[nodiscard]] std::uint64_t packets_written() const { return packets_written_; }
    /// By full disks.
    [[nodiscard]] std::uint64_t packets_lost() const;
    /// By other reasons.
    [[nodiscard]] const FailureCounts &failures() const { return failures_; }

private:
    [[nodiscard]] std::string name() const;
    bool open_file(std::string &error);
    bool check_folder(std::string &error) const;
    void finish();
    bool rotate(const Packet &packet);
    void try_to_begin();
    void note_failure();

    const PacketFileOptions &options_;
    bool is_live_;
    Account account_;
    std::vector<FileIdentity> in_use_;
    std::unique_ptr<OutputFile> file_;
    PcapngSection section_;
    std::string bytes_; ///< of the record in work
    std::int64_t period_start_s_ = 0;
    std::uint64_t periods_ = 0;
    std::uint64_t file_of_period_ = 0;
    std::uint64_t packets_written_ = 0;
    std::uint64_t packets_lost_ = 0; ///< but for those of file_
    std::chrono::steady_clock::time_point next_try_;
    FailureCounts failures_;
    int code_ = 0; ///< of errno: why there is no file
    LossNotice notice_;
    bool done_ = false;
    bool failed_ = false;
    bool reader_gone_ = false;
    std::string error_;
};

} // namespace pop3dump
