// SPDX-License-Identifier: GPL-2.0-or-later
#include "shared_judge.hpp"

#include <algorithm>
#include <utility>

namespace pop3ana {

SharedJudge::SharedJudge(Config config, const pop3ana_sink &sink, std::uint64_t hash_seed)
    : config_(std::move(config)), sink_(sink), judge_(config_, sink_, hash_seed, counters_),
      sessions_(hash_seed) {
    counters_.struct_size = sizeof(counters_);
}

void SharedJudge::event(std::uint64_t engine, const pop3ana_event &event) {
    const Key key{engine, event.connection};
    if (event.type == POP3ANA_EVENT_CLOSED) {
        forget(key);
        return;
    }
    pop3ana_event completed = event;
    completed.ts_ns = advance(event.ts_ns);
    const std::uint32_t known = sessions_.find(key);
    SessionNumber number = known == kNoIndex ? SessionNumber{} : sessions_[known].number;
    judge_.complete(completed, number);
    if (known == kNoIndex && number.number != 0) sessions_[sessions_.insert(key)].number = number;
}

void SharedJudge::forget(const Key &key) {
    const std::uint32_t index = sessions_.find(key);
    if (index != kNoIndex) sessions_.erase(index);
}

std::int64_t SharedJudge::advance(std::int64_t ts_ns) {
    clock_ns_ = std::max(clock_ns_, ts_ns);
    return clock_ns_;
}

} // namespace pop3ana
