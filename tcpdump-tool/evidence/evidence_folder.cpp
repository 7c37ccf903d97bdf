// SPDX-License-Identifier: GPL-2.0-or-later
#include "evidence/evidence_folder.hpp"

#include "evidence/client_key.hpp"
#include "output/output_path.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdlib>
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
#include <tuple>
#include <unistd.h>
#include <utility>
#include <vector>

namespace pop3dump {
namespace {

constexpr std::int64_t kNsPerSecond = 1'000'000'000;
constexpr const char *kPartSuffix = ".part";

/// A file of the folder, as its name describes it.
struct Found {
    std::int64_t time_s = 0;
    std::uint64_t session = 0;
    EvidenceFile file;

    /// By time; in one second alerts come about in the order of their sessions.
    bool operator<(const Found &other) const {
        return std::tie(time_s, session, file.name) <
               std::tie(other.time_s, other.session, other.file.name);
    }
};

/// The names that files of the folder have. std::regex does not compile without warnings in g++ 12
/// with sanitizers.
class OwnName {
public:
    OwnName() {
        constexpr const char *kPattern =
            "^([0-9]{8}T[0-9]{6})Z_session([0-9]+)_([0-9a-f.-]+)(_[0-9]+)?"
            "\\.pcapng(\\.part)?$";
        if (::regcomp(&pattern_, kPattern, REG_EXTENDED) != 0) throw std::bad_alloc();
    }
    ~OwnName() { ::regfree(&pattern_); }
    OwnName(const OwnName &) = delete;
    OwnName &operator=(const OwnName &) = delete;

    /// False when `name` is none of ours.
    bool read(const std::string &name, Found &found) const {
        std::array<regmatch_t, 4> parts{};
        if (::regexec(&pattern_, name.c_str(), parts.size(), parts.data(), 0) != 0) return false;
        const auto part = [&](std::size_t index) {
            const auto start = static_cast<std::size_t>(parts[index].rm_so);
            return name.substr(start, static_cast<std::size_t>(parts[index].rm_eo) - start);
        };
        std::tm time{};
        if (::strptime(part(1).c_str(), "%Y%m%dT%H%M%S", &time) == nullptr) return false;
        std::string address = part(3);
        std::replace(address.begin(), address.end(), '-', ':');
        found.time_s = ::timegm(&time);
        found.session = std::strtoull(part(2).c_str(), nullptr, 10);
        found.file.name = name;
        found.file.client = client_key(address);
        return true;
    }

private:
    regex_t pattern_{};
};

struct FolderCloser {
    void operator()(DIR *folder) const { ::closedir(folder); }
};

} // namespace

bool EvidenceFolder::open(const std::string &path, const Account &account, std::string &error) {
    path_ = path;
    // What root makes and does not give away, the account could not write to.
    const int create = account.change && !account.owns_outputs ? 0 : O_CREAT;
    OpenedOutput opened = open_output(path, O_RDONLY | O_DIRECTORY | create, account.uid);
    folder_ = std::move(opened.fd);
    if (folder_.get() < 0) {
        error = opened.error;
        if (opened.code == ENOENT && create == 0)
            error +=
                fmt::format(": make it for user {}, or name another user with -Z", account.name);
        return false;
    }
    if (opened.created && account.owns_outputs &&
        ::fchown(folder_.get(), account.uid, account.gid) != 0) {
        error = fmt::format("{}: {}", path, std::strerror(errno));
        return false;
    }
    if (::flock(folder_.get(), LOCK_EX | LOCK_NB) != 0 && errno == EWOULDBLOCK) {
        error = path + ": locked by another pop3dump";
        return false;
    }
    return true;
}

bool EvidenceFolder::begin(const Account &account, std::string &error) {
    if (::faccessat(folder_.get(), ".", W_OK | X_OK, AT_EACCESS) != 0) {
        const int code = errno;
        error = with_remedy(fmt::format("{}: {}", path_, std::strerror(code)), code, account);
        return false;
    }
    take_stock();
    return true;
}

void EvidenceFolder::take_stock() {
    const OwnName own_name;
    std::vector<Found> all;
    const int fd = ::openat(folder_.get(), ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    const std::unique_ptr<DIR, FolderCloser> folder(fd < 0 ? nullptr : ::fdopendir(fd));
    if (!folder) return;
    while (const dirent *entry = ::readdir(folder.get())) {
        struct stat status {};
        Found found;
        if (!own_name.read(entry->d_name, found)) continue;
        if (std::string_view(entry->d_name).ends_with(kPartSuffix)) {
            ::unlinkat(folder_.get(), entry->d_name, 0); // of a run that was killed
        } else if (::fstatat(folder_.get(), entry->d_name, &status, AT_SYMLINK_NOFOLLOW) == 0 &&
                   S_ISREG(status.st_mode)) {
            found.file.inode = status.st_ino;
            found.file.bytes = static_cast<std::uint64_t>(status.st_size);
            all.push_back(std::move(found));
        }
    }
    std::sort(all.begin(), all.end());
    for (Found &found : all)
        room_.add({found.time_s * kNsPerSecond, ++number_}, std::move(found.file));
}

std::string EvidenceFolder::new_name(const Alerted &alerted) const {
    std::string client(alerted.client);
    std::replace(client.begin(), client.end(), ':', '-'); // no colons in names of other systems
    const std::string stem =
        fmt::format("{:%Y%m%dT%H%M%SZ}_session{}_{}",
                    fmt::gmtime(static_cast<std::time_t>(alerted.ts_ns / kNsPerSecond)),
                    alerted.session, client);
    std::string name = stem + ".pcapng";
    struct stat status {};
    for (unsigned number = 2;
         ::fstatat(folder_.get(), name.c_str(), &status, AT_SYMLINK_NOFOLLOW) == 0; ++number) {
        name = fmt::format("{}_{}.pcapng", stem, number);
    }
    return name;
}

int EvidenceFolder::create(const Alerted &alerted, std::string_view bytes, EvidenceId &id) {
    if (bytes.size() > room_.share_bytes()) return EFBIG;
    EvidenceFile file;
    file.name = new_name(alerted);
    file.client = client_key(std::string(alerted.client));
    file.bytes = bytes.size();
    id = {alerted.ts_ns, ++number_};
    room_.add(id, file);
    int code = make_room(id);
    if (code == 0) code = write_new(file, bytes);
    if (code == 0) {
        room_.find(id)->inode = file.inode;
    } else {
        room_.remove(id, true);
    }
    return code;
}

int EvidenceFolder::extend(const EvidenceId &id, std::string_view bytes) {
    const EvidenceFile *file = room_.find(id);
    if (file == nullptr) return ENOENT;
    const std::uint64_t before = file->bytes;
    if (before + bytes.size() > room_.share_bytes()) return EFBIG;
    room_.resize(id, before + bytes.size());
    int code = make_room(id);
    if (code == 0) code = write_more(*file, bytes);
    if (code == ENOENT) {
        room_.remove(id, true);
    } else if (code != 0) {
        room_.resize(id, before);
    }
    return code;
}

std::string EvidenceFolder::path_of(const EvidenceId &id) {
    const EvidenceFile *file = room_.find(id);
    return file != nullptr ? path_ + "/" + file->name : path_;
}

/// Under another name until its first packets are there, so that no file is ever empty.
int EvidenceFolder::write_new(EvidenceFile &file, std::string_view bytes) {
    constexpr mode_t kMode = 0640; // packets hold passwords
    const std::string part = file.name + kPartSuffix;
    const FileDescriptor fd(::openat(folder_.get(), part.c_str(),
                                     O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, kMode));
    struct stat status {};
    if (fd.get() < 0 || ::fstat(fd.get(), &status) != 0) return errno;
    file.inode = status.st_ino;
    int code = write_all(fd.get(), bytes);
    if (code == 0 &&
        ::renameat(folder_.get(), part.c_str(), folder_.get(), file.name.c_str()) != 0) {
        code = errno;
    }
    if (code != 0) ::unlinkat(folder_.get(), part.c_str(), 0);
    return code;
}

/// Another file that has the name by now is not ours to write to.
int EvidenceFolder::write_more(const EvidenceFile &file, std::string_view bytes) {
    const FileDescriptor fd(
        ::openat(folder_.get(), file.name.c_str(), O_WRONLY | O_APPEND | O_CLOEXEC | O_NOFOLLOW));
    struct stat before {};
    if (fd.get() < 0 || ::fstat(fd.get(), &before) != 0) return errno;
    if (before.st_ino != file.inode) return ENOENT;
    const int code = write_all(fd.get(), bytes);
    if (code != 0) [[maybe_unused]]
        const int taken_back = ::ftruncate(fd.get(), before.st_size);
    return code;
}

int EvidenceFolder::make_room(const EvidenceId &newcomer) {
    while (room_.is_full()) {
        const auto next = room_.next_to_go(newcomer);
        if (!next) return EFBIG;
        const bool removed = ::unlinkat(folder_.get(), room_.find(*next)->name.c_str(), 0) == 0;
        const int code = errno;
        if (removed) ++removed_files_;
        // Files of another user in a shared folder cannot be removed, and still take their room.
        const bool is_foreign = !removed && (code == EPERM || code == EACCES);
        if (!removed && !is_foreign && code != ENOENT) return code;
        room_.remove(*next, !is_foreign);
    }
    return 0;
}

} // namespace pop3dump
