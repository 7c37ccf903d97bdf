// SPDX-License-Identifier: GPL-2.0-or-later
#include "output/log_file.hpp"

#include "output/output_path.hpp"
#include "system/diagnostics.hpp"

#include <fcntl.h>
#include <fmt/core.h>
#include <unistd.h>

namespace pop3dump {

bool LogFile::open(std::string &error) {
    const OutputPolicy policy{
        .holds_lines = true, .is_live = context_.is_live, .account = context_.account};
    int code = 0;
    file_ = OutputFile::open(options_.file.value_or("-"), policy, context_.in_use, error, code);
    if (!file_) return false;
    if (options_.file) file_->add_identity(context_.in_use);
    return true;
}

bool LogFile::begin(std::string &error) {
    if (!file_->begin(error)) return false;
    warn_of_rotation();
    return true;
}

/// A log that cannot be reopened is worth a warning only: the old file loses nothing.
void LogFile::warn_of_rotation() const {
    if (!context_.is_live || context_.quiet || !context_.account.change) return;
    if (!options_.file || !file_->is_regular()) return;
    const std::string folder = folder_of(*options_.file);
    if (::faccessat(AT_FDCWD, folder.c_str(), W_OK | X_OK, AT_EACCESS) == 0) return;
    report(fmt::format("{}: user {} cannot reopen it: after SIGHUP the log stays in the old file",
                       file_->name(), context_.account.name));
}

void LogFile::flush() {
    file_->flush();
    failed_ = file_->failed();
}

void LogFile::reopen() {
    std::string error;
    if (!file_->reopen(error)) report(error);
    failed_ = file_->failed();
}

void LogFile::on_timer() {
    notice_.update({file_->disk_full(), file_->name(), file_->error(), file_->lost_records()},
                   "log lines");
}

void LogFile::close(std::uint32_t /*link_type*/) {
    file_->close();
    failed_ = file_->failed();
}

void LogFile::add_errors(std::vector<std::string> &errors) const {
    if (file_->failed() && !file_->reader_gone()) errors.push_back(file_->error());
    if (!file_->failed())
        add_full_disk_loss(file_->name(), file_->lost_records(), "log lines", errors);
}

void LogFile::add_counters(OutputCounters &counters) const {
    counters.lines_lost += file_->lost_records();
}

} // namespace pop3dump
