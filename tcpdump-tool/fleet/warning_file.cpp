// SPDX-License-Identifier: GPL-2.0-or-later
#include "fleet/warning_file.hpp"

#include "fleet/log_follower.hpp"
#include "fleet/warning_line.hpp"

#include "system/diagnostics.hpp"

#include <algorithm>
#include <sys/stat.h>

namespace pop3fleet {
namespace {

std::uint64_t inode_of(const std::string &path) {
    struct stat status;
    return ::stat(path.c_str(), &status) == 0 && S_ISREG(status.st_mode) ? status.st_ino : 0;
}

} // namespace

bool WarningFile::open(const std::string &path, bool has_all_events, std::string &error) {
    path_ = path;
    has_all_events_ = has_all_events;
    int code = 0;
    const pop3dump::OutputPolicy policy{.holds_lines = true, .is_live = true, .account = {}};
    file_ = pop3dump::OutputFile::open(path, policy, {}, error, code);
    if (!file_ || !file_->begin(error)) return false;
    if (file_->is_regular()) inode_ = inode_of(path_);
    return true;
}

void WarningFile::write(std::string_view line) {
    file_->append(line);
    file_->put('\n');
    file_->end_record();
}

bool WarningFile::flush() {
    file_->flush();
    return !file_->failed() && !file_->disk_full();
}

void WarningFile::reopen() {
    std::string error;
    if (!file_->reopen(error)) pop3dump::report(error);
    if (file_->is_regular()) inode_ = inode_of(path_);
}

FilePlace WarningFile::place() const {
    return {inode_, inode_ == 0 ? 0 : file_->bytes()};
}

std::unordered_multiset<std::string> WarningFile::names_behind(const FilePlace &place) const {
    std::unordered_multiset<std::string> names;
    if (inode_ == 0) return names;
    LogFollower lines{path_};
    std::string error;
    // Of a file that nobody knows of, which may be large, only its end tells what was written last.
    constexpr std::uint64_t kMostBytes = std::uint64_t{16} << 20U;
    if (place.inode != 0)
        lines.go_to({0, place.inode, place.bytes, 0}, error);
    else
        lines.go_to({0, inode_, file_->bytes() - std::min(file_->bytes(), kMostBytes), 0}, error);
    while (const auto line = lines.next_line()) {
        std::string name = has_all_events_ ? name_of_line(*line) : warning_name(*line);
        if (!name.empty()) names.insert(std::move(name));
    }
    return names;
}

} // namespace pop3fleet
