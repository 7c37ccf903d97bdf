// The walk along a path, with a descriptor for each folder, so that nothing can be swapped between
// the look at a name and its use.
// SPDX-License-Identifier: GPL-2.0-or-later
#include "output/output_path.hpp"

#include <array>
#include <cerrno>
#include <climits>
#include <cstring>
#include <fcntl.h>
#include <fmt/core.h>
#include <linux/magic.h>
#include <pwd.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <unistd.h>
#include <utility>

namespace pop3dump {
namespace {

std::string user_name(uid_t uid) {
    const passwd *entry = ::getpwuid(uid);
    return entry != nullptr ? entry->pw_name : fmt::format("{}", uid);
}

/// Links of /proc lead to open files and folders, not to what their text says.
bool is_in_proc(int folder) {
    struct statfs system {};
    return ::fstatfs(folder, &system) == 0 && system.f_type == PROC_SUPER_MAGIC;
}

constexpr mode_t kNewFolderMode = 0750;

bool makes_folder(int flags) {
    return (flags & O_CREAT) != 0 && (flags & O_DIRECTORY) != 0;
}

class Walk {
public:
    Walk(const std::string &path, int flags, uid_t account)
        : path_(path), makes_folder_(makes_folder(flags)),
          flags_((makes_folder_ ? flags & ~O_CREAT : flags) | O_CLOEXEC | O_NOCTTY),
          account_(account) {}

    OpenedOutput run() {
        if (path_.empty()) {
            fail(ENOENT);
        } else {
            enter(path_);
        }
        while (!done_)
            step();
        return std::move(result_);
    }

private:
    /// Goes on with `path`, from the root of all folders if it begins there.
    void enter(std::string path) {
        if (path.front() == '/' || folder_.get() < 0) {
            folder_ = open_file(path.front() == '/' ? "/" : ".", O_PATH | O_DIRECTORY);
            if (folder_.get() < 0) fail(errno);
        }
        rest_ = std::move(path);
    }

    /// One name further.
    void step() {
        const std::size_t start = rest_.find_first_not_of('/');
        const std::size_t end = rest_.find('/', start);
        std::string name = start == std::string::npos ? "." : rest_.substr(start, end - start);
        const std::size_t next = rest_.find_first_not_of('/', end);
        const std::string rest = next == std::string::npos ? "" : rest_.substr(next);
        if (rest.empty() && end != std::string::npos && (flags_ & O_CREAT) != 0) {
            fail(EISDIR); // a name that ends in a slash
            return;
        }
        FileDescriptor found(
            ::openat(folder_.get(), name.c_str(), O_PATH | O_NOFOLLOW | O_CLOEXEC));
        struct stat status {};
        const bool is_missing = found.get() < 0 && errno == ENOENT;
        if (is_missing && rest.empty() && makes_folder_) {
            create_folder(name);
        } else if (is_missing && rest.empty() && (flags_ & O_CREAT) != 0) {
            create(name);
        } else if (found.get() < 0 || ::fstat(found.get(), &status) != 0) {
            fail(errno);
        } else if (S_ISLNK(status.st_mode)) {
            follow(name, found.get(), status, rest);
        } else if (!rest.empty()) {
            folder_ = std::move(found); // if it is none, the next step says so
            rest_ = rest;
        } else {
            open_last(name, status);
        }
    }

    void create(const std::string &name) {
        open_here(name, flags_ | O_EXCL);
        if (result_.fd.get() >= 0) {
            result_.created = true;
        } else if (errno != EEXIST || ++tries_ > kMostTries) { // made since we looked
            fail(errno);
        }
    }

    /// The next step opens it. Whoever controls the folder above may have put another there by
    /// then.
    void create_folder(const std::string &name) {
        if (::mkdirat(folder_.get(), name.c_str(), kNewFolderMode) == 0) {
            made_folder_ = true;
        } else if (errno != EEXIST || ++tries_ > kMostTries) {
            fail(errno);
        }
    }

    void follow(const std::string &name, int link, const struct stat &status,
                const std::string &rest) {
        if (is_in_proc(folder_.get())) {
            open_here(rest.empty() ? name : name + "/" + rest, flags_);
            if (result_.fd.get() < 0) fail(errno);
            return;
        }
        if (status.st_uid != 0 || status.st_nlink != 1) {
            refuse(ELOOP, fmt::format("'{}' is a symbolic link owned by user {}: name the file "
                                      "itself, or make the link as root",
                                      name, user_name(status.st_uid)));
            return;
        }
        std::array<char, PATH_MAX> target{};
        const ssize_t bytes = ::readlinkat(link, "", target.data(), target.size());
        if (bytes <= 0 || ++tries_ > kMostTries) {
            fail(bytes < 0 ? errno : ELOOP);
            return;
        }
        std::string path(target.data(), static_cast<std::size_t>(bytes));
        if (!rest.empty()) path += "/" + rest;
        enter(std::move(path));
    }

    void open_last(const std::string &name, const struct stat &seen) {
        const std::string trap = S_ISDIR(seen.st_mode) ? "" : find_trap(seen);
        if (!trap.empty()) {
            refuse(EPERM, trap + ": remove it, or name another file");
            return;
        }
        open_here(name, (flags_ & ~O_CREAT) | O_NOFOLLOW);
        struct stat status {};
        if (result_.fd.get() < 0 || ::fstat(result_.fd.get(), &status) != 0) {
            fail(errno);
        } else if (status.st_dev != seen.st_dev || status.st_ino != seen.st_ino) {
            result_.fd = {};
            done_ = false;
            if (++tries_ > kMostTries) fail(ELOOP);
        } else if (made_folder_) {
            const mode_t more = status.st_mode & ALLPERMS & ~kNewFolderMode;
            result_.created = status.st_uid == 0 && more == 0;
        }
    }

    /// What is wrong with a file that is there already; "": nothing.
    [[nodiscard]] std::string find_trap(const struct stat &file) const {
        struct stat folder {};
        if (::fstat(folder_.get(), &folder) != 0) return "cannot examine its folder";
        const bool others_write = folder.st_uid != 0 || (folder.st_mode & (S_IWGRP | S_IWOTH)) != 0;
        if (!others_write) return "";
        if (S_ISREG(file.st_mode) && file.st_nlink != 1) {
            return "has other hard links, and users other than root can write to its folder";
        }
        const bool is_ours = file.st_uid == 0 || file.st_uid == account_;
        if (is_ours || file.st_uid == folder.st_uid) return "";
        return fmt::format("owned by user {}, in a folder that others control",
                           user_name(file.st_uid));
    }

    /// Sets the result, or errno.
    void open_here(const std::string &name, int flags) {
        result_.fd = open_file_at(folder_.get(), name, flags);
        done_ = result_.fd.get() >= 0;
    }

    void fail(int code) { refuse(code, std::strerror(code)); }

    void refuse(int code, const std::string &why) {
        result_.code = code;
        result_.fd = {};
        result_.error = fmt::format("{}: {}", path_.empty() ? "''" : path_, why);
        done_ = true;
    }

    static constexpr int kMostTries = 40; // links that Linux follows in a path

    const std::string &path_;
    bool makes_folder_;
    int flags_;
    uid_t account_;
    FileDescriptor folder_;
    std::string rest_; ///< of the path, from folder_ on
    int tries_ = 0;
    bool made_folder_ = false;
    bool done_ = false;
    OpenedOutput result_;
};

} // namespace

OpenedOutput open_output(const std::string &path, int flags, uid_t account) {
    if (::geteuid() == 0) return Walk(path, flags, account).run();
    OpenedOutput opened;
    if (makes_folder(flags)) {
        ::mkdir(path.c_str(), kNewFolderMode); // if it cannot be made, opening says why
        flags &= ~O_CREAT;
    }
    opened.fd = open_file(path, flags);
    if (opened.fd.get() >= 0) return opened;
    opened.code = errno;
    opened.error = fmt::format("{}: {}", path.empty() ? "''" : path, std::strerror(opened.code));
    return opened;
}

std::string folder_of(const std::string &path) {
    const std::size_t end = path.rfind('/');
    if (end == std::string::npos) return ".";
    return end == 0 ? "/" : path.substr(0, end);
}

} // namespace pop3dump
