// SPDX-License-Identifier: GPL-2.0-or-later
#include "evidence_folder.hpp"

#include "output_limits.hpp"

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <ctime>
#include <dirent.h>
#include <fcntl.h>
#include <fmt/chrono.h>
#include <fmt/core.h>
#include <memory>
#include <new>
#include <regex.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>
#include <utility>

namespace pop3dump {
namespace {

/// The names that files of the folder have. std::regex does not compile without warnings in g++ 12
/// with sanitizers.
class OwnName {
public:
    OwnName() {
        constexpr const char *kPattern = "^[0-9]{8}T[0-9]{6}Z_session[0-9]+_[0-9a-f.-]+(_[0-9]+)?"
                                         "\\.pcapng(\\.part)?$";
        if (::regcomp(&pattern_, kPattern, REG_EXTENDED | REG_NOSUB) != 0) throw std::bad_alloc();
    }
    ~OwnName() { ::regfree(&pattern_); }
    OwnName(const OwnName &) = delete;
    OwnName &operator=(const OwnName &) = delete;

    [[nodiscard]] bool matches(const char *name) const {
        return ::regexec(&pattern_, name, 0, nullptr, 0) == 0;
    }

private:
    regex_t pattern_{};
};

/// What a file costs on the disk, so that many small ones cannot go beyond the limit.
std::uint64_t disk_bytes(std::uint64_t bytes) {
    constexpr std::uint64_t kDiskBlockBytes = 4096;
    return (bytes + kDiskBlockBytes - 1) / kDiskBlockBytes * kDiskBlockBytes;
}

constexpr const char *kPartSuffix = ".part";

struct FolderCloser {
    void operator()(DIR *folder) const { ::closedir(folder); }
};

} // namespace

bool EvidenceFolder::open(const std::string &path, std::uint64_t most_bytes, std::string &error) {
    path_ = path;
    most_bytes_ = most_bytes;
    folder_ = open_file(path, O_RDONLY | O_DIRECTORY);
    if (folder_.get() < 0 || ::faccessat(folder_.get(), ".", W_OK | X_OK, AT_EACCESS) != 0) {
        error = (path.empty() ? "''" : path) + ": " + std::strerror(errno);
        return false;
    }
    if (::flock(folder_.get(), LOCK_EX | LOCK_NB) != 0 && errno == EWOULDBLOCK) {
        error = path + ": is locked: another pop3dump writes to it";
        return false;
    }
    take_stock();
    return true;
}

void EvidenceFolder::take_stock() {
    const OwnName own_name;
    const int fd = ::openat(folder_.get(), ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    const std::unique_ptr<DIR, FolderCloser> folder(fd < 0 ? nullptr : ::fdopendir(fd));
    if (!folder) return;
    while (const dirent *entry = ::readdir(folder.get())) {
        struct stat status {};
        const std::string_view name = entry->d_name;
        if (!own_name.matches(entry->d_name)) continue;
        if (name.ends_with(kPartSuffix)) {
            ::unlinkat(folder_.get(), entry->d_name, 0); // of a run that was killed
        } else if (::fstatat(folder_.get(), entry->d_name, &status, AT_SYMLINK_NOFOLLOW) == 0 &&
                   S_ISREG(status.st_mode)) {
            set_bytes(entry->d_name, static_cast<std::uint64_t>(status.st_size));
        }
    }
}

std::string EvidenceFolder::new_name(std::int64_t ts_ns, std::uint64_t session,
                                     std::string client) const {
    std::replace(client.begin(), client.end(), ':', '-'); // no colons in names of other systems
    const std::string stem =
        fmt::format("{:%Y%m%dT%H%M%SZ}_session{}_{}",
                    fmt::gmtime(static_cast<std::time_t>(ts_ns / 1'000'000'000)), session, client);
    std::string name = stem + ".pcapng";
    struct stat status {};
    for (unsigned number = 2;
         ::fstatat(folder_.get(), name.c_str(), &status, AT_SYMLINK_NOFOLLOW) == 0; ++number) {
        name = fmt::format("{}_{}.pcapng", stem, number);
    }
    return name;
}

int EvidenceFolder::append(const std::string &name, std::string_view bytes, bool is_new) {
    const auto known = files_.find(name);
    const std::uint64_t before = known != files_.end() ? known->second : 0;
    if (before + disk_bytes(bytes.size()) >
        std::max<std::uint64_t>(most_bytes_ / kEvidenceFilesWithRoom, kEvidenceFileLeastBytes))
        return EFBIG;
    if (!make_room(name, bytes.size())) return EFBIG;
    const int code = is_new ? create(name, bytes) : extend(name, bytes);
    if (code == ENOENT && files_.contains(name)) forget(files_.find(name));
    return code;
}

/// Under another name until its first packets are there, so that no file is ever empty.
int EvidenceFolder::create(const std::string &name, std::string_view bytes) {
    constexpr mode_t kMode = 0640; // packets hold passwords
    const std::string part = name + kPartSuffix;
    const FileDescriptor file(::openat(
        folder_.get(), part.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, kMode));
    if (file.get() < 0) return errno;
    int code = write(file.get(), bytes);
    if (code == 0 && ::renameat(folder_.get(), part.c_str(), folder_.get(), name.c_str()) != 0) {
        code = errno;
    }
    if (code == 0) {
        set_bytes(name, bytes.size());
    } else {
        ::unlinkat(folder_.get(), part.c_str(), 0);
    }
    return code;
}

int EvidenceFolder::extend(const std::string &name, std::string_view bytes) {
    const FileDescriptor file(
        ::openat(folder_.get(), name.c_str(), O_WRONLY | O_APPEND | O_CLOEXEC | O_NOFOLLOW));
    struct stat before {};
    if (file.get() < 0 || ::fstat(file.get(), &before) != 0) return errno;
    const int code = write(file.get(), bytes);
    if (code == 0) {
        set_bytes(name, static_cast<std::uint64_t>(before.st_size) + bytes.size());
    } else {
        [[maybe_unused]] const int taken_back = ::ftruncate(file.get(), before.st_size);
    }
    return code;
}

int EvidenceFolder::write(int fd, std::string_view bytes) {
    while (!bytes.empty()) {
        const ssize_t written = ::write(fd, bytes.data(), bytes.size());
        if (written < 0 && errno != EINTR) return errno;
        if (written > 0) bytes.remove_prefix(static_cast<std::size_t>(written));
    }
    return 0;
}

bool EvidenceFolder::make_room(const std::string &name, std::uint64_t bytes) {
    const std::uint64_t more = disk_bytes(bytes);
    for (auto oldest = files_.begin(); all_bytes_ + more > most_bytes_;) {
        if (oldest == files_.end()) return false;
        const auto file = oldest++;
        if (file->first == name) continue;
        const bool removed = ::unlinkat(folder_.get(), file->first.c_str(), 0) == 0;
        if (removed) ++removed_files_;
        // What cannot be removed still takes its room.
        if (removed || errno == ENOENT) forget(file);
    }
    return true;
}

void EvidenceFolder::set_bytes(const std::string &name, std::uint64_t bytes) {
    std::uint64_t &known = files_[name];
    all_bytes_ += disk_bytes(bytes) - known;
    known = disk_bytes(bytes);
}

void EvidenceFolder::forget(std::map<std::string, std::uint64_t>::iterator file) {
    all_bytes_ -= file->second;
    files_.erase(file);
}

} // namespace pop3dump
