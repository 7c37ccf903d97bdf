// SPDX-License-Identifier: GPL-2.0-or-later
#include "detect/correlator.hpp"

#include "events/event_table.hpp"

#include <algorithm>

namespace pop3ana {
namespace {

Address client_of(const pop3ana_event &event) {
    Address address;
    std::copy_n(event.originator_address, address.bytes.size(), address.bytes.begin());
    address.family = event.address_family;
    return address;
}

} // namespace

Correlator::Correlator(const ErrorThreshold::Options &options, const pop3ana_sink &sink,
                       pop3ana_counters &counters)
    : sink_(sink), counters_(counters), errors_(options, counters) {}

void Correlator::complete(pop3ana_event &event, SessionNumber &session, std::int64_t clock_ns) {
    ErrorThreshold::Count count;
    if (event.status == POP3ANA_STATUS_ERR) count = errors_.error(client_of(event), clock_ns);
    if (session.number == 0 && row_of_event(event.type).line != LogLine::kNever)
        open_session(event, session);
    event.session = session.number;
    event.first_frame = session.first_frame;
    event.error_count = count.errors;
    emit(event);
    if (count.exceeds) warn(event);
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

void Correlator::warn(pop3ana_event &event) {
    const std::uint64_t error_count = event.error_count, request_frame = event.request_frame;
    clear_members(event);
    event.error_count = error_count;
    event.request_frame = request_frame;
    event.type = POP3ANA_EVENT_THRESHOLD_WARNING;
    event.in_log = 1;
    emit(event);
}

void Correlator::emit(const pop3ana_event &event) {
    if (const auto counter = row_of_event(event.type).counter) ++(counters_.*counter);
    sink_.on_event(sink_.user_data, &event);
}

} // namespace pop3ana
