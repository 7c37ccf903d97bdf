// SPDX-License-Identifier: GPL-2.0-or-later
#include "pipeline/key_log_file.hpp"

#include "system/signals.hpp"

#include <array>
#include <cerrno>
#include <cstring>
#include <fmt/core.h>
#include <sys/stat.h>

namespace pop3dump {

bool KeyLogFile::open(const std::string &path, bool waits, std::string &error) {
    path_ = path;
    file_ = open_file(path, waits ? O_RDONLY : O_RDONLY | O_NONBLOCK);
    struct stat status {};
    if (file_.get() < 0 || ::fstat(file_.get(), &status) != 0) {
        error = fmt::format("--tls-keys {}: {}", path, std::strerror(errno));
        return false;
    }
    is_regular_ = S_ISREG(status.st_mode);
    if (is_regular_ || S_ISFIFO(status.st_mode)) return true;
    error = fmt::format("--tls-keys {}: neither a file nor a FIFO", path);
    return false;
}

void KeyLogFile::read(const KeyLogReader::OnSecret &on_secret) {
    struct stat status {};
    if (is_regular_ && ::fstat(file_.get(), &status) == 0 &&
        static_cast<std::uint64_t>(status.st_size) < read_bytes_ &&
        ::lseek(file_.get(), 0, SEEK_SET) == 0) {
        reader_ = {};
        read_bytes_ = 0;
    }
    std::array<char, 65'536> piece;
    while (!stop_requested()) {
        const ssize_t got = ::read(file_.get(), piece.data(), piece.size());
        if (got < 0 && errno == EINTR) continue;
        error_number_ = got < 0 && errno != EAGAIN ? errno : 0;
        if (got <= 0) return;
        read_bytes_ += static_cast<std::uint64_t>(got);
        reader_.take({piece.data(), static_cast<std::size_t>(got)}, on_secret);
    }
}

std::string KeyLogFile::error() const {
    if (error_number_ == 0) return "";
    return fmt::format("{}: {}", path_, std::strerror(error_number_));
}

std::string KeyLogFile::warning() const {
    if (reader_.first_bad_line() == 0) return "";
    return fmt::format("{}: line {} is no line of a key log, and was left out", path_,
                       reader_.first_bad_line());
}

} // namespace pop3dump
