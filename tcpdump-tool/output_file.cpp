// Opening, block writing and the failures of output files.
// SPDX-License-Identifier: GPL-2.0-or-later
#include "output_file.hpp"

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <fcntl.h>
#include <poll.h>
#include <sys/stat.h>
#include <unistd.h>
#include <utility>

namespace pop3dump {
namespace {

// Large enough that the system calls cost nothing beside the formatting.
constexpr std::size_t kBlockBytes = std::size_t{256} * 1024;

} // namespace

void add_identity(const std::string &path, std::vector<FileIdentity> &identities) {
    struct stat status {};
    const int result = path == "-" ? ::fstat(STDIN_FILENO, &status) : ::stat(path.c_str(), &status);
    if (result == 0 && S_ISREG(status.st_mode)) {
        identities.push_back({status.st_dev, status.st_ino});
    }
}

std::unique_ptr<OutputFile> OutputFile::open(const std::string &path,
                                             const std::vector<FileIdentity> &in_use,
                                             std::string &error) {
    if (path == "-") {
        return std::unique_ptr<OutputFile>(
            new OutputFile("standard output", FileDescriptor(STDOUT_FILENO)));
    }
    std::vector<FileIdentity> own;
    add_identity(path, own);
    for (const FileIdentity &used : in_use) {
        if (own.empty() || own[0].device != used.device || own[0].number != used.number) continue;
        error = path + ": is already read or written by this run";
        return nullptr;
    }
    FileDescriptor fd = open_file(path, O_WRONLY | O_CREAT | O_TRUNC);
    if (fd.get() < 0) {
        error = (path.empty() ? "''" : path) + ": " + std::strerror(errno);
        return nullptr;
    }
    return std::unique_ptr<OutputFile>(new OutputFile(path, std::move(fd)));
}

OutputFile::OutputFile(std::string name, FileDescriptor fd)
    : name_(std::move(name)), fd_(std::move(fd)), block_(kBlockBytes),
      is_terminal_(::isatty(fd_.get()) == 1) {}

std::span<char> OutputFile::room(std::size_t bytes) {
    if (block_.size() - used_bytes_ < bytes) flush();
    if (block_.size() < bytes) block_.resize(bytes);
    return room();
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

void OutputFile::flush() {
    const char *bytes = block_.data();
    std::size_t left = std::exchange(used_bytes_, 0);
    while (left > 0 && !failed_) {
        const ssize_t written = ::write(fd_.get(), bytes, left);
        if (written >= 0) {
            bytes += written;
            left -= static_cast<std::size_t>(written);
        } else if (errno == EAGAIN ? !wait_writable() : errno != EINTR) {
            fail(errno);
        }
    }
}

void OutputFile::close() {
    flush();
    if (::close(fd_.release()) != 0 && !failed_) fail(errno);
}

/// For a descriptor that another program has made non-blocking.
bool OutputFile::wait_writable() {
    pollfd request{fd_.get(), POLLOUT, 0};
    return ::poll(&request, 1, -1) >= 0 || errno == EINTR;
}

void OutputFile::fail(int code) {
    failed_ = true;
    reader_gone_ = code == EPIPE;
    error_ = name_ + ": " + std::strerror(code);
}

} // namespace pop3dump
