// SPDX-License-Identifier: GPL-2.0-or-later
#include "fleet/event_assembler.hpp"

#include "events/event_table.hpp"

#include <algorithm>

namespace pop3fleet {

using Kind = LogEvent::Kind;

void EventAssembler::take(LogEvent &&event, const LogPlace &begin, std::uint64_t position,
                          std::deque<CountedEvent> &to) {
    const std::int64_t begin_us = time_us_;
    pass(event.time_us);
    if (waiting_ && belongs_to_waiting(event)) {
        waiting_->is_error = event.kind == Kind::kError;
        waiting_->position = position;
        waiting_->event.session = event.session;
        waiting_->event.members = std::move(event.members);
        flush(to);
        return;
    }
    const bool is_own = event.kind == Kind::kWarning && is_own_warning(event);
    flush(to);
    if (event.kind == Kind::kWarning && !is_own) return;
    CountedEvent counted;
    counted.begin = begin;
    counted.position = position;
    counted.begin_us = begin_us;
    counted.time_us = time_us_;
    counted.is_error = event.kind == Kind::kError;
    counted.is_success = event.kind == Kind::kLoginSucceeded;
    counted.is_own = is_own;
    counted.is_login = !event.user.empty() && (counted.is_success || event.is_guess);
    counted.is_inferred_guess = event.is_inferred && event.is_guess && !event.login_hash.empty();
    const bool is_withdrawn = event.kind == Kind::kStlsOffer && !event.stls_offered;
    if (is_withdrawn) event.detail = pop3ana::kStlsWithdrawn;
    const bool waits = event.kind == Kind::kLoginFailed || is_withdrawn;
    counted.event = std::move(event);
    if (waits)
        waiting_ = std::move(counted);
    else if (is_counted(counted))
        to.push_back(std::move(counted));
}

// The error that a login is; the warning of pop3dump's own, whose place the fleet's takes.
bool EventAssembler::belongs_to_waiting(const LogEvent &event) const {
    const LogEvent &first = waiting_->event;
    if (!first.is_same_packet(event)) return false;
    if (event.kind == Kind::kError)
        return first.kind == Kind::kLoginFailed && first.reply_end == event.reply_end;
    if (event.kind != Kind::kWarning) return false;
    return first.kind == Kind::kStlsOffer
               ? event.detail == pop3ana::kStlsWithdrawn
               : waiting_->is_inferred_guess && event.alert == "guessing";
}

// What is odd about the STLS of one connection its sensor knows alone; and of what was inferred
// nothing is sent without a hash.
bool EventAssembler::is_own_warning(const LogEvent &warning) const {
    return warning.alert == "stls" ||
           (warning.alert == "guessing" && waiting_ && waiting_->event.is_inferred &&
            waiting_->event.is_same_packet(warning));
}

bool EventAssembler::is_counted(const CountedEvent &event) {
    return event.is_error || event.is_login || event.is_inferred_guess || event.is_own ||
           event.event.kind == Kind::kStlsOffer;
}

void EventAssembler::flush(std::deque<CountedEvent> &to) {
    if (!waiting_) return;
    if (is_counted(*waiting_)) to.push_back(std::move(*waiting_));
    waiting_.reset();
}

} // namespace pop3fleet
