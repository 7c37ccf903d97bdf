// SPDX-License-Identifier: GPL-2.0-or-later
#include "pop3/session.hpp"

#include "pop3/preface.hpp"
#include "pop3ana/pop3ana.h"

#include <algorithm>
#include <utility>

namespace pop3ana {

const Exchange Pop3Session::nothing_open;

Pop3Session::Pop3Session(bool midstream, bool is_decrypted)
    : splitters_{LineSplitter{midstream}, LineSplitter{midstream}}, certainty_(midstream),
      phase_(midstream ? Phase::kUnknown : Phase::kStart), awaits_preface_(!midstream),
      greeted_(midstream), is_decrypted_(is_decrypted), sync_(midstream) {}

void Pop3Session::bytes(Side from, const Delivery &delivery, SessionContext &context) {
    if (tls_) {
        tls_bytes(from, delivery.bytes, context);
        return;
    }
    if (from == Side::kServer) {
        certainty_.on_server_acknowledges(delivery);
        // The server answers what was no preface yet.
        if (awaits_preface_ && certainty_.server_may_have_heard()) give_up_preface(context);
        certainty_.on_server_speaks();
        cut_into_lines(from, delivery.bytes, delivery.position, context);
    } else {
        certainty_.on_client_bytes(delivery);
        if (awaits_preface_ && strip_preface(delivery, context)) return;
        cut_into_lines(from, delivery.bytes, delivery.position, context);
        if (open().pending.command == Command::kStls) bytes_before_tls(delivery, context);
    }
}

void Pop3Session::cut_into_lines(Side from, Bytes bytes, StreamPosition position,
                                 SessionContext &context) {
    LineSplitter &lines = splitter(from);
    Chunk chunk{bytes};
    while (!chunk.empty() && !tls_) {
        // The line after a gap is looked at even inside a body: see lose_sync().
        if (from == Side::kServer && body_ == Body::kSearched && !lines.after_gap()) {
            if (sync_.awaits_server() && chunk.has_line_end()) sync_.on_server_line();
            if (lines.find_terminator(chunk, context.record->body)) complete(context);
        } else if (const auto next = lines.next_line(chunk, context.pool)) {
            line(from, *next, position + chunk.consumed(), context);
        }
    }
    if (tls_) tls_bytes(from, skip(bytes, chunk.consumed()), context);
}

void Pop3Session::end(Side from, SessionContext &context) {
    if (tls_) return;
    if (from == Side::kClient && awaits_preface_) give_up_preface(context);
    LineSplitter &lines = splitter(from);
    if (from == Side::kServer && body_ != Body::kNone && lines.terminator_unfinished()) {
        complete(context);
    } else if (const auto last = lines.last_line(context.pool)) {
        // Where the server's ends nobody has kept; nothing but its name depends on it.
        line(from, *last, from == Side::kClient ? certainty_.client_end() : 0, context);
    }
}

void Pop3Session::line(Side from, const LineSplitter::Line &line, StreamPosition end,
                       SessionContext &context) {
    if (line.dropped_bytes != 0 && (from == Side::kClient || body_ == Body::kNone))
        loss(POP3ANA_ANOMALY_LINE_TOO_LONG, from, &Event::lost_bytes, line.dropped_bytes, context);
    if (from == Side::kClient) {
        client_line(line, end, context);
    } else {
        context.line_end = static_cast<std::uint32_t>(end);
        server_line(line, context);
    }
}

// ---------------------------------------------------------------- preface

// Takes a preface off the client's first bytes (K15). False: `delivery` is to be cut into lines.
bool Pop3Session::strip_preface(const Delivery &delivery, SessionContext &context) {
    LineSplitter &lines = splitter(Side::kClient);
    const std::string_view bytes = as_text(delivery.bytes);
    if (lines.unfinished().empty() && find_preface(bytes).state == Preface::State::kNone) {
        awaits_preface_ = false;
        return false;
    }
    lines.hold(bytes, context.pool);
    const Preface preface = find_preface(lines.unfinished());
    if (preface.state == Preface::State::kUnfinished) return true;
    awaits_preface_ = false;
    const std::string start = lines.take_held(context.pool);
    const StreamPosition position = delivery.position + delivery.bytes.size() - start.size();
    const std::size_t stripped = preface.state == Preface::State::kWhole ? preface.bytes : 0;
    if (stripped != 0) {
        lines.leave_start();
        certainty_.on_preface();
        tell_client(client_of_preface(std::string_view{start}.substr(0, stripped)), context);
    }
    cut_into_lines(Side::kClient, skip(as_bytes(start), stripped), position + stripped, context);
    return true;
}

// What came of one is no preface.
void Pop3Session::give_up_preface(SessionContext &context) {
    LineSplitter &lines = splitter(Side::kClient);
    if (lines.unfinished().empty()) return;
    awaits_preface_ = false;
    const std::string start = lines.take_held(context.pool);
    cut_into_lines(Side::kClient, as_bytes(start), certainty_.first_client_byte(), context);
}

// A proxy may have told whom it speaks for.
void Pop3Session::tell_client(const std::optional<ToldClient> &client, SessionContext &context) {
    if (!client) return;
    context.record->on_client_told(*client);
    Event &event = begin_event(POP3ANA_EVENT_PROXIED, Side::kClient, context);
    event.told_family = client->address.family;
    std::copy(client->address.bytes.begin(), client->address.bytes.end(), event.told_address);
    event.told_port = client->port;
    event.told_by = client->told_by;
    if (open().has_pending()) event.request_frame = open().pending.frame;
    context.events.emit();
}

// ---------------------------------------------------------------- events

Event &Pop3Session::begin_event(std::uint32_t type, Side from, SessionContext &context) {
    Event &event = context.events.begin(type, from);
    event.phase = static_cast<std::uint32_t>(phase_);
    return event;
}

Event &Pop3Session::begin_anomaly(std::uint32_t kind, Side from, SessionContext &context) {
    Event &event = begin_event(POP3ANA_EVENT_ANOMALY, from, context);
    event.anomaly = kind;
    return event;
}

void Pop3Session::anomaly(std::uint32_t kind, Side from, std::string_view text,
                          SessionContext &context) {
    Event &event = begin_anomaly(kind, from, context);
    event.text = slice(text);
    // What made no sense may be a mistyped PASS, a SASL line out of place, mail after lost packets.
    event.secret_offset = 0;
    context.events.emit();
}

void Pop3Session::loss(std::uint32_t kind, Side from, std::uint64_t Event::*lost,
                       std::uint64_t number, SessionContext &context) {
    begin_anomaly(kind, from, context).*lost = number;
    context.events.emit();
}

void Pop3Session::unexpected(std::string_view word, std::string_view detail, Side from,
                             SessionContext &context, std::size_t secret_offset) {
    Event &event = begin_event(POP3ANA_EVENT_UNEXPECTED, from, context);
    event.command = slice(word);
    event.text = slice(detail);
    event.secret_offset = secret_offset;
    event.request_frame = pending().frame;
    context.events.emit();
}

// ---------------------------------------------------------------- memory

Exchange &Pop3Session::opened(SessionContext &context) {
    if (!exchange_) exchange_ = context.exchanges.take();
    return *exchange_;
}

void Pop3Session::continue_decrypted(SessionContext &context) {
    // STLS is for AUTHORIZATION alone, and does not leave it.
    const Phase phase = phase_ == Phase::kUnknown ? Phase::kAuthorization : phase_;
    release(context);
    *this = Pop3Session{/*midstream=*/false, /*is_decrypted=*/true};
    phase_ = phase;
    greeted_ = true;
    awaits_preface_ = false;
}

void Pop3Session::release(SessionContext &context) {
    for (LineSplitter &lines : splitters_)
        lines.release(context.pool);
    empty_queue(context);
    forget_user();
}

} // namespace pop3ana
