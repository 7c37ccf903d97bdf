// The order of a run: everything that can be refused comes before the first packet is read.
// SPDX-License-Identifier: GPL-2.0-or-later
#include "analysis.hpp"

#include "capture_list.hpp"
#include "diagnostics.hpp"
#include "filter_file.hpp"
#include "live_capture.hpp"
#include "progress.hpp"
#include "signals.hpp"

#include <algorithm>
#include <chrono>
#include <fmt/core.h>
#include <poll.h>
#include <sys/stat.h>
#include <unistd.h>
#include <utility>

namespace pop3dump {
namespace {

/// A signal that came while files were opened is the user's wish, not an error.
bool fail(const std::string &error) {
    if (!stop_requested()) report(error);
    return false;
}

/// Each of several workers opens the files by itself.
bool can_be_read_often(const std::vector<std::string> &paths) {
    for (const std::string &path : paths) {
        struct stat status {};
        if (path != "-" && (::stat(path.c_str(), &status) != 0 || S_ISREG(status.st_mode)))
            continue;
        return fail(fmt::format("{}: is no regular file: --workers can be 2 at most",
                                path == "-" ? "standard input" : path));
    }
    return true;
}

} // namespace

ExitStatus Analysis::run() {
    const ExitStatus made = make_workers();
    if (made != ExitStatus::Ok) return made;
    if (!read_filter() || !open_inputs() || !choose_user() || !open_outputs() || !drop_rights()) {
        return stop_requested() ? ExitStatus::Ok : ExitStatus::Failure;
    }
    notifier_.ready();
    if (alone_) {
        read_packets();
    } else {
        merge_packets();
    }
    notifier_.stopping();
    return finish();
}

/// One in this thread; or several in threads of their own, and this one judges and writes.
ExitStatus Analysis::make_workers() {
    const bool live = options_.is_live();
    const std::uint16_t engines = live ? options_.fanout : options_.workers - 1;
    if (live ? engines < 2 : engines == 0) {
        alone_ = std::make_unique<Worker>(options_);
        workers_.push_back(alone_.get());
    } else {
        for (std::uint16_t index = 0; index < engines; ++index) {
            const WorkerThread::Records records{.by_time = live,
                                                .with_packets =
                                                    options_.packet_file.has_value() ||
                                                    options_.evidence_folder.has_value(),
                                                .with_fragments = live || index == 0};
            threads_.push_back(std::make_unique<WorkerThread>(options_, records));
            workers_.push_back(&threads_.back()->worker());
        }
    }
    EngineShare share{.deferred = !alone_, .engines = static_cast<std::uint16_t>(workers_.size())};
    if (!live) share.shards = share.engines;
    std::string error;
    ExitStatus status = alone_ ? ExitStatus::Ok : judge_.configure(options_, error);
    for (Worker *worker : workers_) {
        if (status == ExitStatus::Ok) status = worker->configure(share, error);
        if (live && threads_.size() > 1) worker->share_numbers(shared_numbers_);
        if (!live) ++share.shard;
    }
    if (status != ExitStatus::Ok) report(error);
    return status;
}

bool Analysis::read_filter() {
    filter_text_ = options_.filter;
    std::string error;
    return !options_.filter_file || read_filter_file(*options_.filter_file, filter_text_, error) ||
           fail(error);
}

bool Analysis::open_inputs() {
    std::vector<std::string> paths;
    std::string error;
    if (!expand_lists(options_.inputs, paths, error)) return fail(error);
    for (const std::string &path : paths)
        add_identity(path, files_in_use_);
    if (threads_.size() > 1 && !options_.is_live() && !can_be_read_often(paths)) return false;
    live_.divide = threads_.size() > 1;
    if (alone_ && !open_source(*alone_, *this, paths)) return false;
    for (const auto &thread : threads_) {
        if (!open_source(thread->worker(), *thread, paths)) return false;
    }
    // Not before all of them are there: what came until then would be divided otherwise.
    for (const std::string &description : live_.descriptions) {
        if (!options_.quiet) report(description);
    }
    return true;
}

bool Analysis::open_source(Worker &worker, InputWatcher &watcher,
                           const std::vector<std::string> &paths) {
    std::string error;
    auto source = options_.is_live() ? open_live(options_, filter_text_, watcher, live_, error)
                                     : open_captures(paths, &watcher, error);
    if (!source) return fail(error);
    // Interfaces have their filter in the kernel.
    const bool fine = worker.set_source(std::move(source), options_.is_live() ? "" : filter_text_);
    return fine || fail(worker.filter_error());
}

bool Analysis::choose_user() {
    std::string error;
    account_ = choose_account(options_.user, options_.is_live(), error);
    return account_ || fail(error);
}

bool Analysis::open_outputs() {
    std::string error;
    if (!outputs_.open(files_in_use_, error)) return fail(error);
    if (!options_.log_file) hangup_stops();
    if (alone_) {
        alone_->set_sink(outputs_);
    } else {
        judge_.set_output(outputs_);
    }
    return true;
}

/// Everything is open, no packet has been looked at, and no thread runs but this one.
bool Analysis::drop_rights() {
    std::string done;
    std::string error;
    if (!notifier_.connect(error)) report(error);
    if (!outputs_.give_to(*account_, error) || !drop_privileges(*account_, done, error)) {
        return fail(error);
    }
    if (options_.show_anomalies) report(done);
    return true;
}

void Analysis::read_packets() {
    const bool flush_each_packet =
        outputs_.log_is_terminal() || options_.flush_log || options_.flush_packets;
    // On the terminal that shows log lines or anomalies a percentage would only be in the way.
    Progress progress(alone_->source(), !options_.quiet && !options_.show_anomalies &&
                                            !flush_each_packet && ::isatty(STDERR_FILENO) == 1);
    constexpr std::uint32_t kPacketsBetweenLooks = 1024; // should a capture never be quiet
    for (std::uint32_t packets = 1; outputs_.work() && outputs_.want_more() && alone_->step();
         ++packets) {
        if (flush_each_packet) outputs_.flush();
        if (packets % kPacketsBetweenLooks == 0) say_alive();
        progress.on_packet();
        if (!reopen_requested() && !report_requested()) continue;
        progress.erase();
        answer_signals();
    }
}

/// A request to stop is the workers' business: what they have read until then is still written.
void Analysis::merge_packets() {
    constexpr std::chrono::milliseconds kWait{100};
    constexpr std::chrono::milliseconds kTimer{500};
    const bool flush_each_packet =
        outputs_.log_is_terminal() || options_.flush_log || options_.flush_packets;
    for (const auto &thread : threads_)
        thread->start();
    WorkerMerge merge(threads_);
    auto next_timer = std::chrono::steady_clock::now() + kTimer;
    while (outputs_.work() && outputs_.want_more()) {
        const WorkerMerge::Result result = merge.next(kWait);
        if (result == WorkerMerge::Result::End || any_failed()) break;
        if (result == WorkerMerge::Result::Record) give_record(merge);
        if (result == WorkerMerge::Result::Nothing || flush_each_packet) outputs_.flush();
        if (reopen_requested() || report_requested()) answer_signals();
        if (!options_.is_live() || std::chrono::steady_clock::now() < next_timer) continue;
        next_timer = std::chrono::steady_clock::now() + kTimer;
        judge_.tick(static_cast<std::int64_t>(merge.complete_to()));
        on_timer();
    }
    for (const auto &thread : threads_)
        thread->queue().refuse();
    for (const auto &thread : threads_)
        thread->join();
}

/// A worker that has failed takes its connections with it: better an end that is seen.
bool Analysis::any_failed() const {
    return std::any_of(threads_.begin(), threads_.end(),
                       [](const auto &thread) { return thread->has_failed(); });
}

void Analysis::give_record(WorkerMerge &merge) {
    if (merge.kind() == EventBatch::Kind::Event) {
        if (judge_.event(merge.event()) < 0) ++events_failed_;
        return;
    }
    const BatchPacket packet = merge.packet();
    outputs_.on_packet(packet.packet, packet.is_pop3, packet.connection);
}

bool Analysis::wait_readable(std::span<const int> descriptors, int timeout_ms) {
    waiting_.clear();
    for (const int descriptor : descriptors)
        waiting_.push_back({descriptor, POLLIN, 0});
    if (::poll(waiting_.data(), waiting_.size(), 0) == 0) outputs_.flush();
    waiting_.push_back({signal_descriptor(), POLLIN, 0});
    while (!stop_requested() && outputs_.work()) {
        answer_signals();
        const int ready = ::poll(waiting_.data(), waiting_.size(), timeout_ms);
        if (ready < 0) continue; // EINTR
        const bool signalled = waiting_.back().revents != 0;
        if (signalled) drain_signals();
        // Who gave a time may be woken early; so signals cannot hold up the time.
        if (ready > (signalled ? 1 : 0) || timeout_ms != kForever) return true;
    }
    return false;
}

void Analysis::on_quiet(std::int64_t ts_ns) {
    alone_->tick(ts_ns);
    on_timer();
}

void Analysis::on_timer() {
    outputs_.on_timer();
    say_alive();
}

void Analysis::say_alive() {
    if (notifier_.is_due()) notifier_.alive(summary(counters()));
}

ExitStatus Analysis::finish() {
    outputs_.close(workers_.front()->first_link_type());
    const ExitStatus status = report_errors();
    if (outputs_.work()) report_counters();
    return status;
}

/// Says what went wrong, in the order in which it matters. A reader that has gone wants no more.
ExitStatus Analysis::report_errors() {
    ExitStatus status = ExitStatus::Ok;
    const auto report_error = [&status](const std::string &error) {
        if (error.empty()) return;
        report(error);
        status = ExitStatus::Failure;
    };
    for (const std::string &error : outputs_.errors())
        report_error(error);
    if (!outputs_.work()) return status;
    // Workers that read the same files fail in the same way.
    const std::size_t sources = options_.is_live() ? workers_.size() : 1;
    for (std::size_t index = 0; index < sources; ++index) {
        if (!stop_requested()) report_error(workers_[index]->source_error());
        report_error(workers_[index]->filter_error());
    }
    for (const auto &thread : threads_)
        report_error(thread->failure());
    for (const Worker *worker : workers_)
        report_error(worker->analysis_error());
    if (events_failed_ > 0) {
        report_error(fmt::format("{} events are lost: {}", events_failed_,
                                 pop3ana_strerror(POP3ANA_E_NOMEM)));
    }
    return status;
}

void Analysis::report_counters() {
    const RunCounters all = counters();
    if (options_.show_counters) {
        write_stderr(all_counters(all));
    } else if ((stop_requested() || !all.interfaces.empty()) && !options_.quiet) {
        report(summary(all));
    }
    const std::string lost = losses(all);
    if (!options_.quiet && !lost.empty()) report("not analysed: " + lost);
    const std::string unwritten = output_losses(all);
    if (!unwritten.empty()) report("not written for want of space: " + unwritten);
}

void Analysis::answer_signals() {
    if (reopen_requested()) {
        take_reopen_request();
        notifier_.reloading();
        outputs_.reopen();
        notifier_.ready();
    }
    if (!report_requested()) return;
    take_report_request();
    if (options_.show_counters) {
        write_stderr(all_counters(counters()));
    } else {
        report(summary(counters()));
    }
}

RunCounters Analysis::counters() const {
    RunCounters all;
    if (alone_) {
        all = alone_->counters();
    } else {
        all.analysis = judge_.counters();
        const bool same_packets = !options_.is_live();
        for (const auto &thread : threads_)
            add_counters(all, thread->counters(), same_packets && thread != threads_.front());
    }
    all.packets_written = outputs_.packets_written();
    all.packets_lost = outputs_.packets_lost();
    all.lines_lost = outputs_.lines_lost();
    all.evidence = outputs_.evidence();
    return all;
}

} // namespace pop3dump
