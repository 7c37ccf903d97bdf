// Block writing, and what becomes of it when writing fails.
// SPDX-License-Identifier: GPL-2.0-or-later
#include "output/output_file.hpp"

#include "output/last_line.hpp"
#include "output/output_path.hpp"
#include "system/diagnostics.hpp"

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <fcntl.h>
#include <fmt/core.h>
#include <poll.h>
#include <sys/stat.h>
#include <unistd.h>
#include <utility>

namespace pop3dump {
namespace {

// Large enough that the system calls cost nothing beside the formatting.
constexpr std::size_t kBlockBytes = std::size_t{256} * 1024;

// What the system copies at once; in between it looks for signals that kill.
constexpr std::size_t kPageBytes = 4096;

constexpr std::chrono::seconds kBetweenTries{1};

} // namespace

bool is_disk_full(int code) {
    return code == ENOSPC || code == EDQUOT;
}

std::unique_ptr<OutputFile> OutputFile::open(const std::string &path, const OutputPolicy &policy,
                                             const std::vector<FileIdentity> &in_use,
                                             std::string &error, int &code) {
    code = 0;
    if (path == "-") {
        return std::unique_ptr<OutputFile>(
            new OutputFile("standard output", policy, FileDescriptor(STDOUT_FILENO)));
    }
    FileDescriptor fd = open_exclusive(path, policy.account, in_use, error, code);
    if (fd.get() < 0) return nullptr;
    std::unique_ptr<OutputFile> file(new OutputFile(path, policy, std::move(fd)));
    if (policy.is_live) file->open_reader();
    return file;
}

bool OutputFile::begin(std::string &error) {
    if (!is_regular_ || fd_.get() == STDOUT_FILENO) return true;
    if (policy_.is_live && policy_.holds_lines) {
        repair_last_line();
        return true;
    }
    if (::ftruncate(fd_.get(), 0) != 0) {
        error = file_error(name_, errno);
        return false;
    }
    written_bytes_ = 0;
    return true;
}

/// For repair_last_line(); while there is the right to.
void OutputFile::open_reader() {
    if (is_regular_ && policy_.holds_lines && written_bytes_ > 0) {
        reader_ = std::move(open_output(name_, O_RDONLY, policy_.account.uid).fd);
    }
}

void OutputFile::add_identity(std::vector<FileIdentity> &identities) const {
    struct stat status {};
    if (is_regular_file(fd_.get(), status)) {
        identities.push_back({status.st_dev, status.st_ino});
    }
}

OutputFile::OutputFile(std::string name, const OutputPolicy &policy, FileDescriptor fd)
    : name_(std::move(name)), policy_(policy), fd_(std::move(fd)), block_(kBlockBytes),
      is_terminal_(::isatty(fd_.get()) == 1) {
    refresh_status();
}

void OutputFile::refresh_status() {
    struct stat status {};
    is_regular_ = is_regular_file(fd_.get(), status);
    written_bytes_ = is_regular_ ? static_cast<std::uint64_t>(status.st_size) : 0;
}

/// Removes the part of a line that a kill -9 or the end of power has left. What does not look like
/// a line of ours is ended instead.
void OutputFile::repair_last_line() {
    const FileDescriptor reader = std::move(reader_);
    struct stat own {};
    struct stat read {};
    if (::fstat(fd_.get(), &own) != 0 || ::fstat(reader.get(), &read) != 0 ||
        own.st_dev != read.st_dev || own.st_ino != read.st_ino) {
        return;
    }
    const auto part = find_partial_line(reader.get(), written_bytes_);
    if (!part) return;
    if (part->is_ours && ::ftruncate(fd_.get(), static_cast<off_t>(part->offset)) == 0) {
        report(fmt::format("{}: removed {} bytes of an unfinished line", name_,
                           written_bytes_ - part->offset));
        written_bytes_ = part->offset;
    } else {
        write_piece("\n");
    }
}

void OutputFile::append(std::string_view bytes) {
    while (!bytes.empty()) {
        const auto space = room();
        const std::size_t part = std::min(space.size(), bytes.size());
        std::memcpy(space.data(), bytes.data(), part);
        commit(part);
        bytes.remove_prefix(part);
    }
}

/// Writes out the complete records. If that fails, drops the current one, so that the block does
/// not grow while the disk is full.
void OutputFile::make_room(std::size_t bytes) {
    flush();
    if (whole_bytes_ > 0 || failed_) {
        record_lost_ = degraded_ = true;
        used_bytes_ = whole_bytes_;
    }
    if (block_.size() - used_bytes_ >= bytes) return;
    const bool grows = !record_lost_;
    block_.resize(std::max(used_bytes_ + bytes, grows ? block_.size() * 2 : block_.size()));
}

bool OutputFile::end_record_degraded() {
    const bool lost = record_lost_ || failed_ || (disk_full_ && used_bytes_ > kBlockBytes);
    if (lost) {
        used_bytes_ = whole_bytes_;
        ++lost_records_;
    } else {
        whole_bytes_ = used_bytes_;
        ++block_records_;
    }
    record_lost_ = false;
    degraded_ = failed_ || disk_full_;
    return !lost;
}

void OutputFile::flush() {
    if (whole_bytes_ == 0) return;
    if (disk_full_ && std::chrono::steady_clock::now() < next_try_) return;
    write_records();
}

/// Writes whole records from the front of the block, as many as can be, and moves up the rest.
void OutputFile::write_records() {
    std::size_t done = 0;
    bool all = true;
    while (done < whole_bytes_ && all) {
        const std::string_view records(block_.data() + done, whole_bytes_ - done);
        const std::string_view piece = records.substr(0, next_write_size(records));
        all = write_piece(piece);
        if (all) done += piece.size();
    }
    if (all) {
        disk_full_ = false;
        block_records_ = 0;
    } else if (policy_.holds_lines) {
        const auto end = block_.begin() + static_cast<std::ptrdiff_t>(done);
        block_records_ -= static_cast<std::uint64_t>(std::count(block_.begin(), end, '\n'));
    }
    if (failed_) {
        lost_records_ += std::exchange(block_records_, 0);
        done = whole_bytes_;
    }
    degraded_ = failed_ || disk_full_ || record_lost_;
    std::memmove(block_.data(), block_.data() + done, used_bytes_ - done);
    whole_bytes_ -= done;
    used_bytes_ -= done;
}

/// How much is written at once: a page of lines, or the line that goes over the end of the page.
std::size_t OutputFile::next_write_size(std::string_view records) const {
    if (!is_regular_ || !policy_.holds_lines || !policy_.is_live) return records.size();
    const std::size_t left_in_page = kPageBytes - written_bytes_ % kPageBytes;
    if (records.size() <= left_in_page) return records.size();
    const std::size_t last_end = records.substr(0, left_in_page).rfind('\n');
    return (last_end != std::string_view::npos ? last_end : records.find('\n')) + 1;
}

/// All of `piece`, or nothing of it when it is a regular file.
bool OutputFile::write_piece(std::string_view piece) {
    std::size_t done = 0;
    while (done < piece.size()) {
        const ssize_t written = ::write(fd_.get(), piece.data() + done, piece.size() - done);
        if (written >= 0) {
            done += static_cast<std::size_t>(written);
            continue;
        }
        if (errno == EINTR || (errno == EAGAIN && wait_writable())) continue;
        const int code = errno;
        if (is_regular_ && done > 0) truncate_partial_write(done);
        fail(code);
        return false;
    }
    written_bytes_ += piece.size();
    return true;
}

/// The last bytes that were written.
void OutputFile::truncate_partial_write(std::size_t bytes) {
    const off_t end = ::lseek(fd_.get(), 0, SEEK_CUR);
    const off_t start = end - static_cast<off_t>(bytes);
    if (end < 0 || start < 0 || ::ftruncate(fd_.get(), start) != 0) return;
    ::lseek(fd_.get(), start, SEEK_SET);
}

bool OutputFile::reopen(std::string &error) {
    if (!is_regular_ || fd_.get() == STDOUT_FILENO || failed_) return true;
    flush();
    struct stat named {};
    struct stat own {};
    if (::stat(name_.c_str(), &named) == 0 && ::fstat(fd_.get(), &own) == 0 &&
        named.st_dev == own.st_dev && named.st_ino == own.st_ino) {
        return true;
    }
    int code = 0;
    FileDescriptor fd = open_exclusive(name_, policy_.account, {}, error, code);
    if (fd.get() < 0) return false;
    fd_ = std::move(fd);
    refresh_status();
    next_try_ = {};
    open_reader();
    repair_last_line();
    return true;
}

void OutputFile::close() {
    next_try_ = {};
    flush();
    lost_records_ += std::exchange(block_records_, 0);
    used_bytes_ = whole_bytes_ = 0;
    if (::close(fd_.release()) != 0 && !failed_) fail(errno);
}

/// For a descriptor that another program has made non-blocking.
bool OutputFile::wait_writable() {
    pollfd request{fd_.get(), POLLOUT, 0};
    return ::poll(&request, 1, -1) >= 0 || errno == EINTR;
}

void OutputFile::fail(int code) {
    degraded_ = true;
    error_ = file_error(name_, code);
    if (policy_.is_live && is_disk_full(code)) {
        disk_full_ = true;
        next_try_ = std::chrono::steady_clock::now() + kBetweenTries;
        return;
    }
    failed_ = true;
    reader_gone_ = code == EPIPE;
}

} // namespace pop3dump
