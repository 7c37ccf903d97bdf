// SPDX-License-Identifier: GPL-2.0-or-later
#include "fleet/fleet.hpp"

#include "base/parse.hpp"
#include "system/diagnostics.hpp"
#include "system/signals.hpp"

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <fmt/format.h>
#include <poll.h>
#include <random>
#include <unistd.h>

namespace pop3fleet {
namespace {

using namespace std::chrono_literals;

/// A turn must be short: others wait for what it sends.
constexpr std::size_t kLinesATurn = 20'000;
/// A sensor that has not said anything for so much longer than --idle is not waited for.
constexpr auto kSilence = 10s;
/// Without the server for so long, sensors go on by themselves.
constexpr auto kPatience = 5s;
constexpr auto kNextTry = 1s;
/// --sensors: so long others may take to begin.
constexpr auto kMissing = 5s;

std::uint64_t number_of(const std::vector<std::string> &reply, std::size_t at) {
    const auto number =
        at < reply.size() ? pop3ana::parse_number<std::uint64_t>(reply[at]) : std::nullopt;
    if (!number) throw ServerRefusal("the server answers no number");
    return *number;
}

} // namespace

Fleet::Fleet(const FleetOptions &options, std::string_view key, Server::Options server)
    : options_(options), key_(key),
      server_(std::move(server)), context_{.settings = options.settings,
                                           .key = key_,
                                           .alerts = options.alerts,
                                           .file = file_,
                                           .style = options.style,
                                           .stream_length = options.stream_length,
                                           .idle = options.idle,
                                           .ends_with_log = options.ends_with_log,
                                           .owner =
                                               fmt::format("{:08x}{:08x}", std::random_device{}(),
                                                           std::random_device{}())} {
    for (const FleetOptions::Log &log : options.logs)
        sensors_.push_back(std::make_unique<Sensor>(log.sensor, log.path, context_));
}

int Fleet::run() {
    std::string error;
    if (!file_.open(options_.output, options_.style.has_all_events(), error) ||
        !notifier_.connect(error)) {
        pop3dump::report(error);
        return 1;
    }
    if (const std::string missing = missing_log(options_); !missing.empty()) {
        pop3dump::report(missing);
        return 1;
    }
    if (options_.output == "-") pop3dump::treat_hangup_as_stop();
    notifier_.ready();
    tell_of_missing_at_ = Clock::now() + kMissing;
    for (const auto &log : options_.logs)
        if (::access(log.path.c_str(), R_OK) != 0)
            pop3dump::report(
                fmt::format("{}: {}; it is waited for", log.path, std::strerror(errno)));
    while (!pop3dump::stop_requested() && !is_over() && !file_.failed()) {
        if (pop3dump::reopen_requested()) {
            pop3dump::take_reopen_request();
            notifier_.reloading();
            file_.reopen();
            notifier_.ready();
        }
        bool is_busy = false;
        try {
            if (!has_joined_ && Clock::now() >= next_try_) join();
            if (has_joined_) is_busy = turn();
        } catch (const ServerAway &away) {
            server_went(away.what());
        }
        if (is_alone_) is_busy = turn_alone();
        report_notices();
        if (notifier_.is_due())
            notifier_.alive(is_alone_ ? "without the server" : "with the server");
        rest(is_busy);
    }
    notifier_.stopping();
    file_.close();
    if (file_.failed() && !file_.reader_gone()) {
        pop3dump::report(file_.error());
        return 1;
    }
    if (file_.lost_lines() != 0) {
        pop3dump::report(fmt::format("{}: {} lines lost: the disk was full", options_.output,
                                     file_.lost_lines()));
        return 1;
    }
    return options_.ends_with_log && !is_over() && !pop3dump::stop_requested() ? 1 : 0;
}

void Fleet::join() {
    std::vector<FunctionCall> calls;
    for (const auto &sensor : sensors_)
        calls.push_back(sensor->join_call());
    const auto replies = server_.call(calls);
    for (std::size_t i = 0; i < sensors_.size(); ++i)
        sensors_[i]->joined(replies[i]);
    if (has_told_) pop3dump::report(options_.server_text + ": is back");
    has_joined_ = true;
    is_alone_ = has_told_ = false;
}

bool Fleet::turn() {
    bool is_busy = false;
    std::vector<FunctionCall> calls;
    for (const auto &sensor : sensors_) {
        is_busy |= sensor->read(kLinesATurn);
        calls.push_back(sensor->send_until_call(options_.idle + kSilence, options_.sensors));
    }
    // The last one knows of all.
    const auto times = server_.call(calls);
    const std::uint64_t before = number_of(times.back(), 0);
    tell_of_missing(number_of(times.back(), 1));

    calls.clear();
    std::vector<std::size_t> ends;
    for (const auto &sensor : sensors_) {
        sensor->add_judge_calls(before, calls);
        ends.push_back(calls.size());
    }
    const auto verdicts = server_.call(calls);
    std::size_t begin = 0;
    for (std::size_t i = 0; i < sensors_.size(); ++i) {
        sensors_[i]->take_verdicts(std::span{verdicts}.subspan(begin, ends[i] - begin));
        begin = ends[i];
    }
    write_down();
    return is_busy;
}

// Who waits for sensors that never come would wait without a word.
void Fleet::tell_of_missing(std::uint64_t known) {
    if (known >= options_.sensors || Clock::now() < tell_of_missing_at_) return;
    tell_of_missing_at_ = Clock::time_point::max();
    pop3dump::report(fmt::format("{} of {} sensors have begun: nothing is judged before all have",
                                 known, options_.sensors));
}

void Fleet::write_down() {
    std::vector<FunctionCall> calls;
    std::vector<Sensor *> committing;
    for (const auto &sensor : sensors_) {
        if (!sensor->write_down()) continue;
        calls.push_back(sensor->commit_call());
        committing.push_back(sensor.get());
    }
    server_.call(calls);
    for (Sensor *const sensor : committing)
        sensor->committed();
}

void Fleet::server_went(const std::string &why) {
    if (std::exchange(has_joined_, false) || away_since_ == Clock::time_point{}) {
        away_since_ = Clock::now();
        for (const auto &sensor : sensors_)
            sensor->forget();
    }
    server_.disconnect();
    next_try_ = Clock::now() + kNextTry;
    if (is_alone_ || Clock::now() - away_since_ < kPatience) return;
    if (options_.ends_with_log) throw ServerRefusal(why);
    if (!std::exchange(has_told_, true))
        pop3dump::report(why + "; until it is back only what each pop3dump warns of is written");
    is_alone_ = true;
    for (const auto &sensor : sensors_)
        sensor->begin_alone();
}

bool Fleet::turn_alone() {
    bool is_busy = false;
    for (const auto &sensor : sensors_)
        is_busy |= sensor->read_alone(kLinesATurn);
    return is_busy;
}

void Fleet::report_notices() {
    for (const auto &sensor : sensors_) {
        const std::string notice = sensor->take_notice();
        if (!notice.empty()) pop3dump::report(notice);
    }
}

bool Fleet::is_over() const {
    return options_.ends_with_log && has_joined_ &&
           std::all_of(sensors_.begin(), sensors_.end(),
                       [](const auto &sensor) { return sensor->is_done(); });
}

// Until there may be something to do, or a signal comes.
void Fleet::rest(bool is_busy) const {
    if (is_busy) return;
    const bool waits =
        has_joined_ && std::any_of(sensors_.begin(), sensors_.end(),
                                   [](const auto &sensor) { return sensor->waits(); });
    constexpr int kShortMs = 5;
    constexpr int kLongMs = 100;
    pollfd signals{pop3dump::signal_descriptor(), POLLIN, 0};
    ::poll(&signals, 1, waits ? kShortMs : kLongMs);
    pop3dump::drain_signals();
}

} // namespace pop3fleet
