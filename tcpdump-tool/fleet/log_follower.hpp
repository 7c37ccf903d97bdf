// A log that grows and is rotated, read line by line: by inode and offset, as long as its lines
// have not been renamed out of its folder, compressed or removed.
// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include "system/file_descriptor.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace pop3fleet {

/// Where a follower stands, to be kept as text.
struct LogPlace {
    std::uint64_t position = 0; ///< bytes of all files so far, which only grows
    std::uint64_t inode = 0;    ///< of the file; 0: none yet
    std::uint64_t offset = 0;   ///< in it, at the beginning of a line
    std::uint64_t start = 0;    ///< hash of its first line, since inodes are used again; 0: none
};

std::string place_text(const LogPlace &place);
std::optional<LogPlace> parse_place(std::string_view text);

class LogFollower {
public:
    explicit LogFollower(std::string path) : path_(std::move(path)) {}

    /// Goes on from a place. False: what stood there is not to be found, `error` is one line; it
    /// then goes on with the oldest file that is there.
    bool go_to(const LogPlace &place, std::string &error);
    /// Goes on with what is written from now on.
    void go_to_end();

    /// The next whole line without its end, valid until the next call; none: there is no more at
    /// present. Lines above kLongestLine are left out.
    std::optional<std::string_view> next_line();

    /// Behind the last line that next_line() returned, or before it.
    [[nodiscard]] LogPlace place() const { return {position_, inode_, offset_, start_}; }
    [[nodiscard]] LogPlace place_before() const { return before_; }

    [[nodiscard]] const std::string &path() const { return path_; }
    /// A message on the log itself, each once: one line. Empty: none.
    std::string take_notice() { return std::exchange(notice_, {}); }

    static constexpr std::size_t kLongestLine = std::size_t{1} << 20U;

private:
    /// False also where the file is not that of `inode`.
    bool open_file(const std::string &path, std::uint64_t offset,
                   std::optional<std::uint64_t> inode = {});
    bool fill();
    void tell_of_length();
    struct File;
    [[nodiscard]] std::optional<File> next_file() const;
    [[nodiscard]] std::vector<File> files() const; ///< the oldest first
    [[nodiscard]] std::vector<File> list_files() const;

    std::string path_;
    pop3dump::FileDescriptor fd_;
    std::vector<char> buffer_;
    std::size_t begin_ = 0; ///< of what was not handed out, in the buffer
    std::size_t end_ = 0;
    std::size_t searched_ = 0; ///< no line ends before
    bool skips_ = false;       ///< the rest of a line that is too long
    std::uint64_t position_ = 0;
    std::uint64_t inode_ = 0;
    std::uint64_t offset_ = 0;
    std::uint64_t start_ = 0;
    std::int64_t modified_ns_ = 0; ///< of the file, at its end
    LogPlace before_;
    bool told_of_length_ = false;
    std::string notice_;
};

} // namespace pop3fleet
