// The file of -o, or the standard output: warnings of all sensors that this program follows.
// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include "output/output_file.hpp"

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_set>

namespace pop3fleet {

/// How far a file was written, to be kept as text.
struct FilePlace {
    std::uint64_t inode = 0; ///< 0: no regular file
    std::uint64_t bytes = 0;
};

class WarningFile {
public:
    /// `has_all_events`: see OutputStyle. False: `error` is one line that names the file.
    bool open(const std::string &path, bool has_all_events, std::string &error);

    void write(std::string_view line);
    /// Hands all lines to the system. False: not all of them are there, now or ever.
    bool flush();
    /// After SIGHUP.
    void reopen();

    [[nodiscard]] FilePlace place() const;
    /// Whether what was written can be read again.
    [[nodiscard]] bool is_regular() const { return inode_ != 0; }
    /// The warning_name() of each line that stands behind a place, or, of all events, its
    /// name_of_line(), also if the file was renamed since. Nothing for the standard output.
    [[nodiscard]] std::unordered_multiset<std::string> names_behind(const FilePlace &place) const;

    /// Empty, or one line that names the file: why it is not written to.
    [[nodiscard]] const std::string &error() const { return file_->error(); }
    [[nodiscard]] bool failed() const { return file_->failed(); }
    [[nodiscard]] bool reader_gone() const { return file_->reader_gone(); }
    [[nodiscard]] std::uint64_t lost_lines() const { return file_->lost_records(); }
    void close() { file_->close(); }

private:
    std::string path_;
    std::unique_ptr<pop3dump::OutputFile> file_;
    std::uint64_t inode_ = 0;
    bool has_all_events_ = false;
};

} // namespace pop3fleet
