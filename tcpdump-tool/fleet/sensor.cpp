// SPDX-License-Identifier: GPL-2.0-or-later
#include "fleet/sensor.hpp"

#include "fleet/warning_line.hpp"

#include "base/parse.hpp"

#include <algorithm>
#include <fmt/format.h>

namespace pop3fleet {
namespace {

/// Of pop3dump's own, whose place those of the fleet take.
bool is_warning(std::string_view line) {
    return line.find(R"("event":"threshold_warning")") != std::string_view::npos ||
           line.find(R"("event":"alert")") != std::string_view::npos;
}

} // namespace

// ---------------------------------------------------------------- places

std::string Sensor::text_of(const Place &place) {
    return fmt::format("{} {} {} {}", place.time_us, place.file.inode, place.file.bytes,
                       place_text(place.log));
}

bool Sensor::parse(const std::string &text, Place &place) {
    constexpr std::uint64_t kMostBytes = 1'000'000'000'000'000; // the server has doubles
    constexpr std::uint64_t kMostMicroseconds = 4 * kMostBytes;
    Place parsed;
    std::uint64_t time_us = 0;
    std::string_view rest = text;
    for (std::uint64_t *const number : {&time_us, &parsed.file.inode, &parsed.file.bytes}) {
        const std::size_t space = rest.find(' ');
        const auto value = pop3ana::parse_number<std::uint64_t>(rest.substr(0, space));
        if (!value || space == std::string_view::npos) return false;
        *number = *value;
        rest.remove_prefix(space + 1);
    }
    const auto log = parse_place(rest);
    if (!log || log->position > kMostBytes || time_us > kMostMicroseconds) return false;
    parsed.log = *log;
    parsed.time_us = static_cast<std::int64_t>(time_us);
    place = parsed;
    return true;
}

// From where everything that is not written down is read again.
Sensor::Place Sensor::safe_place() const {
    Place place{log_.place(), assembler_.passed_us(), context_.file.place()};
    if (!events_.empty()) {
        place.log = events_.front().begin;
        place.time_us = events_.front().begin_us;
    } else if (const auto waits_from = assembler_.waits_from()) {
        place.log = *waits_from;
    }
    // As long as lines are in the file that would be written again, they have to be found again.
    if (!written_.empty()) place.file = written_from_;
    return place;
}

void Sensor::forget() {
    for (std::string &name : new_names_)
        written_.insert(std::move(name));
    new_names_.clear();
    has_new_lines_ = false;
    new_json_.clear();
    events_.clear();
    lines_.clear();
    lines_bytes_ = 0;
    first_event_ = next_event_ = 0;
    assembler_.clear();
    buckets_.fill({});
    asked_.clear();
    is_at_end_ = false;
}

void Sensor::go_to(const Place &place) {
    forget();
    std::string error;
    if (!log_.go_to(place.log, error)) notice_ = error;
    assembler_.pass(place.time_us);
    if (context_.file.is_regular()) written_ = context_.file.names_behind(place.file);
    if (!form_)
        std::erase_if(written_, [&](const std::string &name) {
            return name.find(fmt::format(" #{}-", name_)) == std::string::npos;
        });
    written_from_ = place.file;
}

// ---------------------------------------------------------------- reading and writing

bool Sensor::read(std::size_t most_lines) {
    std::size_t lines = 0;
    LogEvent event;
    std::optional<std::string_view> line;
    // Who reads ahead of all others waits for them.
    constexpr std::size_t kMostEvents = 100'000;
    constexpr std::size_t kMostBytes = std::size_t{64} << 20U;
    if (events_.size() > kMostEvents || lines_bytes_ > kMostBytes) {
        is_at_end_ = false;
        return false;
    }
    for (; lines < most_lines && (line = log_.next_line()); ++lines) {
        const std::uint64_t position = log_.place().position;
        if (form_ && !is_warning(*line)) {
            std::string text = form_->write(name_, *line);
            lines_bytes_ += text.size();
            if (!text.empty()) lines_.emplace_back(position, std::move(text));
        }
        switch (reader_.read(*line, event)) {
        case LogEventReader::Result::kEvent:
            check_key(event);
            assembler_.take(std::move(event), log_.place_before(), position, events_);
            break;
        case LogEventReader::Result::kOther: assembler_.pass(event.time_us); break;
        case LogEventReader::Result::kNotAnEvent: tell_of_no_event(); break;
        }
    }
    const bool was_at_end = std::exchange(is_at_end_, lines < most_lines);
    if (lines != 0 || !was_at_end) at_end_since_ = std::chrono::steady_clock::now();
    if (lines == 0 && is_idle()) assembler_.flush(events_);
    add_new_events();
    return lines != 0;
}

void Sensor::tell_of_no_event() {
    if (!std::exchange(told_of_no_event_, true))
        notice_ = fmt::format(
            "{}: has lines that are no events of pop3dump --json; they are left out", log_.path());
}

// Hashes of another key are of no use: two of one login would be two logins.
void Sensor::check_key(LogEvent &event) {
    if (event.login_hash.empty() || event.login_hash.starts_with(context_.key.check() + ":"))
        return;
    event.login_hash.clear();
    if (!std::exchange(told_of_other_key_, true))
        notice_ = fmt::format(
            "{}: pop3dump has another --fleet-key: its hashes of failed logins are left out",
            log_.path());
}

bool Sensor::is_idle() const {
    return is_at_end_ && (context_.ends_with_log ||
                          std::chrono::steady_clock::now() - at_end_since_ >= context_.idle);
}

void Sensor::add_new_events() {
    for (; next_event_ < first_event_ + events_.size(); ++next_event_)
        add_entries(events_[next_event_ - first_event_]);
}

bool Sensor::write_down() {
    bool is_new = false;
    for (; !events_.empty() && next_event_ > first_event_ && events_.front().waits_for == 0;
         events_.pop_front(), ++first_event_) {
        CountedEvent &event = events_.front();
        write_lines_up_to(event.position);
        std::sort(event.warnings.begin(), event.warnings.end(),
                  [](const Warning &a, const Warning &b) { return a.alert < b.alert; });
        for (const Warning &warning : event.warnings)
            if (wants(warning.alert)) write(event.event, warning.alert, warning.count);
        is_new = true;
    }
    if (!assembler_.waits_from() || !events_.empty()) write_lines_up_to(safe_place().log.position);
    if (has_new_lines_ && !context_.file.flush()) return false;
    has_new_lines_ = false;
    if (is_at_end_ && events_.empty()) written_.clear();
    constexpr std::uint64_t kSeldom = std::uint64_t{1} << 20U; // lines without an event
    return is_new || safe_place().log.position > committed_.log.position + kSeldom;
}

void Sensor::write_lines_up_to(std::uint64_t position) {
    for (; !lines_.empty() && lines_.front().first <= position; lines_.pop_front()) {
        const std::string &line = lines_.front().second;
        lines_bytes_ -= line.size();
        write_line(line, name_of_line(line));
    }
}

void Sensor::write(const LogEvent &event, std::uint32_t alert, std::uint64_t count) {
    const std::string line = warning_line(name_, event, alert, count);
    const OutputStyle &style = context_.style;
    const std::string json = style.is_json || style.form || context_.stream_length != 0
                                 ? warning_json(name_, event, alert, count, line)
                                 : "";
    if (context_.stream_length != 0) new_json_.push_back(json);
    ++warned_;
    if (form_) {
        const std::string text = form_->write(name_, json);
        if (!text.empty()) write_line(text, name_of_line(text));
    } else {
        write_line(style.is_json ? json : line, warning_name(line));
    }
}

void Sensor::write_line(std::string_view line, std::string name) {
    // Replies of one packet may have lines that are the same.
    const auto written = written_.find(name);
    if (written != written_.end()) {
        written_.erase(written);
        return;
    }
    context_.file.write(line);
    has_new_lines_ = true;
    // Of a file its lines can be read again.
    constexpr std::size_t kMostNames = 100'000;
    if (!context_.file.is_regular() && new_names_.size() < kMostNames)
        new_names_.push_back(std::move(name));
}

// ---------------------------------------------------------------- alone

void Sensor::begin_alone() {
    if (has_committed_) {
        go_to(committed_);
    } else {
        forget();
        log_.go_to_end();
    }
}

bool Sensor::read_alone(std::size_t most_lines) {
    std::size_t lines = 0;
    LogEvent event;
    std::optional<std::string_view> line;
    for (; lines < most_lines && (line = log_.next_line()); ++lines) {
        if (form_ && !is_warning(*line)) {
            const std::string text = form_->write(name_, *line);
            if (!text.empty()) write_line(text, name_of_line(text));
        }
        if (reader_.read(*line, event) != LogEventReader::Result::kEvent ||
            event.kind != LogEvent::Kind::kWarning)
            continue;
        const std::uint32_t alert = find_alert(event.alert);
        if (wants(alert)) write(event, alert, event.count);
    }
    if (std::exchange(has_new_lines_, false)) context_.file.flush();
    return lines != 0;
}

std::string Sensor::take_notice() {
    std::string notice = std::exchange(notice_, {});
    return notice.empty() ? log_.take_notice() : notice;
}

} // namespace pop3fleet
