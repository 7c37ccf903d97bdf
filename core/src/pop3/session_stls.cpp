// STLS (RFC 2595 s.4): the session turns into TLS, or should have.
// SPDX-License-Identifier: GPL-2.0-or-later
#include "pop3/session.hpp"
#include "pop3ana/pop3ana.h"

#include <algorithm>

namespace pop3ana {

void Pop3Session::begin_tls(SessionContext &context) {
    tls_ = true;
    context.record->on_stls_used();
    context.record->on_uncertainty(); // What follows is not seen.
    stls_watch_.on_accepted(certainty_.is_certain());
    Event &event = begin_event(POP3ANA_EVENT_TLS_STARTED, Side::kServer, context);
    event.command = slice(row_of(pending().command).word);
    event.request_frame = pending().frame;
    context.events.emit();
    release(context);
}

// What the client sends behind STLS and before its answer.
void Pop3Session::bytes_before_tls(const Delivery &delivery, SessionContext &context) {
    const PendingCommand &command = open().pending;
    if (command.legality != Legality::kAccepted || !certainty_.is_certain()) return;
    const std::uint32_t end = static_cast<std::uint32_t>(delivery.position + delivery.bytes.size());
    const std::size_t sent_behind = std::min<std::size_t>(end - command.end, delivery.bytes.size());
    const std::string_view rest = as_text(delivery.bytes.last(sent_behind));
    if (stls_watch_.before_answer(rest))
        stls_alert("clear text before TLS", Side::kClient, context);
}

void Pop3Session::tls_bytes(Side from, Bytes bytes, SessionContext &context) {
    context.tls = bytes;
    if (stls_watch_.after_answer(from, as_text(bytes)))
        stls_alert("clear text after STLS", from, context);
}

// The response to CAPA is whole.
void Pop3Session::check_stls_offer(SessionContext &context) {
    if (!certainty_.is_certain()) return;
    const bool is_offered = body_ == Body::kListedStls;
    if (!is_offered && (phase_ != Phase::kAuthorization || is_decrypted_)) return;
    if (context.events.tells_stls_offers()) {
        Event &event = begin_event(POP3ANA_EVENT_STLS_OFFER, Side::kServer, context);
        event.stls_offered = is_offered ? 1 : 0;
        event.request_frame = pending().frame;
        event.reply_end = context.line_end;
        context.events.emit();
    }
    if (is_offered) {
        context.events.note_stls_offer();
        context.record->on_stls_offered();
    } else if (context.events.has_offered_stls() && stls_watch_.no_longer_offered()) {
        stls_alert(kStlsWithdrawn, Side::kServer, context);
    }
}

void Pop3Session::stls_alert(std::string_view text, Side from, SessionContext &context) {
    Event &event = begin_event(POP3ANA_EVENT_ALERT, from, context);
    event.alert = POP3ANA_ALERT_STLS;
    event.text = slice(text);
    if (open().has_pending()) event.request_frame = open().pending.frame;
    context.events.emit();
}

} // namespace pop3ana
