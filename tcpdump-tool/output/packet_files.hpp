// The packet files of -w: one, or one after the other by size and time (-C, -G, -W).
// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include "output/disk_full_notice.hpp"
#include "output/failure_counts.hpp"
#include "output/output.hpp"
#include "output/output_list.hpp"
#include "output/packet_comments.hpp"
#include "output/pcapng_section.hpp"

#include <chrono>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

namespace pop3dump {

/// A file is complete when the next one begins. Its time is that of the packets, so that a capture
/// that is read gives the files that it would have given live.
class PacketFiles final : public Output {
public:
    /// Both are borrowed.
    PacketFiles(const PacketFileOptions &options, OutputContext &context)
        : options_(options), context_(context) {}

    /// Opens a single file, whose content stays until begin().
    bool open(std::string &error) override;
    /// Opens the first of several files, or leaves that to the first packet, whose time is in the
    /// name. All of them are opened as the account, so that what it must not write shows at once.
    bool open_as_account(std::string &error) override;
    bool begin(std::string &error) override;

    [[nodiscard]] bool wants_log_lines() const override { return true; }
    void on_event(const pop3ana_event &event, std::string_view log_line) override;
    void on_packet(const Packet &packet, bool is_pop3, std::uint64_t connection) override;
    void on_key_log(std::string_view lines) override;
    void flush() override;
    void on_timer() override;
    void close(std::uint32_t link_type) override;

    void add_errors(std::vector<std::string> &errors) const override;
    void add_counters(OutputCounters &counters) const override;

private:
    [[nodiscard]] bool rotates() const {
        return options_.rotate_bytes.has_value() || options_.rotate_s.has_value();
    }
    [[nodiscard]] std::string name() const;
    void write(const Packet &packet);
    bool open_file(std::string &error);
    bool check_folder(std::string &error) const;
    void finish();
    bool rotate(const Packet &packet);
    void put_header();
    void try_to_begin();
    void note_failure();

    [[nodiscard]] std::uint64_t packets_lost() const;

    const PacketFileOptions &options_;
    OutputContext &context_;
    std::unique_ptr<OutputFile> file_;
    PcapngSection section_;
    PacketComments comments_; ///< of the next packet
    std::string bytes_;       ///< of the record in work
    std::int64_t period_start_s_ = 0;
    std::uint64_t periods_ = 0;
    std::uint64_t file_of_period_ = 0;
    std::uint64_t packets_written_ = 0;
    std::uint64_t packets_lost_ = 0; ///< but for those of file_
    std::chrono::steady_clock::time_point next_try_;
    FailureCounts failures_;
    int code_ = 0; ///< of errno: why there is no file
    DiskFullNotice notice_;
    bool reader_gone_ = false;
    std::string error_;
};

} // namespace pop3dump
