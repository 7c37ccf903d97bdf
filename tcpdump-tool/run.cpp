// The order of a run: everything that can be refused comes before the first packet is read.
// SPDX-License-Identifier: GPL-2.0-or-later
#include "run.hpp"

#include "capture/formats_module.hpp"
#include "capture/packet_filter.hpp"
#include "cli/advice.hpp"
#include "cli/filter_file.hpp"
#include "live/live_capture.hpp"
#include "output/last_session.hpp"
#include "pipeline/capture_list.hpp"
#include "pipeline/metrics_report.hpp"
#include "pipeline/progress.hpp"
#include "system/diagnostics.hpp"
#include "system/secret_file.hpp"
#include "system/signals.hpp"

#include <algorithm>
#include <chrono>
#include <fmt/core.h>
#include <poll.h>
#include <unistd.h>
#include <utility>

namespace pop3dump {
namespace {

/// A signal that came while files were opened is the user's wish, not an error.
bool fail(const std::string &error) {
    if (!stop_requested()) report(error);
    return false;
}

} // namespace

ExitStatus Run::run() {
    std::string error;
    EngineOptions engine = options_.engine;
    engine.session_end = options_.output.wants_session_ends();
    // A live capture appends to its log, other runs empty it.
    if (options_.is_live() && options_.output.log.file) {
        engine.sessions_before = last_session(*options_.output.log.file, error);
        if (!error.empty()) report(error + ": sessions are numbered from 1 again");
        sessions_before_ = engine.sessions_before;
    }
    if (!read_fleet_key(engine)) return ExitStatus::Failure;
    const pop3ana_status made = feed_.configure(engine, error);
    if (made != POP3ANA_OK) {
        const bool is_refused = made == POP3ANA_E_CONFIG;
        report(is_refused ? name_option(options_, error) : error);
        return is_refused ? ExitStatus::Usage : ExitStatus::Failure;
    }
    if (!read_filter()) return stop_requested() ? ExitStatus::Ok : ExitStatus::Failure;
    if (const std::string why = why_no_filter(filter_text_); !why.empty()) {
        report(fmt::format("filter '{}': {}{}", filter_text_, why, advice_on_filter(filter_text_)));
        return ExitStatus::Usage;
    }
    if (!choose_user() || !open_key_logs() || !open_inputs() || !open_outputs() ||
        !drop_privileges()) {
        return stop_requested() ? ExitStatus::Ok : ExitStatus::Failure;
    }
    if (!options_.quiet) report_beginning();
    notifier_.ready();
    read_packets();
    notifier_.stopping();
    return finish();
}

void Run::report_beginning() const {
    for (const std::string &interface : listening_)
        report(interface);
    if (sessions_before_ > 0)
        report(fmt::format("{}: continued, the next session is #{}", *options_.output.log.file,
                           sessions_before_ + 1));
    if (account_->is_fallback && options_.is_live())
        report(fmt::format("no user pop3dump: running as {}", account_->name));
}

bool Run::read_fleet_key(EngineOptions &engine) const {
    if (!options_.fleet_key_file) return true;
    std::string error;
    const auto key = read_secret_file(*options_.fleet_key_file, error);
    if (!key) return fail(error);
    engine.fleet_key = *key;
    return true;
}

bool Run::read_filter() {
    filter_text_ = options_.filter;
    std::string error;
    return !options_.filter_file || read_filter_file(*options_.filter_file, filter_text_, error) ||
           fail(error);
}

/// Of captures that are files all secrets are read before the first packet.
bool Run::open_key_logs() {
    std::string error;
    for (const std::string &path : options_.key_logs) {
        KeyLogFile file;
        if (!file.open(path, /*waits=*/!options_.is_live(), error)) return fail(error);
        key_logs_.push_back(std::move(file));
    }
    read_key_logs();
    if (options_.is_live()) return true;
    for (KeyLogFile &file : key_logs_)
        file.finish([this](const KeyLogSecret &secret) { feed_.add_secret(secret); });
    return true;
}

void Run::read_key_logs() {
    if (key_logs_.empty()) return;
    for (KeyLogFile &file : key_logs_)
        file.read([this](const KeyLogSecret &secret) { feed_.add_secret(secret); });
    feed_.use_secrets();
}

bool Run::open_inputs() {
    std::vector<std::string> paths;
    std::string error;
    if (!expand_lists(options_.inputs, paths, error)) return fail(error);
    for (const std::string &path : paths)
        add_identity(path, files_in_use_);
    if (options_.engine.reads_tls()) {
        for (const std::string &path : paths)
            pop3dump::read_key_logs(path,
                                    [this](std::string_view lines) { feed_.add_key_log(lines); });
    }
    LiveFilter live_filter{.expression = filter_text_};
    if (options_.engine.ports) live_filter.ports = *options_.engine.ports;
    if (options_.engine.reads_tls())
        live_filter.ports.append(",").append(options_.engine.used_tls_ports());
    auto source = options_.is_live()
                      ? open_live(options_.live, live_filter, *this, listening_, error)
                      : open_captures(paths,
                                      {.readers = options_.workers,
                                       .filter = filter_text_,
                                       .names = names_,
                                       .numbers_frames = options_.output.packets.is_extract},
                                      *this, error);
    if (!source) return fail(error);
    // Interfaces have their filter in the kernel.
    const bool fine = feed_.set_source(std::move(source), options_.is_live() ? "" : filter_text_);
    return fine || fail(feed_.filter_error());
}

bool Run::choose_user() {
    std::string error;
    account_ = choose_account(options_.user, error);
    if (!account_) return fail(error);
    if (account_->change) keep_module_out();
    return true;
}

bool Run::open_outputs() {
    std::string error;
    OutputContext context{.account = *account_,
                          .is_live = options_.is_live(),
                          .quiet = options_.quiet,
                          .in_use = files_in_use_,
                          .key_log =
                              [this](std::uint64_t connection) {
                                  return options_.engine.redact ? "" : feed_.key_log(connection);
                              },
                          .metrics = [this] { return metrics(counters(), start_s_); },
                          .names = &names_,
                          .frame_numbers = &feed_.frame_numbers()};
    if (!outputs_.open(std::move(context), error)) return fail(error);
    if (!options_.output.log.file) treat_hangup_as_stop();
    feed_.set_outputs(outputs_);
    return true;
}

/// Everything is open, no packet has been looked at, and no thread runs but this one.
bool Run::drop_privileges() {
    std::string done;
    std::string error;
    if (!notifier_.connect(error)) report(error);
    if (!pop3dump::drop_privileges(*account_, done, error) || !outputs_.begin(error))
        return fail(error);
    if (options_.output.show_anomalies) report(done);
    return true;
}

void Run::read_packets() {
    const bool flush_each_packet = outputs_.is_terminal() || options_.flush_each_packet;
    // On the terminal that shows log lines or anomalies a percentage would only be in the way.
    Progress progress(feed_.source(), !options_.quiet && !options_.output.show_anomalies &&
                                          !flush_each_packet && ::isatty(STDERR_FILENO) == 1);
    constexpr std::uint32_t kPacketsBetweenLooks = 1024; // should a capture never be quiet
    for (std::uint32_t packets = 1;
         outputs_.is_healthy() && outputs_.accepts_more() && feed_.step(); ++packets) {
        if (flush_each_packet) outputs_.flush();
        if (packets % kPacketsBetweenLooks == 0) look_around();
        progress.on_packet();
        if (!reopen_requested() && !report_requested()) continue;
        progress.erase();
        answer_signals();
    }
}

bool Run::wait_readable(std::span<const int> descriptors, int timeout_ms) {
    waiting_.clear();
    for (const int descriptor : descriptors)
        waiting_.push_back({descriptor, POLLIN, 0});
    if (::poll(waiting_.data(), waiting_.size(), 0) == 0) outputs_.flush();
    waiting_.push_back({signal_descriptor(), POLLIN, 0});
    while (!stop_requested() && outputs_.is_healthy()) {
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

void Run::on_quiet(std::int64_t ts_ns) {
    feed_.tick(ts_ns);
    on_timer();
}

void Run::on_timer() {
    outputs_.on_timer();
    look_around();
}

void Run::look_around() {
    if (options_.is_live()) read_key_logs();
    ping_watchdog();
}

void Run::ping_watchdog() {
    if (notifier_.is_due()) notifier_.alive(summary(counters()));
}

ExitStatus Run::finish() {
    feed_.finish();
    outputs_.sum_up();
    outputs_.close(feed_.first_link_type());
    const ExitStatus status = report_errors();
    if (outputs_.is_healthy()) report_counters(status);
    return status;
}

/// Says what went wrong, in the order in which it matters. A reader that has gone wants no more.
ExitStatus Run::report_errors() {
    ExitStatus status = ExitStatus::Ok;
    const auto report_error = [&status](const std::string &error) {
        if (error.empty()) return;
        report(error);
        status = ExitStatus::Failure;
    };
    for (const std::string &error : outputs_.errors())
        report_error(error);
    if (!outputs_.is_healthy()) return status;
    if (!stop_requested()) report_error(feed_.source_error());
    report_error(feed_.filter_error());
    report_error(feed_.analysis_error());
    for (const KeyLogFile &file : key_logs_) {
        report_error(file.error());
        if (!options_.quiet && !file.warning().empty()) report(file.warning());
    }
    return status;
}

void Run::report_counters(ExitStatus status) {
    const RunCounters all = counters();
    if (options_.show_counters) {
        write_stderr(all_counters(all));
    } else if ((stop_requested() || !all.interfaces.empty()) && !options_.quiet) {
        report(summary(all));
    }
    // An error tells more of a silence than what was seen until then.
    const bool is_analysed = !options_.output.packets.is_extract;
    if (!options_.quiet && status == ExitStatus::Ok && is_analysed) report_notes(all);
    const std::string lost = losses(all);
    if (!options_.quiet && !lost.empty()) report("not analysed: " + lost);
    if (const std::uint64_t dropped = all.output.evidence_packets_over_limit)
        report(fmt::format("over the limit of a session or client: {} evidence packets", dropped));
}

void Run::report_notes(const RunCounters &all) const {
    for (const std::string &note :
         notes(all, options_.output.show_anomalies || options_.output.log.json))
        report(note);
}

void Run::answer_signals() {
    if (reopen_requested()) {
        take_reopen_request();
        notifier_.reloading();
        outputs_.reopen();
        notifier_.ready();
    }
    if (!report_requested()) return;
    take_report_request();
    outputs_.sum_up();
    if (options_.show_counters) {
        write_stderr(all_counters(counters()));
    } else {
        const RunCounters all = counters();
        report(summary(all));
        report_notes(all);
    }
}

RunCounters Run::counters() const {
    RunCounters all = feed_.counters();
    all.output = outputs_.counters();
    return all;
}

} // namespace pop3dump
