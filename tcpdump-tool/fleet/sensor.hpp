// A sensor: one pop3dump, whose log is followed. What it tells goes to the server; what the server
// says of it is written down in the order of the log, and then committed (docs/semantics.md section
// 14).
//
// The log on disk is the queue. After any failure everything goes on from the last commit: the
// server takes no entry twice, keeps its verdicts until they are written down, and no warning is
// written that stands in the file already.
// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include "fleet/entry.hpp"
#include "fleet/event_assembler.hpp"
#include "fleet/event_text.hpp"
#include "fleet/fleet_settings.hpp"
#include "fleet/server.hpp"
#include "fleet/warning_file.hpp"

#include "base/fleet_key.hpp"

#include <array>
#include <chrono>
#include <deque>
#include <span>
#include <string>
#include <unordered_set>
#include <vector>

namespace pop3fleet {

using pop3ana::FleetKey;

/// What the sensors of this process share.
struct SensorContext {
    const FleetSettings &settings;
    FleetKey &key;
    AlertSet alerts = 0;
    WarningFile &file;
    OutputStyle style;
    std::uint64_t stream_length = 0; ///< 0: there is none
    std::chrono::milliseconds idle{1000};
    bool ends_with_log = false; ///< --once
    std::string owner;          ///< of this run, unlike any other
};

class Sensor {
public:
    /// The context outlives this.
    Sensor(std::string name, std::string log, SensorContext &context)
        : name_(std::move(name)), log_(std::move(log)), context_(context) {
        if (context_.style.form) form_.emplace(*context_.style.form);
    }

    [[nodiscard]] const std::string &name() const { return name_; }

    // -- With the server.

    [[nodiscard]] FunctionCall join_call() const;
    /// Goes on from the last commit that the server has kept. Throws ServerRefusal where the fleet
    /// has other settings.
    void joined(std::span<const std::string> reply);

    /// Reads up to `most_lines`. Whether there was any.
    bool read(std::size_t most_lines);

    [[nodiscard]] FunctionCall send_until_call(std::chrono::microseconds silence,
                                               std::uint64_t sensors) const;
    /// Entries for the buckets, and questions for verdicts as of a time. take_verdicts() gets the
    /// replies in the same order.
    void add_judge_calls(std::uint64_t before, std::vector<FunctionCall> &calls);
    void take_verdicts(std::span<const std::vector<std::string>> replies);

    /// Writes down what is decided. False: nothing is to be committed now.
    bool write_down();
    [[nodiscard]] FunctionCall commit_call() const;
    void committed();

    /// The end of the log was reached, and all of it is decided.
    [[nodiscard]] bool is_done() const {
        return is_at_end_ && events_.empty() && !assembler_.waits_from();
    }
    /// Something is undecided.
    [[nodiscard]] bool waits() const { return !events_.empty(); }

    // -- Without it.

    /// The server is away: what is undecided is forgotten until it is back.
    void forget();
    /// Warnings of pop3dump's own are written down, from the last commit on, or, if none is known,
    /// from now on.
    void begin_alone();
    bool read_alone(std::size_t most_lines);

    /// A message of the log: one line, or "".
    std::string take_notice();

private:
    struct Bucket {
        std::vector<std::string> unsent;                              ///< packed entries
        std::deque<std::pair<std::int64_t, std::uint64_t>> undecided; ///< time and number of event
        std::uint64_t written = 0;      ///< bytes of verdicts that it may forget
        std::uint64_t known = 0;        ///< bytes of verdicts that were received
        std::uint64_t last_verdict = 0; ///< position of the latest one
    };
    struct Place {
        LogPlace log;
        std::int64_t time_us = 0; ///< the latest of what stands before it
        FilePlace file;
    };
    static std::string text_of(const Place &place);
    static bool parse(const std::string &text, Place &place);

    /// Whom an entry is about: what decides on the bucket, and the name there.
    struct Subject {
        std::string_view bucket;
        std::string_view name;
    };
    [[nodiscard]] bool wants(std::uint32_t alert) const;
    void add_entries(CountedEvent &event);
    void add_login_entries(CountedEvent &event);
    void add_entry(EntryKind kind, EntryNumber first, EntryNumber second, const Subject &subject,
                   CountedEvent &event);
    void take_verdict(const Verdict &verdict);
    void write(const LogEvent &event, std::uint32_t alert, std::uint64_t count);
    void write_line(std::string_view line, std::string name);
    void write_lines_up_to(std::uint64_t position);
    [[nodiscard]] bool is_idle() const;
    [[nodiscard]] Place safe_place() const;
    void go_to(const Place &place);
    void tell_of_no_event();
    void check_key(LogEvent &event);
    void add_new_events();

    std::string name_;
    LogFollower log_;
    SensorContext &context_;
    LogEventReader reader_;
    EventAssembler assembler_;
    std::optional<FormWriter> form_; ///< all events are written
    /// Events in that form, and the position behind their lines: they are written when what stands
    /// before them in the log is decided.
    std::deque<std::pair<std::uint64_t, std::string>> lines_;
    std::size_t lines_bytes_ = 0;
    std::deque<CountedEvent> events_; ///< undecided ones and what stands behind them
    std::uint64_t first_event_ = 0;   ///< number of the first of these
    std::uint64_t next_event_ = 0;    ///< number of the first one without entries
    std::array<Bucket, kBuckets> buckets_;
    std::vector<unsigned> asked_; ///< buckets, by add_judge_calls()
    std::uint64_t asked_before_ = 0;
    bool is_at_end_ = false;
    std::chrono::steady_clock::time_point at_end_since_{};
    bool has_committed_ = false; ///< committed_ says where
    Place committed_;
    bool has_new_lines_ = false; ///< that were not flushed
    std::vector<std::string>
        new_names_; ///< of lines since the last commit that cannot be read again
    std::vector<std::string> new_json_;            ///< for the stream, since the last commit
    std::unordered_multiset<std::string> written_; ///< are in the file: not to be written again
    FilePlace written_from_;                       ///< behind it they stand
    std::uint64_t counted_ = 0, warned_ = 0;       ///< events and warnings of this run
    bool told_of_no_event_ = false;
    bool told_of_other_key_ = false;
    std::string notice_;
};

} // namespace pop3fleet
