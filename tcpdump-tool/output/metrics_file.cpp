// The file of --metrics. Its reader must never see half of it, so each version is written under
// another name, then renamed. What cannot be written is tried again with the next version: metrics
// are no reason to end a capture.
// SPDX-License-Identifier: GPL-2.0-or-later
#include "output/disk_full_notice.hpp"
#include "output/exclusive_file.hpp"
#include "output/output.hpp"
#include "output/output_list.hpp"
#include "output/output_path.hpp"
#include "system/file_descriptor.hpp"

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <cstdio>
#include <fcntl.h>
#include <memory>
#include <string>
#include <string_view>
#include <sys/stat.h>
#include <unistd.h>
#include <utility>
#include <vector>

namespace pop3dump {
namespace {

constexpr std::chrono::seconds kBetweenVersions{15}; // as often as Prometheus asks, mostly

class MetricsFile final : public Output {
public:
    /// Both are borrowed.
    MetricsFile(const std::string &path, OutputContext &context)
        : path_(path), name_(path.substr(path.rfind('/') + 1)),
          new_name_("." + name_ + ".new"), // collectors read *.prom
          context_(context) {}

    bool open(std::string &error) override {
        const Account &account = context_.account;
        OpenedOutput opened = open_output(folder_of(path_), O_RDONLY | O_DIRECTORY, account.uid);
        folder_ = std::move(opened.fd);
        if (folder_.get() < 0) {
            error = opened.error;
            return false;
        }
        return is_replaceable(error);
    }

    bool open_as_account(std::string &error) override {
        if (::faccessat(folder_.get(), ".", W_OK | X_OK, AT_EACCESS) == 0) return true;
        const int code = errno;
        error = with_remedy(file_error(folder_of(path_), code), code, context_.account);
        return false;
    }

    bool begin(std::string & /*error*/) override {
        update();
        return true;
    }

    void on_event(const pop3ana_event &event, std::string_view /*log_line*/) override {
        if (event.type == POP3ANA_EVENT_REPLY && event.status == POP3ANA_STATUS_ERR) {
            ++counted_.error_replies;
        } else if (event.type == POP3ANA_EVENT_ALERT ||
                   event.type == POP3ANA_EVENT_THRESHOLD_WARNING) {
            if (event.alert < counted_.alerts.size()) ++counted_.alerts[event.alert];
        }
    }

    void on_packet(const Packet &packet, bool /*is_pop3*/, std::uint64_t /*connection*/) override {
        counted_.last_packet_ns = packet.ts_ns;
    }

    void on_timer() override {
        if (std::chrono::steady_clock::now() >= next_version_) update();
        notice_.update({!error_.empty(), path_, error_, failures_}, "versions of the metrics");
    }

    void close(std::uint32_t /*link_type*/) override { update(); }

    void add_errors(std::vector<std::string> &errors) const override {
        if (!error_.empty()) errors.push_back(error_);
    }

    void add_counters(OutputCounters &counters) const override {
        counters.error_replies = counted_.error_replies;
        counters.alerts = counted_.alerts;
        counters.last_packet_ns = counted_.last_packet_ns;
    }

private:
    /// A link or a device would be lost, and so would what the run reads or writes.
    bool is_replaceable(std::string &error) const {
        struct stat status {};
        if (::fstatat(folder_.get(), name_.c_str(), &status, AT_SYMLINK_NOFOLLOW) != 0) return true;
        const auto is_same = [&status](const FileIdentity &used) {
            return used.device == status.st_dev && used.number == status.st_ino;
        };
        if (!S_ISREG(status.st_mode)) {
            error = path_ + ": not a regular file";
        } else if (std::any_of(context_.in_use.begin(), context_.in_use.end(), is_same)) {
            error = path_ + ": already read or written by this run";
        }
        return error.empty();
    }

    void update() {
        next_version_ = std::chrono::steady_clock::now() + kBetweenVersions;
        const int code = replace(context_.metrics());
        if (code != 0) ++failures_;
        error_ = code != 0 ? file_error(path_, code) : "";
    }

    /// Returns 0 or a number of errno.
    [[nodiscard]] int replace(std::string_view text) const {
        ::unlinkat(folder_.get(), new_name_.c_str(), 0); // of a run that was killed
        const FileDescriptor file =
            open_file_at(folder_.get(), new_name_, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW);
        if (file.get() < 0) return errno;
        // The umask is for logs, which have passwords.
        int code = ::fchmod(file.get(), 0644) == 0 ? write_all(file.get(), text) : errno;
        if (code == 0 &&
            ::renameat(folder_.get(), new_name_.c_str(), folder_.get(), name_.c_str()) != 0)
            code = errno;
        if (code != 0) ::unlinkat(folder_.get(), new_name_.c_str(), 0);
        return code;
    }

    const std::string &path_;
    std::string name_; ///< in its folder
    std::string new_name_;
    OutputContext &context_;
    FileDescriptor folder_;
    OutputCounters counted_; ///< what add_counters() adds
    std::chrono::steady_clock::time_point next_version_;
    std::string error_; ///< why the latest version could not be written; "": it was
    std::uint64_t failures_ = 0;
    DiskFullNotice notice_;
};

} // namespace

std::unique_ptr<Output> make_metrics_file(const OutputOptions &options, OutputContext &context) {
    if (!options.metrics_file) return nullptr;
    return std::make_unique<MetricsFile>(*options.metrics_file, context);
}

} // namespace pop3dump
