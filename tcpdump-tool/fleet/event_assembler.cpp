// SPDX-License-Identifier: GPL-2.0-or-later
#include "fleet/event_assembler.hpp"

#include <algorithm>

namespace pop3fleet {

void EventAssembler::take(LogEvent &&event, const LogPlace &begin, std::uint64_t position,
                          std::deque<CountedEvent> &to) {
    time_us_ = std::max(time_us_, event.time_us);
    if (event.kind == LogEvent::Kind::kError && login_ && login_->event.is_same_reply(event)) {
        login_->is_error = true;
        login_->position = position;
        login_->event.members = std::move(event.members);
        flush(to);
        return;
    }
    flush(to);
    if (event.is_inferred) inferred_ = event;
    if (event.kind == LogEvent::Kind::kWarning && !is_own(event)) return;
    CountedEvent counted;
    counted.begin = begin;
    counted.position = position;
    counted.time_us = time_us_;
    counted.is_error = event.kind == LogEvent::Kind::kError;
    counted.is_success = event.kind == LogEvent::Kind::kLoginSucceeded;
    counted.is_own = event.kind == LogEvent::Kind::kWarning;
    counted.is_login = !event.user.empty() && (counted.is_success || event.is_guess);
    const bool may_be_error = event.kind == LogEvent::Kind::kLoginFailed;
    counted.event = std::move(event);
    if (may_be_error)
        login_ = std::move(counted);
    else if (counted.is_error || counted.is_login || counted.is_own)
        to.push_back(std::move(counted));
}

// What a handshake or lengths tell is not sent: the sensor has all that there is to know.
bool EventAssembler::is_own(const LogEvent &warning) const {
    return warning.alert == "stls" ||
           (warning.alert == "guessing" && inferred_ && inferred_->is_same_reply(warning));
}

void EventAssembler::flush(std::deque<CountedEvent> &to) {
    if (!login_) return;
    if (login_->is_error || login_->is_login) to.push_back(std::move(*login_));
    login_.reset();
}

} // namespace pop3fleet
