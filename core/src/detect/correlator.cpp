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
      counts_logins_((options.alerts & ~AlertSet{}.set(POP3ANA_ALERT_ERRORS)).any()), sink_(sink),
      counters_(counters), errors_(options.errors, counters), guesses_(options.guesses, counters) {}

void Correlator::complete(Event &event, bool saw_handshake, SessionNumber &session,
                          std::int64_t clock_ns) {
    if (event.type == POP3ANA_EVENT_ALERT && !alerts_.test(event.alert)) return;
    if (event.status == POP3ANA_STATUS_ERR || counts_logins_)
        complete_with_alerts(event, saw_handshake, session, clock_ns);
    else
        number_and_emit(event, session);
}

void Correlator::complete_with_alerts(Event &event, bool saw_handshake, SessionNumber &session,
                                      std::int64_t clock_ns) {
    ErrorThreshold::Count count;
    if (event.status == POP3ANA_STATUS_ERR) count = errors_.error(client_of(event), clock_ns);
    event.error_count = count.errors;
    number_and_emit(event, session);
    if (count.exceeds) alert(event, POP3ANA_ALERT_ERRORS, 0);
    if (!counts_logins_) return;
    switch (event.type) {
    case POP3ANA_EVENT_LOGIN_SUCCESS:
    case POP3ANA_EVENT_LOGIN_FAILURE: keep_result(event); break;
    default:
        if (result_.type != 0) alert_on_result(event, saw_handshake, clock_ns);
        break;
    }
}

void Correlator::number_and_emit(pop3ana_event &event, SessionNumber &session) {
    if (session.number == 0 && row_of_event(event.type).line != LogLine::kNever)
        open_session(event, session);
    event.session = session.number;
    event.first_frame = session.first_frame;
    emit(event);
}

void Correlator::open_session(const pop3ana_event &event, SessionNumber &session) {
    session.number = ++counters_.sessions;
    session.first_frame = event.frame & SessionNumber::kFrameMask;
    pop3ana_event opening = event;
    opening.type = POP3ANA_EVENT_NEW_CONNECTION;
    opening.session = session.number;
    opening.first_frame = session.first_frame;
    clear_members(opening);
    opening.in_log = 1;
    emit(opening);
}

void Correlator::keep_result(const Event &login) {
    result_.type = login.type;
    result_.reason = login.reason;
    result_.defies_stls = login.defies_stls;
    result_.user = view(login.user);
    result_.secret = login.secret;
}

// `event` is the reply.
void Correlator::alert_on_result(Event &event, bool saw_handshake, std::int64_t clock_ns) {
    const bool success = result_.type == POP3ANA_EVENT_LOGIN_SUCCESS;
    result_.type = 0;
    const bool is_guess =
        result_.reason == POP3ANA_REASON_CREDENTIALS || result_.reason == POP3ANA_REASON_UNKNOWN;
    if (!result_.user.empty() && (success || is_guess)) {
        const LoginGuesses::Login login{client_of(event), result_.user, result_.secret,
                                        saw_handshake};
        const LoginGuesses::Alerts due =
            success ? guesses_.success(login, clock_ns) : guesses_.failure(login, clock_ns);
        if (due.guessing != 0) alert(event, POP3ANA_ALERT_GUESSING, due.guessing);
        if (due.spraying != 0) alert(event, POP3ANA_ALERT_SPRAYING, due.spraying);
        if (due.distributed != 0) alert(event, POP3ANA_ALERT_DISTRIBUTED, due.distributed);
        if (due.breach != 0) alert(event, POP3ANA_ALERT_BREACH, due.breach);
    }
    if (result_.defies_stls) alert(event, POP3ANA_ALERT_STLS, 0);
}

// Turns the reply, or an alert on it, into a further one.
void Correlator::alert(pop3ana_event &event, std::uint32_t kind, std::uint64_t count) {
    if (!alerts_.test(kind)) return;
    const std::uint64_t error_count = event.error_count, request_frame = event.request_frame;
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
        event.user = slice(result_.user);
    }
    emit(event);
}

void Correlator::emit(const pop3ana_event &event) {
    if (const auto counter = row_of_event(event.type).counter) ++(counters_.*counter);
    sink_.on_event(sink_.user_data, &event);
}

} // namespace pop3ana
