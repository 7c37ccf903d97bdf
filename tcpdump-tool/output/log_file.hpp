// The file of -o, or the standard output, with a line of text for each event: log or JSON.
// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include "output/disk_full_notice.hpp"
#include "output/output.hpp"
#include "output/output_list.hpp"

#include <memory>

namespace pop3dump {

/// What an event's line looks like is left to who derives from it.
class LogFile : public Output {
public:
    /// Both are borrowed.
    LogFile(const LogOptions &options, OutputContext &context)
        : options_(options), context_(context) {}

    bool open(std::string &error) override;
    bool begin(std::string &error) override;
    void flush() override;
    void reopen() override;
    void on_timer() override;
    void close(std::uint32_t link_type) override;
    [[nodiscard]] bool is_terminal() const override { return file_->is_terminal(); }
    void add_errors(std::vector<std::string> &errors) const override;
    void add_counters(OutputCounters &counters) const override;

protected:
    [[nodiscard]] OutputFile &file() { return *file_; }

    /// What was put into the file since the last call is a line.
    void end_line() {
        if (!file_->end_record()) failed_ = file_->failed();
    }
    /// The same, and the last `bytes` of it were written into the file's room().
    void end_line(std::size_t bytes) {
        if (!file_->commit_record(bytes)) failed_ = file_->failed();
    }

private:
    void warn_of_rotation() const;

    const LogOptions &options_;
    OutputContext &context_;
    std::unique_ptr<OutputFile> file_;
    DiskFullNotice notice_;
};

} // namespace pop3dump
