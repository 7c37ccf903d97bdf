// SPDX-License-Identifier: GPL-2.0-or-later
#include "detect/correlator.hpp"

#include "events/event_table.hpp"

#include <algorithm>

namespace pop3ana {
namespace {

Address client_of(const pop3ana_event &event) {
    return address_of(event.originator_address, event.originator_family);
}

} // namespace

Correlator::Correlator(const Options &options, const pop3ana_sink &sink, pop3ana_counters &counters)
    : alerts_(options.alerts),
      counts_logins_((options.alerts & ~AlertSet{}.set(POP3ANA_ALERT_ERRORS)).any()),
      sessions_before_(options.sessions_before), sink_(sink), counters_(counters),
      errors_(options.errors, counters), guesses_(options.guesses, counters) {}

void Correlator::complete(Event &event, bool saw_handshake, SessionNumber &session,
                          std::int64_t clock_ns) {
    if (event.type == POP3ANA_EVENT_ALERT && !alerts_.test(event.alert)) return;
    if (event.status == POP3ANA_STATUS_ERR || due_.is_any) {
        complete_with_alerts(event, session, clock_ns);
        return;
    }
    if (counts_logins_ && is_login(event)) count_login(event, saw_handshake, clock_ns);
    number_and_emit(event, session);
    // No reply follows.
    if (due_.is_any && event.inferred != 0) alert_on_login(event);
}

void Correlator::complete_with_alerts(Event &event, SessionNumber &session, std::int64_t clock_ns) {
    ErrorThreshold::Count count;
    if (event.status == POP3ANA_STATUS_ERR) count = errors_.error(client_of(event), clock_ns);
    event.error_count = count.errors;
    number_and_emit(event, session);
    if (count.alerts) alert(event, POP3ANA_ALERT_ERRORS, 0);
    if (due_.is_any) alert_on_login(event);
}

void Correlator::number_and_emit(pop3ana_event &event, SessionNumber &session) {
    if (session.number == 0 && row_of_event(event.type).line != LogLine::kNever)
        open_session(event, session);
    event.session = session.number;
    event.first_frame = session.first_frame;
    emit(event);
}

void Correlator::open_session(const pop3ana_event &event, SessionNumber &session) {
    session.number = sessions_before_ + ++counters_.sessions;
    session.first_frame = event.frame & SessionNumber::kFrameMask;
    pop3ana_event opening = event;
    opening.type = POP3ANA_EVENT_NEW_CONNECTION;
    opening.session = session.number;
    opening.first_frame = session.first_frame;
    clear_members(opening);
    opening.in_log = 1;
    emit(opening);
}

void Correlator::count_login(const Event &login, bool saw_handshake, std::int64_t clock_ns) {
    const bool success = login.type == POP3ANA_EVENT_LOGIN_SUCCESS;
    const bool is_guess =
        login.reason == POP3ANA_REASON_CREDENTIALS || login.reason == POP3ANA_REASON_UNKNOWN;
    due_.defies_stls = login.defies_stls;
    due_.guesses = {};
    if (login.user.len != 0 && (success || is_guess)) {
        const LoginGuesses::Login seen{client_of(login), view(login.user), login.secret,
                                       saw_handshake};
        due_.guesses =
            success ? guesses_.success(seen, clock_ns) : guesses_.failure(seen, clock_ns);
    }
    if (login.inferred != 0 && !success)
        due_.guesses.guessing = guesses_.inferred_failure(client_of(login), login.login_lengths,
                                                          saw_handshake, clock_ns);
    due_.is_any = due_.defies_stls || due_.guesses.is_any();
    if (due_.is_any) due_.user = view(login.user);
}

// `event` is the reply.
void Correlator::alert_on_login(Event &event) {
    due_.is_any = false;
    const LoginGuesses::Alerts &due = due_.guesses;
    if (due.guessing != 0) alert(event, POP3ANA_ALERT_GUESSING, due.guessing);
    if (due.spraying != 0) alert(event, POP3ANA_ALERT_SPRAYING, due.spraying);
    if (due.distributed != 0) alert(event, POP3ANA_ALERT_DISTRIBUTED, due.distributed);
    if (due.breach != 0) alert(event, POP3ANA_ALERT_BREACH, due.breach);
    if (due_.defies_stls) alert(event, POP3ANA_ALERT_STLS, 0);
}

// Turns the reply, or an alert on it, into a further one.
void Correlator::alert(pop3ana_event &event, std::uint32_t kind, std::uint64_t count) {
    if (!alerts_.test(kind)) return;
    const std::uint64_t error_count = event.error_count;
    const std::uint64_t request_frame = event.request_frame;
    clear_members(event);
    event.request_frame = request_frame;
    event.alert = kind;
    event.count = count;
    event.in_log = 1;
    event.type = POP3ANA_EVENT_ALERT;
    if (kind == POP3ANA_ALERT_ERRORS) {
        event.type = POP3ANA_EVENT_THRESHOLD_WARNING;
        event.error_count = error_count;
    } else if (kind == POP3ANA_ALERT_STLS) {
        event.text = slice("STLS refused, password in the clear");
    } else {
        event.user = slice(due_.user);
    }
    emit(event);
}

void Correlator::emit(const pop3ana_event &event) {
    if (const auto counter = row_of_event(event.type).counter) ++(counters_.*counter);
    sink_.on_event(sink_.user_data, &event);
}

} // namespace pop3ana
