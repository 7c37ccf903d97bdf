// SPDX-License-Identifier: GPL-2.0-or-later
#include "fleet/log_follower.hpp"

#include "base/hash.hpp"
#include "base/parse.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <filesystem>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

namespace pop3fleet {
namespace {

constexpr std::size_t kReadBytes = std::size_t{256} * 1024;

std::int64_t modified_ns(const struct stat &status) {
    constexpr std::int64_t kSecond = 1'000'000'000;
    return status.st_mtim.tv_sec * kSecond + status.st_mtim.tv_nsec;
}

// Of the first line, or of how it begins, once it is whole: a log begins with another time each.
std::uint64_t hash_of_start(int fd) {
    std::array<char, 256> bytes;
    const ssize_t count = ::pread(fd, bytes.data(), bytes.size(), 0);
    if (count <= 0) return 0;
    const std::string_view text{bytes.data(), static_cast<std::size_t>(count)};
    const std::size_t line_end = text.find('\n');
    if (line_end == std::string_view::npos && text.size() < bytes.size()) return 0;
    const std::string_view start = text.substr(0, line_end);
    return XXH3_64bits(start.data(), start.size());
}

bool is_compressed(std::string_view name) {
    static constexpr std::array<std::string_view, 5> kSuffixes{".gz", ".xz", ".bz2", ".zst",
                                                               ".lz4"};
    return std::any_of(kSuffixes.begin(), kSuffixes.end(),
                       [&](std::string_view suffix) { return name.ends_with(suffix); });
}

/// The number that logrotate has put behind the name.
std::optional<std::uint64_t> rotation_of(std::string_view path) {
    return pop3ana::parse_number<std::uint64_t>(path.substr(path.rfind('.') + 1));
}

/// Of what somebody who renames files may come in between of.
constexpr int kMostTries = 100;

} // namespace

std::string place_text(const LogPlace &place) {
    return fmt::format("{} {} {} {}", place.position, place.inode, place.offset, place.start);
}

std::optional<LogPlace> parse_place(std::string_view text) {
    LogPlace place;
    for (std::uint64_t *const number :
         {&place.position, &place.inode, &place.offset, &place.start}) {
        const std::size_t space = text.find(' ');
        const auto parsed = pop3ana::parse_number<std::uint64_t>(text.substr(0, space));
        if (!parsed) return std::nullopt;
        *number = *parsed;
        text.remove_prefix(space == std::string_view::npos ? text.size() : space + 1);
    }
    return place;
}

struct LogFollower::File {
    std::string path;
    std::uint64_t inode;
    std::uint64_t bytes;
    std::int64_t modified_ns;
};

// The log and its rotated files, the oldest first: PATH.1, PATH-20261130 and the like.
// A file that is renamed while they are listed may be missing in the list, or have another's place:
// two lists that are alike are right.
std::vector<LogFollower::File> LogFollower::files() const {
    std::vector<File> found = list_files();
    for (int lists = 1; lists < kMostTries; ++lists) {
        std::vector<File> again = list_files();
        const bool is_same = std::equal(
            found.begin(), found.end(), again.begin(), again.end(),
            [](const File &a, const File &b) { return a.inode == b.inode && a.path == b.path; });
        found = std::move(again);
        if (is_same) break;
    }
    return found;
}

std::vector<LogFollower::File> LogFollower::list_files() const {
    std::vector<File> found;
    const std::filesystem::path path{path_};
    const std::string name = path.filename();
    std::error_code error;
    const auto folder = path.has_parent_path() ? path.parent_path() : std::filesystem::path{"."};
    for (const auto &entry : std::filesystem::directory_iterator(folder, error)) {
        const std::string other = entry.path().filename();
        if (!other.starts_with(name) || is_compressed(other)) continue;
        if (other != name && other[name.size()] != '.' && other[name.size()] != '-') continue;
        struct stat status;
        if (::stat(entry.path().c_str(), &status) != 0 || !S_ISREG(status.st_mode)) continue;
        found.push_back({entry.path(), status.st_ino, static_cast<std::uint64_t>(status.st_size),
                         modified_ns(status)});
    }
    std::sort(found.begin(), found.end(), [&](const File &a, const File &b) {
        // The log itself is the latest, whenever it was written. Clocks of files are coarse: of two
        // that were written at one time, PATH.2 is older than PATH.1.
        const bool a_is_log = a.path == folder / name;
        const bool b_is_log = b.path == folder / name;
        if (a_is_log != b_is_log) return b_is_log;
        if (a.modified_ns != b.modified_ns) return a.modified_ns < b.modified_ns;
        const auto a_number = rotation_of(a.path);
        const auto b_number = rotation_of(b.path);
        return a_number && b_number ? *a_number > *b_number : a.path < b.path;
    });
    return found;
}

bool LogFollower::open_file(const std::string &path, std::uint64_t offset,
                            std::optional<std::uint64_t> inode) {
    pop3dump::FileDescriptor fd{::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK)};
    struct stat status;
    if (fd.get() < 0 || ::fstat(fd.get(), &status) != 0) return false;
    if (static_cast<std::uint64_t>(status.st_size) < offset) return false;
    if (inode && status.st_ino != *inode) return false; // it has another name by now
    fd_ = std::move(fd);
    inode_ = status.st_ino;
    offset_ = offset;
    start_ = offset == 0 ? 0 : hash_of_start(fd_.get());
    begin_ = end_ = searched_ = 0;
    skips_ = false;
    return true;
}

bool LogFollower::go_to(const LogPlace &place, std::string &error) {
    position_ = place.position;
    fd_ = {};
    inode_ = offset_ = start_ = 0;
    modified_ns_ = 0; // of no file: the oldest is the next
    begin_ = end_ = searched_ = 0;
    before_ = place;
    if (place.inode == 0) return true; // The first file is opened when a line is asked for.
    for (int tries = 0; tries < kMostTries; ++tries) {
        const std::vector<File> all = files();
        const auto file = std::find_if(all.begin(), all.end(), [&](const File &one) {
            return one.inode == place.inode && one.bytes >= place.offset;
        });
        if (file == all.end()) break;
        if (!open_file(file->path, place.offset, file->inode)) continue; // renamed
        if (place.start == 0 || hash_of_start(fd_.get()) == place.start) return true;
        fd_ = {};
        break;
    }
    inode_ = offset_ = start_ = 0;
    error = fmt::format("{}: the file that was read up to byte {} is not there any more; what came "
                        "behind it is lost",
                        path_, place.offset);
    return false;
}

void LogFollower::go_to_end() {
    struct stat status;
    if (::stat(path_.c_str(), &status) == 0)
        open_file(path_, static_cast<std::uint64_t>(status.st_size));
    before_ = place();
}

// The file behind the one that is read, once that was renamed. An empty one tells nothing: whoever
// rotates may have made it, and the writer still be at the old one.
std::optional<LogFollower::File> LogFollower::next_file() const {
    struct stat status;
    if (fd_.get() >= 0 && ::stat(path_.c_str(), &status) == 0 && status.st_ino == inode_)
        return std::nullopt;
    std::vector<File> all = files();
    auto next = std::find_if(all.begin(), all.end(),
                             [&](const File &file) { return file.inode == inode_; });
    if (next != all.end())
        ++next;
    else // It is gone: the next is the first that was written to later.
        next = std::find_if(all.begin(), all.end(),
                            [&](const File &file) { return file.modified_ns >= modified_ns_; });
    next = std::find_if(next, all.end(), [](const File &file) { return file.bytes != 0; });
    return next == all.end() ? std::nullopt : std::optional{*next};
}

// More bytes of the file in the buffer, from the line at hand on: a new run of the writer may have
// taken back what a killed one had left of it.
bool LogFollower::fill() {
    if (fd_.get() < 0) {
        const auto first = next_file();
        if (!first || !open_file(first->path, 0, first->inode)) return false;
    }
    for (;;) {
        const std::size_t had = end_ - begin_;
        if (buffer_.size() < had + kReadBytes) buffer_.resize(had + kReadBytes);
        const ssize_t count =
            ::pread(fd_.get(), buffer_.data(), buffer_.size(), static_cast<off_t>(offset_));
        if (count < 0 && errno == EINTR) continue;
        struct stat status;
        if (count < 0 || ::fstat(fd_.get(), &status) != 0) {
            notice_ = fmt::format("{}: {}", path_, std::strerror(errno));
            return false;
        }
        begin_ = searched_ = 0;
        end_ = static_cast<std::size_t>(count);
        const bool has_line = std::memchr(buffer_.data(), '\n', end_) != nullptr;
        if (start_ == 0 && has_line) start_ = hash_of_start(fd_.get());
        if (end_ > had || has_line) return true; // a line may be shorter than what was taken back
        modified_ns_ = modified_ns(status);
        if (static_cast<std::uint64_t>(status.st_size) < offset_) {
            notice_ = fmt::format("{}: was cut to {} bytes; it is read from its beginning", path_,
                                  status.st_size);
            if (!open_file(path_, 0)) return false;
            continue;
        }
        const auto next = next_file();
        if (!next) return false;
        // Its writer may have added something before it went on to the new file.
        if (::fstat(fd_.get(), &status) == 0 &&
            static_cast<std::uint64_t>(status.st_size) > offset_ + end_)
            continue;
        const std::size_t torn = end_; // a line without its end: the writer was killed
        if (!open_file(next->path, 0, next->inode)) return false;
        position_ += torn;
    }
}

void LogFollower::tell_of_length() {
    if (!std::exchange(told_of_length_, true))
        notice_ = fmt::format("{}: has lines of more than {} bytes; they are left out", path_,
                              kLongestLine);
}

std::optional<std::string_view> LogFollower::next_line() {
    for (;;) {
        const char *const from = buffer_.data() + searched_;
        const void *const found =
            end_ == searched_ ? nullptr : std::memchr(from, '\n', end_ - searched_);
        if (found != nullptr) {
            const auto line_end =
                static_cast<std::size_t>(static_cast<const char *>(found) - buffer_.data());
            const std::string_view line{buffer_.data() + begin_, line_end - begin_};
            before_ = place();
            position_ += line.size() + 1;
            offset_ += line.size() + 1;
            begin_ = searched_ = line_end + 1;
            if (line.size() > kLongestLine) tell_of_length();
            if (!std::exchange(skips_, false) && line.size() <= kLongestLine) return line;
            continue;
        }
        searched_ = end_;
        if (end_ - begin_ > kLongestLine) {
            position_ += end_ - begin_;
            offset_ += end_ - begin_;
            begin_ = searched_ = end_;
            skips_ = true;
            tell_of_length();
        }
        if (!fill()) return std::nullopt;
    }
}

} // namespace pop3fleet
