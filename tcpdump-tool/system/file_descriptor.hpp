// A file descriptor that is closed by its owner.
// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <cerrno>
#include <fcntl.h>
#include <string>
#include <string_view>
#include <unistd.h>
#include <utility>

namespace pop3dump {

/// Owns a descriptor; -1 is none.
class FileDescriptor {
public:
    FileDescriptor() = default;
    explicit FileDescriptor(int fd) : fd_(fd) {}
    FileDescriptor(FileDescriptor &&other) noexcept : fd_(std::exchange(other.fd_, -1)) {}
    FileDescriptor &operator=(FileDescriptor &&other) noexcept {
        std::swap(fd_, other.fd_);
        return *this;
    }
    FileDescriptor(const FileDescriptor &) = delete;
    FileDescriptor &operator=(const FileDescriptor &) = delete;
    ~FileDescriptor() {
        if (fd_ >= 0) ::close(fd_);
    }

    [[nodiscard]] int get() const { return fd_; }

    /// Gives the descriptor up without closing it.
    int release() { return std::exchange(fd_, -1); }

private:
    int fd_ = -1;
};

/// Opens `path`, from `folder` on, as openat(2) does, with errno. Never as descriptor 0, 1 or 2: if
/// one of these was closed by our caller, reports and log lines would end up in the file.
inline FileDescriptor open_file_at(int folder, const std::string &path, int flags) {
    constexpr mode_t kMode = 0666; // less the umask, as for every file
    FileDescriptor file(::openat(folder, path.c_str(), flags | O_CLOEXEC | O_NOCTTY, kMode));
    if (file.get() < 0 || file.get() > STDERR_FILENO) return file;
    return FileDescriptor(::fcntl(file.get(), F_DUPFD_CLOEXEC, STDERR_FILENO + 1));
}

/// The same from the folder that the run was started in.
inline FileDescriptor open_file(const std::string &path, int flags) {
    return open_file_at(AT_FDCWD, path, flags);
}

/// Returns 0, or why not all was written: a number of errno.
inline int write_all(int fd, std::string_view bytes) {
    while (!bytes.empty()) {
        const ssize_t written = ::write(fd, bytes.data(), bytes.size());
        if (written < 0 && errno != EINTR) return errno;
        if (written > 0) bytes.remove_prefix(static_cast<std::size_t>(written));
    }
    return 0;
}

} // namespace pop3dump
