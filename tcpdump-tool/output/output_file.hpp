// A file, or the standard output, that is written in large blocks of whole records: the lines of a
// log, or the blocks of a packet file.
//
//     block_:  [ whole records, not yet written | record in work | room ]
//              0                          whole_bytes_      used_bytes_  block_.size()
//
// A regular file never keeps part of a record: what a full disk cut is taken back. Only a kill -9
// can do that, inside write(2), between two pages of memory. Lines of a live capture are therefore
// written page by page, each call ending at a line end, which leaves the line that goes over the
// end of a page; what is cut nevertheless is removed by the next run that adds to the file. (For
// all runs this would cost a fifth of the time of the busiest ones.)
//
// A full disk is an error that ends the output, as any other is. A live capture waits for it: the
// block is then kept, and what does not fit in it is lost and counted, until there is room again.
// After an error everything is thrown away, and nothing blocks.
// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include "output/exclusive_file.hpp"
#include "system/file_descriptor.hpp"
#include "system/privileges.hpp"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace pop3dump {

struct OutputPolicy {
    bool holds_lines = false; ///< records are lines of text
    bool is_live = false;     ///< adds to lines that are there, and waits for full disks
    Account account;          ///< whom the run goes on as
};

/// Whether a number of errno says that the disk, or the user's share of it, is full.
[[nodiscard]] bool is_disk_full(int code);

class OutputFile {
public:
    /// Creates `path`, or takes what is there ("-": the standard output), and locks it against
    /// other runs when it is a regular file, whose content stays until begin(). What it creates is
    /// given to the account. NULL when that fails, or when it is one of `in_use`, which would be
    /// lost: `error` then names the file, and `code` is a number of errno.
    static std::unique_ptr<OutputFile> open(const std::string &path, const OutputPolicy &policy,
                                            const std::vector<FileIdentity> &in_use,
                                            std::string &error, int &code);

    /// Empties a regular file, or ends the lines that a live capture adds to. To be called once,
    /// before anything is written. False when that fails: `error` then names the file.
    bool begin(std::string &error);

    /// Adds its identity, if it is a regular file.
    void add_identity(std::vector<FileIdentity> &identities) const;

    /// Room for more bytes, never empty; commit() says how many of them were written.
    std::span<char> room() { return std::span(block_).subspan(used_bytes_); }

    /// Room for at least `bytes`: writes out what is there, and grows when that is not enough.
    std::span<char> room(std::size_t bytes) {
        if (block_.size() - used_bytes_ < bytes) make_room(bytes);
        return room();
    }

    void commit(std::size_t bytes) {
        used_bytes_ += bytes;
        if (used_bytes_ == block_.size()) make_room(1);
    }
    void append(std::string_view bytes);
    void put(char byte) {
        block_[used_bytes_] = byte;
        commit(1);
    }

    /// What was put in since the last call is a whole record. False when it is lost.
    bool end_record() {
        if (degraded_) return end_record_degraded();
        whole_bytes_ = used_bytes_;
        ++block_records_;
        return true;
    }

    /// commit() and end_record() in one.
    bool commit_record(std::size_t bytes) {
        const std::size_t used_bytes = used_bytes_ + bytes;
        if (degraded_ || used_bytes == block_.size()) {
            commit(bytes);
            return end_record();
        }
        used_bytes_ = whole_bytes_ = used_bytes;
        ++block_records_;
        return true;
    }

    /// Hands all whole records to the system. A disk that was full is tried again once a second.
    void flush();

    /// Writes on into the file that now has the name, a new one if there is none. When that cannot
    /// be had the old one stays, and `error` names the file. Does nothing to the standard output,
    /// pipes and devices.
    bool reopen(std::string &error);

    /// Flushes and closes; reports what only closing brings to light (quota, network file systems).
    void close();

    [[nodiscard]] bool failed() const { return failed_; }
    /// The failure is that the reader has gone: no error for a filter.
    [[nodiscard]] bool reader_gone() const { return reader_gone_; }
    /// Empty, or one line that names the file: the failure, or why the disk is waited for.
    [[nodiscard]] const std::string &error() const { return error_; }
    [[nodiscard]] bool is_terminal() const { return is_terminal_; }
    [[nodiscard]] const std::string &name() const { return name_; }
    [[nodiscard]] bool is_regular() const { return is_regular_; }
    /// Whether a full disk is waited for; error() then says so.
    [[nodiscard]] bool disk_full() const { return disk_full_; }
    /// Size of the file, with what waits to be written.
    [[nodiscard]] std::uint64_t bytes() const { return written_bytes_ + whole_bytes_; }
    /// Records that a full disk, or the end of the run before it had room again, has cost.
    [[nodiscard]] std::uint64_t lost_records() const { return lost_records_; }

private:
    OutputFile(std::string name, const OutputPolicy &policy, FileDescriptor fd);
    void make_room(std::size_t bytes);
    bool end_record_degraded();
    void refresh_status();
    void write_records();
    bool write_piece(std::string_view piece);
    [[nodiscard]] std::size_t next_write_size(std::string_view records) const;
    void truncate_partial_write(std::size_t bytes);
    void open_reader();
    void repair_last_line();
    bool wait_writable();
    void fail(int code);

    std::string name_;
    OutputPolicy policy_;
    FileDescriptor fd_;
    std::vector<char> block_;
    std::size_t used_bytes_ = 0; ///< less than block_.size()
    std::size_t whole_bytes_ = 0;
    std::uint64_t written_bytes_ = 0; ///< size of the file, when it is a regular one
    std::uint64_t block_records_ = 0; ///< whole ones in the block
    std::uint64_t lost_records_ = 0;
    std::chrono::steady_clock::time_point next_try_;
    FileDescriptor reader_; ///< of lines that are there, for repair_last_line()
    bool degraded_ = false; ///< any of the three that follow
    bool failed_ = false;
    bool disk_full_ = false;
    bool record_lost_ = false; ///< the record in work does not fit
    bool reader_gone_ = false;
    bool is_regular_ = false;
    bool is_terminal_ = false;
    std::string error_;
};

} // namespace pop3dump
