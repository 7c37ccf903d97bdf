// Multi-line responses (RFC 1939 s.3), and the end of the pending command.
// SPDX-License-Identifier: GPL-2.0-or-later
#include "pop3/session.hpp"

namespace pop3ana {

bool Pop3Session::starts_multi_line(bool ok) const {
    const bool acts = pending().legality == Legality::kAccepted ||
                      (pending().legality == Legality::kOutOfState && certainty_.is_certain());
    return ok && acts && pending().may_open();
}

void Pop3Session::begin_body(SessionContext &context) {
    if (pending().command == Command::kCapa) {
        body_ = Body::kCapabilities;
    } else {
        body_ = Body::kSearched;
        splitter(Side::kServer).begin_search();
        context.record->body = {};
    }
}

void Pop3Session::cut_body_into_lines(SessionContext &context) {
    if (body_ == Body::kSearched) splitter(Side::kServer).end_search(context.pool);
    body_ = Body::kAfterGap;
}

void Pop3Session::leave_body(SessionContext &context) {
    cut_body_into_lines(context);
    body_ = Body::kNone;
}

// The pending command has its final reply, of which a body is the end.
void Pop3Session::complete(SessionContext &context) {
    if (body_ == Body::kListed || body_ == Body::kListedStls) certainty_.on_capabilities();
    if (lists_capabilities()) check_stls_offer(context);
    if (body_ == Body::kSearched && pending().command == Command::kRetr) context.record->on_retr();
    if (body_ == Body::kSearched && pending().command == Command::kTop) context.record->on_top();
    body_ = Body::kNone;
    certainty_.finish_command();
    if (!exchange_->waiting.empty()) {
        start_next_command(context);
        return;
    }
    context.exchanges.give_back(exchange_);
    sync_.on_last_reply();
}

void Pop3Session::body_line(std::string_view line, SessionContext &context) {
    if (line == ".") {
        complete(context);
    } else if (body_ == Body::kCapabilities || body_ == Body::kListed) {
        const std::string_view word = split_words(line, context.scratch).word;
        const WordKind kind = classify_word(word);
        if (find_command(word, false) == Command::kStls)
            body_ = Body::kListedStls;
        else if (kind != WordKind::kOk && kind != WordKind::kErr)
            body_ = Body::kListed;
    }
}

} // namespace pop3ana
