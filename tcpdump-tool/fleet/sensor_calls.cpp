// What a sensor and the server say to each other: the arguments of functions/*.lua.
// SPDX-License-Identifier: GPL-2.0-or-later
#include "fleet/functions_text.hpp"
#include "fleet/sensor.hpp"
#include "fleet/warning_line.hpp"

#include "events/event_table.hpp"

#include <algorithm>
#include <fmt/format.h>

namespace pop3fleet {
namespace {

/// Of what is to be the same everywhere; the key itself is not told.
std::string text_of(const FleetSettings &settings, AlertSet alerts, const std::string &key_check) {
    std::string kinds;
    for (const pop3ana::AlertRow &row : pop3ana::kAlerts)
        if ((alerts >> row.kind & 1U) != 0) kinds.append(kinds.empty() ? "" : ",").append(row.name);
    return fmt::format("data 2 error-threshold {} alert-once {} expire {} guessing {} spraying {} "
                       "distributed {} breach {} alerts {} hash-users {} key {}",
                       settings.error_threshold, settings.alert_once ? 1 : 0,
                       settings.expiry_us / 1'000'000, settings.guessing, settings.spraying,
                       settings.distributed, settings.breach, kinds, settings.hash_users ? 1 : 0,
                       key_check);
}

} // namespace

FunctionCall Sensor::join_call() const {
    return {function::kJoin,
            {common_key(context_.settings, "settings"), common_key(context_.settings, "sensors")},
            {name_, context_.owner,
             pop3fleet::text_of(context_.settings, context_.alerts, context_.key.check())}};
}

void Sensor::joined(std::span<const std::string> reply) {
    const std::string ours =
        pop3fleet::text_of(context_.settings, context_.alerts, context_.key.check());
    if (reply.size() != 2 || reply[0] != ours)
        throw ServerRefusal(fmt::format(
            "sensor {}: the fleet has other settings: {} (here: {}); stop all sensors and delete "
            "the key {} to change them",
            name_, reply.empty() ? "" : reply[0], ours, common_key(context_.settings, "settings")));
    Place place;
    if (!parse(reply[1], place) && committed_.log.inode != 0) {
        notice_ = fmt::format("sensor {}: the server has lost what it knew: the fleet counts anew",
                              name_);
        place = committed_;
    }
    go_to(place);
    committed_ = place;
    has_committed_ = true;
}

FunctionCall Sensor::send_until_call(std::chrono::microseconds silence,
                                     std::uint64_t sensors) const {
    // All is sent up to the latest event, and more of its time may follow; or what this turn sends
    // comes first.
    std::int64_t until_us = assembler_.time_us() + (assembler_.waits_from() ? 0 : 1);
    bool is_busy = !is_idle();
    for (const Bucket &bucket : buckets_) {
        if (bucket.unsent.empty()) continue;
        const std::size_t first = bucket.undecided.size() - bucket.unsent.size();
        until_us = std::min(until_us, bucket.undecided[first].first);
        is_busy = true;
    }
    return {function::kSendUntil,
            {common_key(context_.settings, "sensors")},
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
        FunctionCall call{
            function::kJudge,
            {bucket_key(settings, number, "waiting"), bucket_key(settings, number, "clients"),
             bucket_key(settings, number, "users"), bucket_key(settings, number, "servers"),
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
    if (verdict.alert >= pop3ana::kAlertNames.size()) return; // of no kind that there is
    const auto same = std::find_if(event->warnings.begin(), event->warnings.end(),
                                   [&](const Warning &one) { return one.alert == verdict.alert; });
    if (same == event->warnings.end())
        event->warnings.push_back({verdict.alert, verdict.count});
    else // Of a breach client and user both count.
        same->count = std::max(same->count, verdict.count);
}

FunctionCall Sensor::commit_call() const {
    const Place place = safe_place();
    FunctionCall call{
        function::kCommit,
        {common_key(context_.settings, "sensors"), common_key(context_.settings, "warnings")},
        {name_, context_.owner, text_of(place), std::to_string(context_.stream_length),
         fmt::format("{} {}", counted_, warned_)}};
    call.arguments.insert(call.arguments.end(), new_json_.begin(), new_json_.end());
    return call;
}

void Sensor::committed() {
    committed_ = safe_place();
    new_names_.clear();
    new_json_.clear();
}

} // namespace pop3fleet
