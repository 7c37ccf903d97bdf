// A whole run: capture files or interfaces through the filter and the engine to the outputs.
// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include "capture/capture_names.hpp"
#include "capture/packet_source.hpp"
#include "cli/options.hpp"
#include "pipeline/counter_report.hpp"
#include "pipeline/key_log_file.hpp"
#include "pipeline/outputs.hpp"
#include "pipeline/packet_feed.hpp"
#include "system/privileges.hpp"
#include "system/service_notify.hpp"

#include <cstdint>
#include <ctime>
#include <optional>
#include <poll.h>
#include <span>
#include <string>
#include <vector>

namespace pop3dump {

/// Reports errors and losses on stderr itself. For one run.
class Run final : public InputWatcher {
public:
    /// `options` is borrowed. install_signal_handlers() must have been called.
    explicit Run(const Options &options)
        : options_(options), outputs_(options.output, options.evidence),
          feed_(options.packet_count, options.output.packets.is_extract) {}

    ExitStatus run();

    // For the source: brings output up to date before the input makes us wait, and looks after
    // signals.
    bool wait_readable(std::span<const int> descriptors, int timeout_ms) override;
    void on_quiet(std::int64_t ts_ns) override;

private:
    void report_beginning() const;
    bool read_filter();
    bool read_fleet_key(EngineOptions &engine) const;
    bool open_key_logs();
    void read_key_logs();
    bool open_inputs();
    bool choose_user();
    bool open_outputs();
    bool drop_privileges();
    void read_packets();
    void answer_signals();
    void on_timer();
    void look_around();
    void ping_watchdog();
    ExitStatus finish();
    ExitStatus report_errors();
    void report_counters(ExitStatus status);
    void report_notes(const RunCounters &all) const;
    [[nodiscard]] RunCounters counters() const;

    const Options &options_;
    const std::time_t start_s_ = std::time(nullptr);
    std::optional<Account> account_; ///< has a value before outputs are opened
    CaptureNames names_;             ///< of files in which packets were captured
    Outputs outputs_;
    PacketFeed feed_;
    ServiceNotifier notifier_;
    std::vector<KeyLogFile> key_logs_;
    std::vector<FileIdentity> files_in_use_;
    std::vector<std::string> listening_; ///< a line for each interface
    std::uint64_t sessions_before_ = 0;  ///< in the log that is gone on with
    std::string filter_text_;            ///< "": none was given
    std::vector<pollfd> waiting_;        ///< of wait_readable(), kept for its memory
};

} // namespace pop3dump
