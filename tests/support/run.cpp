// SPDX-License-Identifier: GPL-2.0-or-later
#include "run.hpp"

#include "library.hpp"

#include <algorithm>
#include <arpa/inet.h>
#include <cinttypes>
#include <cstdio>

namespace pop3ana_test {

namespace {

std::string copy(const pop3ana_slice &slice) {
    return slice.len == 0 ? std::string() : std::string(slice.ptr, slice.len);
}

pop3ana_slice slice(const std::string &text) {
    return {text.data(), text.size()};
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

/// Where the event belongs among those of its frame.
std::uint64_t place_in(const pop3ana_event &event) {
    return event.idle_since - 1; // 0 becomes the last
}

std::string log_line(const pop3ana_event &event) {
    std::string line(pop3ana_format_log_line(&event, nullptr, 0), '\0');
    if (!line.empty()) pop3ana_format_log_line(&event, line.data(), line.size() + 1);
    return line;
}

std::string endpoints(const pop3ana_event &event) {
    const int family = event.address_family == 4 ? AF_INET : AF_INET6;
    char originator[INET6_ADDRSTRLEN], responder[INET6_ADDRSTRLEN];
    inet_ntop(family, event.originator_address, originator, sizeof(originator));
    inet_ntop(family, event.responder_address, responder, sizeof(responder));
    return std::string(originator) + '/' + std::to_string(event.originator_port) + " > " +
           responder + '/' + std::to_string(event.responder_port);
}

class Run {
public:
    explicit Run(const Options &options) : options_(options) {
        const pop3ana_sink sink = {sizeof(sink), this, on_event};
        if (options.engines == 1) {
            engines_.resize(1);
            make(options.config, sink, &engines_[0].engine, pop3ana_engine_new);
            return;
        }
        make(options.config, sink, &judge_, pop3ana_judge_new);
        engines_.resize(options.engines);
        for (std::uint16_t shard = 0; shard < options.engines; ++shard) {
            engines_[shard] = {this, shard, nullptr};
            pop3ana_config config = options.config;
            config.deferred = 1;
            config.shards = options.engines;
            config.shard = shard;
            make(config, {sizeof(pop3ana_sink), &engines_[shard], on_deferred},
                 &engines_[shard].engine, pop3ana_engine_new);
        }
    }
    ~Run() {
        for (const Shard &shard : engines_)
            pop3ana_engine_free(shard.engine);
        pop3ana_judge_free(judge_);
    }
    Run(const Run &) = delete;
    Run &operator=(const Run &) = delete;

    void feed(const Frame &frame) {
        if (!made_) return;
        ++number_;
        frame_ns_ = frame.ts_ns;
        latest_ns_ = std::max(latest_ns_, frame.ts_ns);
        const pop3ana_frame plain = library_frame(frame, number_);
        for (const Shard &shard : engines_) {
            const auto status = pop3ana_feed_frame(shard.engine, &plain);
            if (status < 0) blame(pop3ana_strerror(status));
        }
        judge();
        if (options_.check_each_frame) count();
    }
    Outcome end() {
        count();
        return std::move(outcome_);
    }

private:
    struct Shard {
        Run *run = nullptr;
        std::uint16_t number = 0;
        pop3ana_engine *engine = nullptr;
    };
    struct Deferred {
        std::uint16_t engine;
        Event event;
    };

    template <class Object, class New>
    void make(const pop3ana_config &config, const pop3ana_sink &sink, Object **object,
              New *make_it) {
        char message[256] = "";
        if (make_it(&config, &sink, object, message, sizeof(message)) == POP3ANA_OK) return;
        blame(message);
        made_ = false;
    }
    static void on_deferred(void *user_data, const pop3ana_event *event) {
        const auto &shard = *static_cast<const Shard *>(user_data);
        if (event->session != 0 || event->error_count != 0) shard.run->blame("a judged event");
        shard.run->deferred_.push_back({shard.number, kept(*event, {})});
    }
    /// Hands the events of a frame to the judge, in the order that pop3ana.h asks for.
    void judge() {
        std::stable_sort(deferred_.begin(), deferred_.end(),
                         [](const Deferred &a, const Deferred &b) {
                             return place_in(a.event.plain) < place_in(b.event.plain);
                         });
        for (const Deferred &deferred : deferred_) {
            pop3ana_event event = deferred.event.plain;
            event.peer_description = slice(deferred.event.peer_description);
            event.command = slice(deferred.event.command);
            event.text = slice(deferred.event.text);
            event.user = slice(deferred.event.user);
            event.password = slice(deferred.event.password);
            if (pop3ana_judge_event(judge_, deferred.engine, &event) != POP3ANA_OK)
                blame("the judge refuses an event");
        }
        deferred_.clear();
    }
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
        if (event.frame != number_) blame("the frame number of an event");
        if (event.ts_ns < last_ns_) blame("the time of the events goes back");
        if (event.ts_ns < frame_ns_ || event.ts_ns > latest_ns_)
            blame("the time of an event is not that of the frame or of an earlier one");
        last_ns_ = event.ts_ns;
        if (place_in(event) < (event.frame == place_frame_ ? place_ : 0))
            blame("events of idle connections come first, by their last frames");
        place_frame_ = event.frame;
        place_ = place_in(event);
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
    void count() {
        auto &counters = outcome_.counters;
        counters.struct_size = sizeof(counters);
        if (!made_) return;
        sum_counters(counters);
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
    void sum_counters(pop3ana_counters &sum) {
        sum = {};
        if (judge_ != nullptr) add_counters(sum, pop3ana_judge_counters_get, judge_);
        for (const Shard &shard : engines_)
            add_counters(sum, pop3ana_counters_get, shard.engine);
        // Every engine sees every frame.
        for (std::uint64_t *of_frames :
             {&sum.frames, &sum.frame_bytes, &sum.frames_undecodable, &sum.frames_malformed,
              &sum.frames_too_deep, &sum.checksum_errors, &sum.fragments, &sum.fragments_dropped})
            *of_frames /= options_.engines;
    }
    template <class Get, class Object>
    void add_counters(pop3ana_counters &sum, Get *get, const Object *object) {
        pop3ana_counters part{};
        part.struct_size = sizeof(part);
        if (get(object, &part) != POP3ANA_OK) blame("no counters");
        const auto *from = &part.frames;
        for (auto *to = &sum.frames; to <= &sum.decrypted_discarded_bytes; ++to, ++from)
            *to += *from;
    }
    /// The first fault is kept, with its frame.
    void blame(const std::string &what) {
        if (outcome_.broken_law.empty())
            outcome_.broken_law = "frame " + std::to_string(number_) + ": " + what;
    }

    const Options &options_;
    std::vector<Shard> engines_;
    pop3ana_judge *judge_ = nullptr; ///< only with more than one engine
    std::vector<Deferred> deferred_; ///< of the frame
    bool made_ = true;
    Outcome outcome_;
    std::uint64_t number_ = 0, sessions_ = 0;
    std::int64_t frame_ns_ = 0;          ///< of the frame that is being fed
    std::int64_t latest_ns_ = INT64_MIN; ///< the latest of all frames so far
    std::int64_t last_ns_ = INT64_MIN;   ///< of the last event
    std::uint64_t place_ = 0;            ///< in its frame, of the last event
    std::uint64_t place_frame_ = 0;      ///< that frame
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
