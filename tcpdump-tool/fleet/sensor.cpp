// SPDX-License-Identifier: GPL-2.0-or-later
#include "fleet/sensor.hpp"

#include "fleet/warning_line.hpp"

#include "base/parse.hpp"

#include <algorithm>
#include <cstring>
#include <fmt/format.h>
#include <pop3ana/pop3ana.h>

namespace pop3fleet {
namespace {

/// The address of which IPv6 clients have many (docs/semantics.md section 8).
std::string_view network_of(const pop3ana::Address &address) {
    constexpr std::size_t kIpv4Bytes = 4, kNetworkBytes = 8;
    return {reinterpret_cast<const char *>(address.bytes.data()),
            address.family == 4 ? kIpv4Bytes : kNetworkBytes};
}

std::string_view bytes_of(const pop3ana::Address &address) {
    constexpr std::size_t kIpv4Bytes = 4, kIpv6Bytes = 16;
    return {reinterpret_cast<const char *>(address.bytes.data()),
            address.family == 4 ? kIpv4Bytes : kIpv6Bytes};
}

EntryNumber number_of(const FleetKey::Digest &digest) {
    EntryNumber number = 0;
    std::memcpy(&number, digest.data(), sizeof number);
    return number;
}

/// One connection, whoever sees it.
EntryNumber connection_of(const FleetKey &key, const LogEvent &event) {
    std::string ends;
    for (const pop3ana::Address *const address : {&event.client, &event.server})
        ends += bytes_of(*address);
    append_big_endian(ends, event.client_port, 2);
    append_big_endian(ends, event.server_port, 2);
    // Where the reply is not known to end, its time has to do, in a place of its own.
    if (event.reply_end == 0) ends += '?';
    return static_cast<EntryNumber>(key.quick_hash(ends));
}
EntryNumber place_of(const LogEvent &event) {
    constexpr std::int64_t kMillisecond = 1000;
    return event.reply_end != 0 ? event.reply_end
                                : static_cast<EntryNumber>(event.time_us / kMillisecond);
}

std::string bucket_key(const FleetSettings &settings, unsigned bucket, const char *name) {
    return fmt::format("{}:{{{}}}:{}", settings.prefix, bucket, name);
}
std::string fleet_key(const FleetSettings &settings, const char *name) {
    return fmt::format("{}:{{fleet}}:{}", settings.prefix, name);
}

/// Of pop3dump's own, whose place those of the fleet take.
bool is_warning(std::string_view line) {
    return line.find(R"("event":"threshold_warning")") != std::string_view::npos ||
           line.find(R"("event":"alert")") != std::string_view::npos;
}

/// Of what is to be the same everywhere; the key itself is not told.
std::string text_of(const FleetSettings &settings, const FleetKey &key) {
    return fmt::format("error-threshold {} alert-once {} expire {} guessing {} spraying {} "
                       "distributed {} breach {} hash-users {} key {:016x}",
                       settings.error_threshold, settings.alert_once ? 1 : 0,
                       settings.expiry_us / 1'000'000, settings.guessing, settings.spraying,
                       settings.distributed, settings.breach, settings.hash_users ? 1 : 0,
                       number_of(key.hash(FleetKey::Purpose::kCheck, {})));
}

} // namespace

// ---------------------------------------------------------------- places

std::string Sensor::text_of(const Place &place) {
    return fmt::format("{} {} {} {}", place.time_us, place.file.inode, place.file.bytes,
                       place_text(place.log));
}

bool Sensor::parse(const std::string &text, Place &place) {
    std::uint64_t time_us = 0;
    std::string_view rest = text;
    for (std::uint64_t *const number : {&time_us, &place.file.inode, &place.file.bytes}) {
        const std::size_t space = rest.find(' ');
        const auto parsed = pop3ana::parse_number<std::uint64_t>(rest.substr(0, space));
        if (!parsed || space == std::string_view::npos) return false;
        *number = *parsed;
        rest.remove_prefix(space + 1);
    }
    const auto log = parse_place(rest);
    if (log) place.log = *log;
    place.time_us = static_cast<std::int64_t>(time_us);
    return log.has_value();
}

// From where everything that is not written down is read again.
Sensor::Place Sensor::safe_place() const {
    Place place{log_.place(), decided_us_, context_.file.place()};
    if (!events_.empty())
        place.log = events_.front().begin;
    else if (const auto waits_from = assembler_.waits_from())
        place.log = *waits_from;
    // As long as lines are in the file that would be written again, they have to be found again.
    if (!written_.empty()) place.file = written_from_;
    return place;
}

void Sensor::forget() {
    for (std::string &name : new_names_)
        written_.insert(std::move(name));
    new_names_.clear();
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
    decided_us_ = place.time_us;
    assembler_.pass(place.time_us);
    written_ = context_.file.names_behind(place.file);
    if (!form_)
        std::erase_if(written_, [&](const std::string &name) {
            return name.find(fmt::format(" #{}-", name_)) == std::string::npos;
        });
    written_from_ = place.file;
}

// ---------------------------------------------------------------- the server

FunctionCall Sensor::join_call() const {
    return {"pop3fleet_join",
            {fleet_key(context_.settings, "settings"), fleet_key(context_.settings, "sensors")},
            {name_, context_.owner, pop3fleet::text_of(context_.settings, context_.key)}};
}

void Sensor::joined(std::span<const std::string> reply) {
    const std::string ours = pop3fleet::text_of(context_.settings, context_.key);
    if (reply.size() != 2 || reply[0] != ours)
        throw ServerRefusal(fmt::format(
            "sensor {}: the fleet has other settings: {} (here: {}); stop all sensors and delete "
            "the key {} to change them",
            name_, reply.empty() ? "" : reply[0], ours, fleet_key(context_.settings, "settings")));
    Place place;
    if (!parse(reply[1], place)) {
        if (has_committed_) {
            notice_ = fmt::format("sensor {}: the server has lost what it knew: the fleet counts anew",
                                  name_);
            place = committed_;
        }
    }
    go_to(place);
    committed_ = place;
    has_committed_ = true;
}

bool Sensor::read(std::size_t most_lines) {
    std::size_t lines = 0;
    LogEvent event;
    std::optional<std::string_view> line;
    // Who reads ahead of all others waits for them.
    constexpr std::size_t kMostEvents = 100'000, kMostBytes = std::size_t{64} << 20U;
    if (events_.size() > kMostEvents || lines_bytes_ > kMostBytes) return false;
    for (; lines < most_lines && (line = log_.next_line()); ++lines) {
        const std::uint64_t position = log_.place().position;
        if (form_ && !is_warning(*line)) {
            std::string text = form_->write(name_, *line);
            lines_bytes_ += text.size();
            if (!text.empty()) lines_.emplace_back(position, std::move(text));
        }
        switch (reader_.read(*line, event)) {
        case LogEventReader::Result::kEvent:
            assembler_.take(std::move(event), log_.place_before(), position, events_);
            break;
        case LogEventReader::Result::kOther: assembler_.pass(event.time_us); break;
        case LogEventReader::Result::kNotAnEvent: ++not_events_; break;
        }
    }
    const bool was_at_end = std::exchange(is_at_end_, lines < most_lines);
    if (lines != 0 || !was_at_end) at_end_since_ = std::chrono::steady_clock::now();
    if (lines == 0 && is_idle()) assembler_.flush(events_);
    add_new_events();
    return lines != 0;
}

bool Sensor::is_idle() const {
    return is_at_end_ && (context_.ends_with_log ||
                          std::chrono::steady_clock::now() - at_end_since_ >= context_.idle);
}

void Sensor::add_new_events() {
    for (; next_event_ < first_event_ + events_.size(); ++next_event_)
        add_entries(events_[next_event_ - first_event_]);
}

void Sensor::add_entries(CountedEvent &event) {
    using Purpose = FleetKey::Purpose;
    const FleetKey &key = context_.key;
    const LogEvent &log = event.event;
    const std::string_view network = network_of(log.client);
    const auto bucket_of = [&](std::string_view name) {
        return static_cast<unsigned>(key.quick_hash(name) % kBuckets);
    };
    const unsigned client_bucket = bucket_of(network);
    const EntryNumber connection = connection_of(key, log);
    const EntryNumber place = place_of(log);
    ++counted_;
    if (event.is_own) {
        // There is no place in the bytes: one of its kind in a connection, at about this time.
        const auto detail = static_cast<EntryNumber>(key.quick_hash(log.alert + log.detail));
        add_entry(client_bucket, EntryKind::kOwnWarning, connection ^ detail, 1,
                  bytes_of(log.client), event);
        return;
    }
    if (event.is_error && (context_.alerts >> POP3ANA_ALERT_ERRORS & 1U) != 0)
        add_entry(client_bucket, EntryKind::kError, connection, place, bytes_of(log.client), event);
    constexpr AlertSet kGuesses = ~(AlertSet{1} << POP3ANA_ALERT_ERRORS);
    if (!event.is_login || (context_.alerts & kGuesses) == 0) return;
    // A name of its own among the server's: 8 bytes are a network of IPv6, 4 and 16 addresses.
    constexpr std::size_t kNameBytes = 12, kLongestName = 128;
    const bool is_hashed = context_.settings.hash_users || log.user.size() > kLongestName;
    std::string user(1, is_hashed ? '#' : '=');
    user += is_hashed ? key.short_hash(Purpose::kUser, kNameBytes, log.user) : log.user;
    const unsigned user_bucket = bucket_of(log.user);
    if (event.is_success) {
        add_entry(client_bucket, EntryKind::kClientSucceeded, connection, place, network, event);
        add_entry(user_bucket, EntryKind::kUserSucceeded, connection, place, user, event);
        return;
    }
    add_entry(client_bucket, EntryKind::kClientFailed,
              number_of(key.hash(Purpose::kPair, log.user, log.secret)),
              number_of(key.hash(Purpose::kUser, log.user)), network, event);
    add_entry(user_bucket, EntryKind::kUserFailed,
              number_of(key.hash(Purpose::kSecret, log.secret)),
              static_cast<EntryNumber>(key.quick_hash(network)), user, event);
}

void Sensor::add_entry(unsigned bucket, EntryKind kind, EntryNumber first, EntryNumber second,
                       std::string_view name, CountedEvent &event) {
    Bucket &to = buckets_[bucket];
    to.unsent.push_back(pack_entry(event.time_us, event.position, kind, first, second, name));
    to.undecided.emplace_back(event.time_us, next_event_);
    ++event.waits_for;
}

FunctionCall Sensor::send_until_call(std::chrono::microseconds silence,
                                     std::uint64_t sensors) const {
    // Nothing is under way but what this turn sends, and comes first.
    std::int64_t until_us = assembler_.time_us();
    for (const Bucket &bucket : buckets_)
        if (!bucket.unsent.empty())
            until_us = std::min(until_us, bucket.undecided[bucket.undecided.size() -
                                                           bucket.unsent.size()].first);
    const bool is_busy = !is_idle() || until_us != assembler_.time_us();
    return {"pop3fleet_send_until",
            {fleet_key(context_.settings, "sensors")},
            {name_, context_.owner, std::to_string(until_us), is_busy ? "1" : "0",
             std::to_string(silence.count()), std::to_string(sensors)}};
}

void Sensor::add_judge_calls(std::uint64_t before, std::vector<FunctionCall> &calls) {
    const FleetSettings &settings = context_.settings;
    asked_.clear();
    asked_before_ = before;
    const auto is_before = [&](std::int64_t time_us) {
        return static_cast<std::uint64_t>(time_us) < before;
    };
    for (unsigned number = 0; number < kBuckets; ++number) {
        Bucket &bucket = buckets_[number];
        if (bucket.unsent.empty() &&
            (bucket.undecided.empty() || !is_before(bucket.undecided.front().first)))
            continue;
        if (bucket.last_verdict <= committed_.log.position) bucket.written = bucket.known;
        FunctionCall call{"pop3fleet_judge",
                          {bucket_key(settings, number, "waiting"),
                           bucket_key(settings, number, "clients"),
                           bucket_key(settings, number, "users"),
                           bucket_key(settings, number, "sensors")},
                          {name_, std::to_string(before), std::to_string(bucket.written),
                           std::to_string(bucket.known), std::to_string(settings.error_threshold),
                           settings.alert_once ? "1" : "0", std::to_string(settings.expiry_us),
                           std::to_string(settings.guessing), std::to_string(settings.spraying),
                           std::to_string(settings.distributed), std::to_string(settings.breach),
                           std::to_string(settings.most_clients / kBuckets)}};
        std::move(bucket.unsent.begin(), bucket.unsent.end(), std::back_inserter(call.arguments));
        bucket.unsent.clear();
        calls.push_back(std::move(call));
        asked_.push_back(number);
    }
}

void Sensor::take_verdicts(std::span<const std::vector<std::string>> replies) {
    for (std::size_t i = 0; i < asked_.size(); ++i) {
        Bucket &bucket = buckets_[asked_[i]];
        bucket.known -= std::exchange(bucket.written, 0);
        std::string_view verdicts = replies[i].empty() ? "" : std::string_view{replies[i].front()};
        for (; verdicts.size() >= Verdict::kBytes; verdicts.remove_prefix(Verdict::kBytes)) {
            const Verdict verdict = unpack_verdict(verdicts);
            // After a new start it may be about what is not read yet.
            if (verdict.position > log_.place().position) break;
            bucket.known += Verdict::kBytes;
            bucket.last_verdict = verdict.position;
            take_verdict(verdict);
        }
        for (auto &undecided = bucket.undecided;
             !undecided.empty() &&
             static_cast<std::uint64_t>(undecided.front().first) < asked_before_;
             undecided.pop_front())
            --events_[undecided.front().second - first_event_].waits_for;
    }
}

void Sensor::take_verdict(const Verdict &verdict) {
    const auto event = std::lower_bound(
        events_.begin(), events_.end(), verdict.position,
        [](const CountedEvent &one, std::uint64_t position) { return one.position < position; });
    if (event == events_.end() || event->begin.position >= verdict.position) return; // written down
    if (event->is_own) {
        event->warnings.push_back({find_alert(event->event.alert), event->event.count});
        return;
    }
    const auto same = std::find_if(event->warnings.begin(), event->warnings.end(),
                                   [&](const Warning &one) { return one.alert == verdict.alert; });
    if (same == event->warnings.end())
        event->warnings.push_back({verdict.alert, verdict.count});
    else // Of a breach client and user both count.
        same->count = std::max(same->count, verdict.count);
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
            if ((context_.alerts >> warning.alert & 1U) != 0)
                write(event.event, warning.alert, warning.count);
        decided_us_ = event.time_us;
        is_new = true;
    }
    if (!assembler_.waits_from() || !events_.empty())
        write_lines_up_to(safe_place().log.position);
    if (!new_names_.empty() && !context_.file.flush()) return false;
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
    if (written_.erase(name) != 0) return;
    context_.file.write(line);
    new_names_.push_back(std::move(name));
}

FunctionCall Sensor::commit_call() const {
    const Place place = safe_place();
    FunctionCall call{"pop3fleet_commit",
                      {fleet_key(context_.settings, "sensors"),
                       fleet_key(context_.settings, "warnings")},
                      {name_, context_.owner, std::to_string(place.log.position), text_of(place),
                       std::to_string(context_.stream_length),
                       fmt::format("{} {}", counted_, warned_)}};
    call.arguments.insert(call.arguments.end(), new_json_.begin(), new_json_.end());
    return call;
}

void Sensor::committed() {
    committed_ = safe_place();
    new_names_.clear();
    new_json_.clear();
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
        if ((context_.alerts >> alert & 1U) != 0) write(event, alert, event.count);
    }
    if (!new_names_.empty()) context_.file.flush();
    return lines != 0;
}

std::string Sensor::take_notice() {
    std::string notice = std::exchange(notice_, {});
    return notice.empty() ? log_.take_notice() : notice;
}

} // namespace pop3fleet
