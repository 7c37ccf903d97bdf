// What a session does about gaps, and about what it must drop itself.
// SPDX-License-Identifier: GPL-2.0-or-later
#include "pop3/session.hpp"
#include "pop3ana/pop3ana.h"

#include <algorithm>

namespace pop3ana {

void Pop3Session::gap(Side from, std::uint64_t gap_bytes, bool is_wide, SessionContext &context) {
    if (tls_) {
        stls_watch_.on_gap(from);
        return;
    }
    context.record->on_gap(gap_bytes);
    loss(POP3ANA_ANOMALY_GAP, from, &Event::lost_bytes, gap_bytes, context);
    if (from == Side::kClient) {
        awaits_preface_ = false;
    } else {
        status_before_gap(context);
        if (tls_) return;
    }
    splitter(from).gap(context.pool);
    if (is_wide) { // The ports may serve another connection by now.
        phase_ = Phase::kUnknown;
        if (body_ != Body::kNone) leave_body(context);
        lose_sync(Side::kServer, context);
    }
    if (from == Side::kClient)
        certainty_.on_client_gap(gap_bytes != 0);
    else
        certainty_.on_server_gap(greeted_);
    lose_sync(from, context);
}

// K17: a status whose first word is there counts, whatever of its text is in the gap.
void Pop3Session::status_before_gap(SessionContext &context) {
    if (body_ != Body::kNone || sync_.in_doubt()) return;
    std::string_view line = splitter(Side::kServer).unfinished();
    const bool ok = line.starts_with("+OK ");
    if (!ok && !line.starts_with("-ERR ")) return;
    line.remove_suffix(line.size() - line.find_last_not_of('\r') - 1);
    sync_.on_server_line();
    context.line_end = 0;
    status(ok, split_words(line, context.scratch).argument, true, context);
}

void Pop3Session::gap_is_concurrent(Side from, SessionContext &context) {
    if (!tls_) lose_sync(from, context);
}

// There is a gap, or a line that made no sense after one, or a line that was dropped.
void Pop3Session::lose_sync(Side from, SessionContext &context) {
    const bool server = from == Side::kServer;
    certainty_.on_loss();
    if (server && body_ != Body::kNone) {
        if (open().commands() == 1) {
            cut_body_into_lines(context);
            return;
        }
        leave_body(context);
    }
    context.record->on_uncertainty();
    lose_phase();
    forget_login();
    sync_.lose(from, open().commands() != 0);
    if (server)
        give_up_replies(context);
    else if (open().pending.is_auth())
        pending().sasl.take_all_lines();
}

// So many commands, the newest, are not kept.
void Pop3Session::drop_newest(std::size_t commands, SessionContext &context) {
    loss(POP3ANA_ANOMALY_PENDING_OVERFLOW, Side::kClient, &Event::lost_commands, commands, context);
    lose_sync(Side::kClient, context);
}

void Pop3Session::drop_unfinished_line(Side from, SessionContext &context) {
    LineSplitter &lines = splitter(from);
    loss(POP3ANA_ANOMALY_LINE_TOO_LONG, from, &Event::lost_bytes, lines.unfinished().size(),
         context);
    lines.cut(context.pool);
    if (from == Side::kClient) {
        awaits_preface_ = false;
        certainty_.on_client_gap(true);
    } else {
        certainty_.on_server_gap(greeted_);
    }
    lose_sync(from, context);
}

void Pop3Session::give_way(SessionContext &context) {
    const std::uint64_t client = splitter(Side::kClient).cost();
    const std::uint64_t server = splitter(Side::kServer).cost();
    const std::uint64_t commands = exchange_ ? exchange_->cost() : 0;
    const std::uint64_t most = std::max({client, server, commands, cost_of_user()});
    if (most == client) {
        drop_unfinished_line(Side::kClient, context);
    } else if (most == server) {
        drop_unfinished_line(Side::kServer, context);
    } else if (most != commands) {
        forget_login();
    } else if (const std::size_t waiting = exchange_->waiting.size(); waiting != 0) {
        exchange_->waiting.clear(context.pool);
        drop_newest(waiting, context);
        if (exchange_ && !exchange_->has_pending()) empty_queue(context);
    } else {
        if (body_ != Body::kNone) leave_body(context);
        lose_sync(Side::kServer, context);
    }
}

void Pop3Session::give_up_replies(SessionContext &context) {
    greeted_ = true;
    if (const std::size_t commands = open().commands(); commands != 0)
        loss(POP3ANA_ANOMALY_REPLIES_LOST, Side::kServer, &Event::lost_commands, commands, context);
    empty_queue(context);
}

void Pop3Session::empty_queue(SessionContext &context) {
    if (exchange_) exchange_->waiting.clear(context.pool);
    context.exchanges.give_back(exchange_);
    certainty_.finish_command();
}

void Pop3Session::lose_phase() {
    if (phase_ != Phase::kTransaction && phase_ != Phase::kUpdate && phase_ != Phase::kFinished)
        phase_ = Phase::kUnknown;
}

void Pop3Session::forget_login() {
    forget_user();
    pass_rule_ = PassRule::kNeedsNoUser;
}

void Pop3Session::forget_user() {
    set_user({}, UserSource::kNone);
}

void Pop3Session::set_user(std::string_view user, UserSource source) {
    user_source_ = source;
    if (user.size() <= user_.capacity() && user_.capacity() == std::string{}.capacity()) {
        user_ = user;
    } else if (user != user_) {
        user_ = std::string{user}; // Without the room of a longer one.
    }
}

} // namespace pop3ana
