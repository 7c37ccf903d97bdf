// SPDX-License-Identifier: GPL-2.0-or-later
#include "run.hpp"

#include "library.hpp"

#include <algorithm>
#include <arpa/inet.h>
#include <cinttypes>
#include <cstdio>
#include <limits>

namespace pop3ana_test {

namespace {

std::string copy(const pop3ana_slice &slice) {
    return slice.len == 0 ? std::string() : std::string(slice.ptr, slice.len);
}

/// A copy that outlives the callback.
Event kept(const pop3ana_event &event, const std::string &line) {
    Event kept{event,
               copy(event.peer_description),
               copy(event.command),
               copy(event.text),
               copy(event.user),
               copy(event.password),
               line};
    kept.plain.peer_description = kept.plain.command = kept.plain.text = kept.plain.user =
        kept.plain.password = {};
    return kept;
}

std::string log_line(const pop3ana_event &event) {
    std::string line(pop3ana_format_log_line(&event, nullptr, 0), '\0');
    if (!line.empty()) pop3ana_format_log_line(&event, line.data(), line.size() + 1);
    return line;
}

std::string endpoints(const pop3ana_event &event) {
    const int family = event.address_family == 4 ? AF_INET : AF_INET6;
    char client[INET6_ADDRSTRLEN], server[INET6_ADDRSTRLEN];
    inet_ntop(family, event.originator_address, client, sizeof(client));
    inet_ntop(family, event.responder_address, server, sizeof(server));
    return std::string(client) + '/' + std::to_string(event.originator_port) + " > " + server +
           '/' + std::to_string(event.responder_port);
}

class Run {
public:
    explicit Run(const Options &options) : options_(options) {
        const pop3ana_sink sink = {sizeof(sink), this, on_event};
        char message[256] = "";
        if (pop3ana_engine_new(&options.config, &sink, &engine_, message, sizeof(message)) !=
            POP3ANA_OK)
            blame(message);
    }
    ~Run() { pop3ana_engine_free(engine_); }
    Run(const Run &) = delete;
    Run &operator=(const Run &) = delete;

    void feed(const Frame &frame) {
        if (engine_ == nullptr) return;
        ++number_;
        // The engine's times do not overflow.
        constexpr std::int64_t kLatestNs = std::numeric_limits<std::int64_t>::max() / 2;
        times_.push_back(std::clamp<std::int64_t>(frame.ts_ns, 0, kLatestNs));
        latest_ns_ = std::max(latest_ns_, times_.back());
        const pop3ana_frame plain = library_frame(frame, number_);
        const auto status = pop3ana_feed_frame(engine_, &plain);
        if (status < 0) blame(pop3ana_strerror(status));
        if (options_.check_each_frame) count();
    }
    Outcome end() {
        count();
        return std::move(outcome_);
    }

private:
    static void on_event(void *user_data, const pop3ana_event *event) {
        static_cast<Run *>(user_data)->take(*event);
    }
    void take(const pop3ana_event &event) {
        const std::string line = log_line(event);
        check(event, line);
        if (!line.empty()) {
            auto &connection = outcome_.connections[endpoints(event)];
            if (event.type == POP3ANA_EVENT_THRESHOLD_WARNING)
                ++connection.warnings;
            else
                connection.lines.emplace_back(without_time_and_number(line));
            outcome_.log.push_back(line);
        }
        if (!options_.keep_events) return;
        outcome_.events.push_back(kept(event, line));
    }
    void check(const pop3ana_event &event, const std::string &line) {
        if (event.struct_size != sizeof(event)) blame("struct_size of an event");
        if (event.frame != number_ && !was_held(event)) blame("the frame number of an event");
        if (event.ts_ns < times_.back() && !was_held(event))
            blame("the time of an event is not that of the frame or of an earlier one");
        if (event.ts_ns > latest_ns_) blame("the time of an event lies ahead");
        if (line.empty() != (event.in_log == 0)) blame("in_log and format_log_line disagree");
        if (event.type == POP3ANA_EVENT_NEW_CONNECTION) {
            if (event.session != ++sessions_) blame("session numbers run from 1, without holes");
            first_frames_.push_back(event.frame);
            if (event.first_frame != event.frame) blame("first_frame of new_connection");
        } else if (event.session > sessions_ || (event.session == 0 && !line.empty())) {
            blame("a line before its session's new_connection");
        } else if (event.session > 0 && event.first_frame != first_frames_[event.session - 1]) {
            blame("first_frame of a later event");
        }
        if (event.request_frame > event.frame) blame("a request after its reply");
    }
    /// With "auto" among the ports, events of earlier frames come with the one that decides.
    [[nodiscard]] bool was_held(const pop3ana_event &event) const {
        return std::string_view{options_.config.ports}.find("auto") != std::string_view::npos &&
               event.frame != 0 && event.frame < number_ && event.ts_ns == times_[event.frame - 1];
    }
    void count() {
        auto &counters = outcome_.counters;
        counters.struct_size = sizeof(counters);
        if (engine_ == nullptr) return;
        if (pop3ana_counters_get(engine_, &counters) != POP3ANA_OK) blame("no counters");
        const auto why = conservation(counters);
        if (!why.empty()) blame(why);
        if (counters.frames != number_) blame("frames are not counted once each");
        if (counters.sessions != sessions_) blame("the count of sessions");
        const auto &limits = options_.config;
        if (counters.held_bytes > limits.max_held_bytes) blame("max_held_bytes is exceeded");
        if (counters.connections_open > limits.max_connections) blame("max_connections");
        if (counters.clients > limits.max_clients) blame("max_clients is exceeded");
        if (counters.internal_errors != 0) blame("an internal error of the library");
    }
    /// The first fault is kept, with its frame.
    void blame(const std::string &what) {
        if (outcome_.broken_law.empty())
            outcome_.broken_law = "frame " + std::to_string(number_) + ": " + what;
    }

    const Options &options_;
    pop3ana_engine *engine_ = nullptr; ///< NULL: it was refused
    Outcome outcome_;
    std::uint64_t number_ = 0, sessions_ = 0;
    std::vector<std::int64_t> times_;    ///< of the frames, the one that is being fed last
    std::int64_t latest_ns_ = INT64_MIN; ///< the latest of all frames so far
    std::vector<std::uint64_t> first_frames_;
};

std::string first_difference(const std::vector<std::string> &expected,
                             const std::vector<std::string> &found) {
    for (std::size_t i = 0; i < std::max(expected.size(), found.size()); ++i) {
        const std::string right = i < expected.size() ? expected[i] : "(nothing)";
        const std::string wrong = i < found.size() ? found[i] : "(nothing)";
        if (right != wrong)
            return "line " + std::to_string(i + 1) + "\n  expected: " + right +
                   "\n  found:    " + wrong;
    }
    return {};
}

} // namespace

Options::Options() {
    pop3ana_config_init(&config);
}

Outcome run(const Capture &capture, const Options &options) {
    Run running(options);
    for (const auto &frame : capture)
        running.feed(frame);
    return running.end();
}

std::string difference(const Outcome &expected, const Outcome &found) {
    if (!found.broken_law.empty()) return found.broken_law;
    static const ConnectionLog kNothing;
    const auto of = [](const Outcome &outcome, const std::string &name) -> const ConnectionLog & {
        const auto place = outcome.connections.find(name);
        return place == outcome.connections.end() ? kNothing : place->second;
    };
    for (const auto *outcome : {&expected, &found}) {
        for (const auto &[name, log] : outcome->connections) {
            const auto why = first_difference(of(expected, name).lines, of(found, name).lines);
            if (!why.empty()) return name + ": " + why;
        }
    }
    return {};
}

std::string difference_of_logs(const Outcome &expected, const Outcome &found) {
    return found.broken_law.empty() ? first_difference(expected.log, found.log) : found.broken_law;
}

std::string difference_of_counters(const Outcome &expected, const Outcome &found) {
    const auto *right = &expected.counters.frames;
    for (const auto *wrong = &found.counters.frames;
         wrong <= &found.counters.decrypted_discarded_bytes; ++wrong, ++right) {
        if (*right == *wrong) continue;
        return "counter " + std::to_string(wrong - &found.counters.frames) + ": expected " +
               std::to_string(*right) + ", found " + std::to_string(*wrong);
    }
    return {};
}

bool holds(const std::string &what, const std::string &why, const Capture &original,
           const Capture &changed) {
    if (why.empty()) return true;
    std::printf("%s: %s\n", what.c_str(), why.c_str());
    keep_capture(what + "-original", original);
    keep_capture(what + "-changed", changed);
    return false;
}

std::string conservation(const pop3ana_counters &counters) {
    const std::uint64_t sum = counters.delivered_bytes + counters.duplicate_bytes +
                              counters.discarded_bytes + counters.held_bytes;
    if (counters.tcp_bytes == sum) return {};
    char text[160];
    std::snprintf(text, sizeof(text),
                  "tcp_bytes %" PRIu64 " != %" PRIu64 " delivered + %" PRIu64
                  " duplicate + %" PRIu64 " discarded + %" PRIu64 " held",
                  counters.tcp_bytes, counters.delivered_bytes, counters.duplicate_bytes,
                  counters.discarded_bytes, counters.held_bytes);
    return text;
}

std::string_view without_time_and_number(std::string_view line) {
    for (int words = 0; words < 2; ++words)
        line.remove_prefix(std::min(line.find(' '), line.size() - 1) + 1);
    return line;
}

} // namespace pop3ana_test
