// Client lines: they join the queue, and the oldest becomes the pending command.
// SPDX-License-Identifier: GPL-2.0-or-later
#include "base/limits.hpp"
#include "pop3/plain_text.hpp"
#include "pop3/session.hpp"
#include "pop3ana/pop3ana.h"

namespace pop3ana {
namespace {

// RFC 1939 s.7: the name, then the digest.
std::string_view user_of_apop(std::string_view argument) {
    return argument.substr(0, end_of_word(argument));
}

std::uint32_t argument_offset(std::string_view line, std::string_view argument) {
    if (argument.empty()) return ClientLine::kNoArgument;
    const std::size_t offset = line.size() - argument.size();
    return line.data() + offset == argument.data() && offset < ClientLine::kSplitAgain
               ? static_cast<std::uint32_t>(offset)
               : ClientLine::kSplitAgain;
}

std::string_view argument_of(const ClientLine &line, std::string &scratch) {
    if (!line.has_argument()) return {};
    return line.argument_offset == ClientLine::kSplitAgain
               ? split_words(line.text, scratch).argument
               : line.text.substr(line.argument_offset);
}

} // namespace

void Pop3Session::client_line(const LineSplitter::Line &line, StreamPosition end,
                              SessionContext &context) {
    const LineWords words = split_words(line.text, context.scratch);
    const Command command = find_command(words.word, !words.argument.empty());
    const bool known = command != Command::kUnknown;
    certainty_.on_any_client_line();
    if (line.after_gap && !known) {
        lose_sync(Side::kClient, context);
        return;
    }
    if (exchange_ && pending().legality == Legality::kAccepted && pending().sasl.takes_line()) {
        certainty_.on_sasl_line();
        take_sasl_line(line.text, context);
        return;
    }
    if (open().pending.is_auth()) pending().sasl.on_line_behind();
    // The client goes on: the terminator was in the gap.
    if (body_ == Body::kAfterGap && open().commands() == 1) complete(context);
    bool may_be_point = certainty_.on_client_line();
    if (greeted_ && exchange_ && !exchange_->has_known_command() &&
        certainty_.has_passed_over(exchange_->newest_end)) {
        // The server has them, and goes on without an answer.
        empty_queue(context);
        certainty_.on_passed_over();
        may_be_point = false;
    }
    if ((sync_.commands_lost() && exchange_) || sync_.awaits_server()) return;
    if ((phase_ == Phase::kUnknown || sync_.in_doubt()) && !known) { // It may be a SASL line.
        lose_sync(Side::kClient, context);
        return;
    }
    queue_line(line, end, words, command, may_be_point, context);
}

void Pop3Session::queue_line(const LineSplitter::Line &line, StreamPosition end,
                             const LineWords &words, Command command, bool may_be_point,
                             SessionContext &context) {
    ClientLine queued{line.text, context.frame, context.ts_ns, static_cast<std::uint32_t>(end),
                      command};
    queued.argument_offset = argument_offset(line.text, words.argument);
    queued.is_plain = queued.is_known() && !line.after_bom && is_plain_text(line.text);
    const bool into_empty = !exchange_;
    const bool at_once = into_empty && greeted_;
    if (!at_once && !may_wait(line.text)) {
        drop_newest(1, context);
        return;
    }
    Exchange &exchange = opened(context);
    if (!at_once) exchange.waiting.push(queued, context.pool);
    certainty_.on_queued(queued, into_empty, may_be_point, greeted_);
    context.record->on_command();
    exchange.newest_end = queued.end;
    sync_.on_command();
    if (at_once) start_command(queued, words.argument, context);
}

bool Pop3Session::may_wait(std::string_view line) const {
    return open().commands() < kPendingCommands &&
           open().text_bytes() + line.size() <= kPendingBytes;
}

void Pop3Session::start_next_command(SessionContext &context) {
    CommandQueue &waiting = exchange_->waiting;
    const ClientLine next = waiting.take();
    start_command(next, argument_of(next, context.scratch), context);
    waiting.settle(context.pool);
}

// The command becomes the pending one.
void Pop3Session::start_command(const ClientLine &command, std::string_view argument,
                                SessionContext &context) {
    PendingCommand &pending = exchange_->pending;
    pending = kNoPending;
    exchange_->credentials.clear();
    pending.frame = command.frame;
    pending.ts_ns = command.ts_ns;
    pending.end = command.end;
    pending.text_bytes = static_cast<std::uint32_t>(command.text.size());
    pending.has_argument = command.has_argument();
    pending.command = command.command;
    certainty_.start_command(command.is_plain);
    if (pending.command == Command::kUnknown) {
        pending.legality = Legality::kUnknown;
        anomaly(POP3ANA_ANOMALY_UNKNOWN_COMMAND, Side::kClient, command.text, context);
        return;
    }
    const CommandRow &row = row_of(pending.command);
    const std::string_view reason = reason_to_refuse(row);
    if (!reason.empty()) {
        refuse(row, reason, argument, context);
        return;
    }
    accept(row, argument, context);
}

// Empty: the command is accepted.
std::string_view Pop3Session::reason_to_refuse(const CommandRow &row) const {
    if (phase_ == Phase::kUnknown) return {};
    if ((row.accepted_in & phase_bit(phase_)) == 0) return row.refused_text;
    if (row.command == Command::kPass && pass_rule_ == PassRule::kNeedsUser)
        return "pass must follow the command 'USER'";
    return {};
}

void Pop3Session::refuse(const CommandRow &row, std::string_view reason, std::string_view argument,
                         SessionContext &context) {
    pending().legality = row.ok_implies_login ? Legality::kOutOfState : Legality::kRefused;
    if (certainty_.is_certain()) unexpected(row.word, reason, Side::kClient, context);
    switch (row.command) {
    case Command::kUser: // Nobody can tell whose password would come now.
        forget_user();
        break;
    case Command::kPass: exchange_->credentials.password = argument; break;
    case Command::kApop: exchange_->credentials.user = user_of_apop(argument); break;
    default: break;
    }
}

void Pop3Session::accept(const CommandRow &row, std::string_view argument,
                         SessionContext &context) {
    pending().legality = Legality::kAccepted;
    if (row.command == Command::kUser)
        pass_rule_ = PassRule::kFollowsUser;
    else if (pass_rule_ == PassRule::kFollowsUser)
        pass_rule_ = PassRule::kNeedsUser;

    Event &event = begin_event(POP3ANA_EVENT_REQUEST, Side::kClient, context);
    event.ignorable_command = static_cast<std::uint8_t>(row.command);
    event.command = slice(row.word);
    event.text = slice(argument);
    event.request_frame = pending().frame;
    switch (row.command) {
    case Command::kUser:
        context.record->on_login_begins(pending().ts_ns);
        set_user(argument, UserSource::kUser);
        break;
    case Command::kPass:
        context.record->on_pass(pending().ts_ns);
        event.secret_offset = 0;
        exchange_->credentials.password = argument;
        break;
    case Command::kXclient: exchange_->told_client = client_of_xclient(argument); break;
    case Command::kApop:
        context.record->on_login_begins(pending().ts_ns);
        event.secret_offset = end_of_word(argument) + 1;
        set_user(user_of_apop(argument), UserSource::kApop);
        pending().has_digest = end_of_word(argument) != argument.size();
        break;
    case Command::kAuth:
        context.record->on_login_begins(pending().ts_ns);
        event.secret_offset = end_of_word(argument) + 1;
        break;
    default: break;
    }
    context.events.emit();
    if (row.command == Command::kAuth) begin_sasl(argument, context);
}

} // namespace pop3ana
