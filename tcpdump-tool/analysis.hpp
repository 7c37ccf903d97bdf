// A whole run: capture files or interfaces through the filter and the analyzer to the outputs.
// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include "counter_report.hpp"
#include "event_judge.hpp"
#include "live_capture.hpp"
#include "options.hpp"
#include "outputs.hpp"
#include "packet_source.hpp"
#include "privileges.hpp"
#include "service_notify.hpp"
#include "worker.hpp"
#include "worker_merge.hpp"
#include "worker_thread.hpp"

#include <atomic>

#include <cstdint>
#include <memory>
#include <poll.h>
#include <span>
#include <string>
#include <vector>

namespace pop3dump {

/// Reports errors and losses on stderr itself. For one run.
class Analysis final : public InputWatcher {
public:
    /// `options` is borrowed. install_signal_handlers() must have been called.
    explicit Analysis(const Options &options) : options_(options), outputs_(options) {}

    ExitStatus run();

    // For the source of a worker that has no thread of its own: brings output up to date before
    // the input makes us wait, and looks after signals.
    bool wait_readable(std::span<const int> descriptors, int timeout_ms) override;
    void on_quiet(std::int64_t ts_ns) override;

private:
    ExitStatus make_workers();
    bool read_filter();
    bool open_inputs();
    bool open_source(Worker &worker, InputWatcher &watcher, const std::vector<std::string> &paths);
    bool choose_user();
    bool open_outputs();
    bool drop_rights();
    void read_packets();
    void merge_packets();
    [[nodiscard]] bool any_failed() const;
    void give_record(WorkerMerge &merge);
    void answer_signals();
    void on_timer();
    void say_alive();
    ExitStatus finish();
    ExitStatus report_errors();
    void report_counters();
    [[nodiscard]] RunCounters counters() const;

    const Options &options_;
    std::optional<Account> account_; ///< has a value before outputs are opened
    Outputs outputs_;
    std::unique_ptr<Worker> alone_; ///< analyses in this thread, when it is the only one
    std::vector<std::unique_ptr<WorkerThread>> threads_; ///< otherwise
    std::vector<Worker *> workers_;                      ///< all of them
    EventJudge judge_;                                   ///< of the events of threads_
    std::atomic<std::uint64_t> shared_numbers_ = 0;      ///< of packets that workers divide
    std::uint64_t events_failed_ = 0;                    ///< that the judge has lost
    LiveSources live_;
    ServiceNotifier notifier_;
    std::vector<FileIdentity> files_in_use_;
    std::string filter_text_;     ///< "": none was given
    std::vector<pollfd> waiting_; ///< of wait_readable(), kept for its memory
};

} // namespace pop3dump
