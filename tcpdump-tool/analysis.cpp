// The order of a run: everything that can be refused comes before the first packet is read.
// SPDX-License-Identifier: GPL-2.0-or-later
#include "analysis.hpp"

#include "capture_list.hpp"
#include "diagnostics.hpp"
#include "filter_file.hpp"
#include "live_capture.hpp"
#include "progress.hpp"
#include "signals.hpp"

#include <fmt/core.h>
#include <poll.h>
#include <unistd.h>

namespace pop3dump {
namespace {

/// A signal that came while files were opened is the user's wish, not an error.
bool fail(const std::string &error) {
    if (!stop_requested()) report(error);
    return false;
}

} // namespace

ExitStatus Analysis::run() {
    std::string error;
    const ExitStatus configured = analyzer_.configure(options_, error);
    if (configured != ExitStatus::Ok) {
        report(error);
        return configured;
    }
    if (!read_filter() || !open_inputs() || !prepare_filter() || !open_outputs()) {
        return stop_requested() ? ExitStatus::Ok : ExitStatus::Failure;
    }
    read_packets();
    return finish();
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
    if (options_.is_live()) {
        source_ = open_live(options_, filter_text_, *this, error);
        return source_ != nullptr || fail(error);
    }
    if (!expand_lists(options_.inputs, paths, error)) return fail(error);
    for (const std::string &path : paths)
        add_identity(path, files_in_use_);
    source_ = open_captures(paths, this, error);
    return source_ != nullptr || fail(error);
}

bool Analysis::prepare_filter() {
    // Interfaces have their filter in the kernel.
    if (filter_text_.empty() || options_.is_live()) return true;
    filter_.emplace(filter_text_);
    const bool ready = filter_->prepare(first_link_type());
    return ready || fail(filter_->error());
}

/// Ethernet when the captures tell of none: a wrong filter is an error for them too.
std::uint32_t Analysis::first_link_type() const {
    constexpr std::uint32_t kEthernet = 1;
    return source_->first_link_type().value_or(kEthernet);
}

bool Analysis::open_outputs() {
    std::string error;
    if (!outputs_.open(files_in_use_, error)) return fail(error);
    if (!options_.log_file) hangup_stops();
    analyzer_.set_output(outputs_);
    return true;
}

void Analysis::read_packets() {
    const bool flush_each_packet =
        outputs_.log_is_terminal() || options_.flush_log || options_.flush_packets;
    // On the terminal that shows log lines or anomalies a percentage would only be in the way.
    Progress progress(*source_, !options_.quiet && !options_.show_anomalies && !flush_each_packet &&
                                    ::isatty(STDERR_FILENO) == 1);
    Packet packet;
    while (!stop_requested() && outputs_.work() && outputs_.want_more()) {
        if (!source_->next(packet)) {
            input_ended_ = true;
            break;
        }
        ++counters_.packets_read;
        if (passes_filter(packet)) analyse(packet);
        if (filter_failed_ || counters_.packets_passed == options_.packet_count) break;
        if (flush_each_packet) outputs_.flush();
        if (reopen_requested()) reopen_outputs();
        progress.on_packet();
        if (report_requested()) {
            progress.erase();
            answer_report_request();
        }
    }
}

bool Analysis::passes_filter(const Packet &packet) {
    if (!filter_) return true;
    if (!filter_->is_ready_for(packet.link_type) && !filter_->prepare(packet.link_type)) {
        filter_failed_ = true;
        return false;
    }
    return filter_->matches(packet);
}

void Analysis::analyse(const Packet &packet) {
    ++counters_.packets_passed;
    const pop3ana_status status = analyzer_.feed(packet, counters_.packets_read);
    outputs_.on_packet(packet, status == POP3ANA_OK, analyzer_.connection());
    if (status < 0) {
        ++counters_.packets_failed;
        analysis_error_ = pop3ana_strerror(status);
    }
}

bool Analysis::wait_readable(std::span<const int> descriptors, int timeout_ms) {
    waiting_.clear();
    for (const int descriptor : descriptors)
        waiting_.push_back({descriptor, POLLIN, 0});
    if (::poll(waiting_.data(), waiting_.size(), 0) == 0) outputs_.flush();
    waiting_.push_back({signal_descriptor(), POLLIN, 0});
    while (!stop_requested() && outputs_.work()) {
        if (report_requested()) answer_report_request();
        if (reopen_requested()) reopen_outputs();
        const int ready = ::poll(waiting_.data(), waiting_.size(), timeout_ms);
        if (ready < 0) continue; // EINTR
        const bool signalled = waiting_.back().revents != 0;
        if (signalled) drain_signals();
        // Who gave a time may be woken early; so signals cannot hold up the time.
        if (ready > (signalled ? 1 : 0) || timeout_ms != kForever) return true;
    }
    return false;
}

void Analysis::reopen_outputs() {
    take_reopen_request();
    outputs_.reopen();
}

void Analysis::on_quiet(std::int64_t ts_ns) {
    const pop3ana_status status = analyzer_.tick(ts_ns);
    if (status < 0) analysis_error_ = pop3ana_strerror(status);
    outputs_.on_timer();
}

ExitStatus Analysis::finish() {
    outputs_.close(first_link_type());
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
    if (input_ended_ && !stop_requested()) report_error(source_->error());
    if (filter_failed_) report_error(filter_->error());
    if (counters_.packets_failed > 0) {
        report_error(fmt::format("{} packets were not analysed: {}", counters_.packets_failed,
                                 analysis_error_));
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

void Analysis::answer_report_request() {
    take_report_request();
    if (options_.show_counters) {
        write_stderr(all_counters(counters()));
    } else {
        report(summary(counters()));
    }
}

RunCounters Analysis::counters() const {
    RunCounters all = counters_;
    all.packets_written = outputs_.packets_written();
    all.packets_lost = outputs_.packets_lost();
    all.lines_lost = outputs_.lines_lost();
    all.evidence = outputs_.evidence();
    all.analysis = analyzer_.counters();
    if (source_) all.interfaces = source_->interface_counters();
    return all;
}

} // namespace pop3dump
