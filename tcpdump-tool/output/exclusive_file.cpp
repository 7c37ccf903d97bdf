// SPDX-License-Identifier: GPL-2.0-or-later
#include "output/exclusive_file.hpp"

#include "output/output_path.hpp"

#include <cerrno>
#include <cstring>
#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>
#include <utility>

namespace pop3dump {

void add_identity(const std::string &path, std::vector<FileIdentity> &identities) {
    struct stat status {};
    const int result = path == "-" ? ::fstat(STDIN_FILENO, &status) : ::stat(path.c_str(), &status);
    if (result == 0 && S_ISREG(status.st_mode)) {
        identities.push_back({status.st_dev, status.st_ino});
    }
}

bool is_regular_file(int fd, struct stat &status) {
    return ::fstat(fd, &status) == 0 && S_ISREG(status.st_mode);
}

std::string file_error(const std::string &path, int code) {
    return (path.empty() ? "''" : path) + ": " + std::strerror(code);
}

FileDescriptor open_exclusive(const std::string &path, const Account &account,
                              const std::vector<FileIdentity> &in_use, std::string &error,
                              int &code) {
    OpenedOutput opened = open_output(path, O_WRONLY | O_CREAT | O_APPEND, account.uid);
    code = opened.code;
    if (opened.fd.get() < 0) {
        error = opened.error;
        return {};
    }
    struct stat own {};
    if (!is_regular_file(opened.fd.get(), own)) return std::move(opened.fd);
    for (const FileIdentity &used : in_use) {
        if (own.st_dev != used.device || own.st_ino != used.number) continue;
        error = path + ": already read or written by this run";
        code = EBUSY;
        return {};
    }
    if (::flock(opened.fd.get(), LOCK_EX | LOCK_NB) != 0 && errno == EWOULDBLOCK) {
        error = path + ": locked by another pop3dump";
        code = EBUSY;
        return {};
    }
    if (opened.created && account.owns_outputs &&
        ::fchown(opened.fd.get(), account.uid, account.gid) != 0) {
        code = errno;
        error = file_error(path, code);
        return {};
    }
    return std::move(opened.fd);
}

} // namespace pop3dump
