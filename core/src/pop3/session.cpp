// SPDX-License-Identifier: GPL-2.0-or-later
#include "pop3/session.hpp"

#include "base/limits.hpp"
#include "pop3/preface.hpp"
#include "pop3ana/pop3ana.h"

#include <algorithm>
#include <utility>

namespace pop3ana {
namespace {

// How the detail of an AUTH with a mechanism that is not decoded begins; the argument follows.
constexpr std::string_view kUnknownMechanism = "unknown AUTH method ";

// RFC 5034 s.4.
bool is_challenge(std::string_view line) {
    return line == "+" || line.starts_with("+ ");
}

// The first blank or TAB from `start` on; text.size() when there is none.
std::size_t end_of_word(std::string_view text, std::size_t start = 0) {
    while (start < text.size() && text[start] != ' ' && text[start] != '\t')
        ++start;
    return start;
}

// RFC 1939 s.7: the name, then the digest.
std::string_view user_of_apop(std::string_view argument) {
    return argument.substr(0, end_of_word(argument));
}

std::uint8_t argument_offset(std::string_view line, std::string_view argument) {
    if (argument.empty()) return ClientLine::kNoArgument;
    const std::size_t offset = line.size() - argument.size();
    return line.data() + offset == argument.data() && offset < ClientLine::kSplitAgain
               ? static_cast<std::uint8_t>(offset)
               : ClientLine::kSplitAgain;
}

std::string_view argument_of(const ClientLine &line, std::string &scratch) {
    if (!line.has_argument()) return {};
    return line.argument_offset == ClientLine::kSplitAgain
               ? split_words(line.text, scratch).argument
               : line.text.substr(line.argument_offset);
}

} // namespace

const Exchange Pop3Session::nothing_open_;

Pop3Session::Pop3Session(bool midstream)
    : splitters_{LineSplitter{midstream}, LineSplitter{midstream}}, certainty_(midstream),
      phase_(midstream ? Phase::kUnknown : Phase::kStart), awaits_preface_(!midstream),
      greeted_(midstream), in_doubt_(midstream) {}

void Pop3Session::bytes(Side from, const Delivery &delivery, SessionContext &context) {
    if (tls_) return;
    if (from == Side::kResponder) {
        certainty_.on_server_acknowledges(delivery);
        // The server answers what was no preface yet.
        if (awaits_preface_ && certainty_.server_may_have_heard()) give_up_preface(context);
        certainty_.on_server_speaks();
    } else {
        certainty_.on_client_bytes(delivery);
        if (awaits_preface_ && strip_preface(delivery, context)) return;
    }
    cut_into_lines(from, delivery.bytes, delivery.position, context);
}

void Pop3Session::cut_into_lines(Side from, Bytes bytes, StreamPosition position,
                                 SessionContext &context) {
    LineSplitter &lines = splitter(from);
    Chunk chunk{bytes};
    while (!chunk.empty() && !tls_) {
        // The line after a gap is looked at even inside a body: see lost().
        if (from == Side::kResponder && in_body_ && !body_by_lines_ && !lines.after_gap()) {
            if (awaits_server_ && chunk.has_line_end()) awaits_server_ = false;
            if (lines.find_terminator(chunk)) {
                in_body_ = false;
                complete(context);
            }
        } else if (const auto next = lines.next_line(chunk, context.pool)) {
            line(from, *next, position + chunk.consumed(), context);
        }
    }
}

void Pop3Session::end(Side from, SessionContext &context) {
    if (tls_) return;
    if (from == Side::kOriginator && awaits_preface_) give_up_preface(context);
    LineSplitter &lines = splitter(from);
    if (from == Side::kResponder && in_body_ && lines.terminator_unfinished()) {
        in_body_ = false;
        complete(context);
    } else if (const auto last = lines.last_line(context.pool)) {
        line(from, *last, certainty_.client_end(), context);
    }
}

void Pop3Session::line(Side from, const LineSplitter::Line &line, StreamPosition end,
                       SessionContext &context) {
    if (line.dropped_bytes != 0 && (from == Side::kOriginator || !in_body_))
        bytes_lost(POP3ANA_ANOMALY_LINE_TOO_LONG, from, line.dropped_bytes, context);
    if (from == Side::kOriginator)
        client_line(line, end, context);
    else
        server_line(line, context);
}

// ---------------------------------------------------------------- preface

// Takes a preface off the client's first bytes (K15). False: `delivery` is to be cut into lines.
bool Pop3Session::strip_preface(const Delivery &delivery, SessionContext &context) {
    LineSplitter &lines = splitter(Side::kOriginator);
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
    }
    cut_into_lines(Side::kOriginator, skip(as_bytes(start), stripped), position + stripped,
                   context);
    return true;
}

// What came of one is no preface.
void Pop3Session::give_up_preface(SessionContext &context) {
    LineSplitter &lines = splitter(Side::kOriginator);
    if (lines.unfinished().empty()) return;
    awaits_preface_ = false;
    const std::string start = lines.take_held(context.pool);
    cut_into_lines(Side::kOriginator, as_bytes(start), certainty_.first_client_byte(), context);
}

// ---------------------------------------------------------------- client lines

void Pop3Session::client_line(const LineSplitter::Line &line, StreamPosition end,
                              SessionContext &context) {
    const LineWords words = split_words(line.text, context.scratch);
    const Command command = find_command(words.word, !words.argument.empty());
    const bool known = command != Command::kUnknown;
    certainty_.on_any_client_line();
    if (line.after_gap && !known) {
        lost(Side::kOriginator, context);
        return;
    }
    if (open().pending.verdict == Verdict::kAccepted && open().pending.sasl.takes_line()) {
        certainty_.on_sasl_line();
        take_sasl_line(line.text, context);
        return;
    }
    if (in_body_ && body_gap_ && open().commands() == 1) { // The terminator was lost.
        leave_body(context);
        complete(context);
    }
    bool may_be_point = certainty_.on_client_line();
    if (greeted_ && open().commands() != 0 && !open().has_known_command() &&
        certainty_.has_passed_over(open().newest_end)) {
        // The server has them, and goes on without an answer.
        empty_queue(context);
        certainty_.on_passed_over();
        may_be_point = false;
    }
    if ((commands_lost_ && open().commands() != 0) || awaits_server_) return;
    if ((phase_ == Phase::kUnknown || in_doubt_) && !known) { // It may be a SASL line.
        lost(Side::kOriginator, context);
        return;
    }
    queue_line(line, end, words, command, may_be_point, context);
}

void Pop3Session::queue_line(const LineSplitter::Line &line, StreamPosition end,
                             const LineWords &words, Command command, bool may_be_point,
                             SessionContext &context) {
    ClientLine queued{line.text, context.frame, static_cast<std::uint32_t>(end), command};
    queued.argument_offset = argument_offset(line.text, words.argument);
    queued.is_plain = queued.is_known() && !line.after_bom && is_plain_text(line.text);
    const bool into_empty = open().commands() == 0;
    const bool at_once = into_empty && greeted_;
    if (!at_once && !may_wait(line.text)) {
        drop_newest(1, context);
        return;
    }
    if (!at_once) opened(context).waiting.push(queued, context.pool);
    certainty_.on_queued(queued, into_empty, may_be_point, greeted_);
    opened(context).newest_end = queued.end;
    in_doubt_ = false;
    if (at_once) process(queued, words.argument, context);
}

bool Pop3Session::may_wait(std::string_view line) const {
    return open().commands() < kPendingCommands &&
           open().text_bytes() + line.size() <= kPendingBytes;
}

void Pop3Session::process_next(SessionContext &context) {
    CommandQueue &waiting = exchange_->waiting;
    const ClientLine next = waiting.take();
    process(next, argument_of(next, context.scratch), context);
    waiting.settle(context.pool);
}

// The command becomes the pending one.
void Pop3Session::process(const ClientLine &command, std::string_view argument,
                          SessionContext &context) {
    PendingCommand &pending = opened(context).pending;
    pending = kNoPending;
    exchange_->credentials.user.clear();
    exchange_->credentials.password.clear();
    pending.frame = command.frame;
    pending.end = command.end;
    pending.text_bytes = static_cast<std::uint32_t>(command.text.size());
    pending.has_argument = command.has_argument();
    pending.command = command.command;
    certainty_.start_command(command.is_plain);
    if (pending.command == Command::kUnknown) {
        pending.verdict = Verdict::kUnknown;
        anomaly(POP3ANA_ANOMALY_UNKNOWN_COMMAND, Side::kOriginator, command.text, context);
        return;
    }
    const CommandRow &row = row_of(pending.command);
    const std::string_view reason = reason_to_refuse(row);
    if (!reason.empty()) {
        refuse(row, reason, argument, context);
        return;
    }
    accept(row, argument, context);
    if (pending.command == Command::kAuth) begin_sasl(argument, context);
}

// Empty: the command is accepted.
std::string_view Pop3Session::reason_to_refuse(const CommandRow &row) const {
    if (phase_ == Phase::kUnknown) return {};
    if ((row.accepted_in & phase_bit(phase_)) == 0) return row.refused_text;
    if (row.command == Command::kPass && !pass_follows_user())
        return "pass must follow the command 'USER'";
    return {};
}

// RFC 1939 s.7: PASS comes right after a USER that succeeded. Unknown and refused commands in
// between do not matter (K2).
bool Pop3Session::pass_follows_user() const {
    return user_accepted_ || pass_needs_no_user_;
}

void Pop3Session::refuse(const CommandRow &row, std::string_view reason, std::string_view argument,
                         SessionContext &context) {
    pending().verdict = row.guess ? Verdict::kRefusedWithGuess : Verdict::kRefused;
    if (certainty_.is_certain()) unexpected(row.word, reason, Side::kOriginator, context);
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
    pending().verdict = Verdict::kAccepted;
    user_accepted_ = row.command == Command::kUser;

    Event &event = begin_event(POP3ANA_EVENT_REQUEST, Side::kOriginator, context);
    event.ignorable_command = static_cast<std::uint8_t>(row.command);
    event.command = slice(row.word);
    event.text = slice(argument);
    event.request_frame = pending().frame;
    switch (row.command) {
    case Command::kPass: event.secret_offset = 0; break;
    case Command::kApop:
    case Command::kAuth: event.secret_offset = end_of_word(argument) + 1; break;
    default: break;
    }
    context.events.emit();

    switch (row.command) {
    case Command::kUser:
        set_user(argument, UserSource::kUser);
        pass_needs_no_user_ = false;
        break;
    case Command::kPass: exchange_->credentials.password = argument; break;
    case Command::kApop: set_user(user_of_apop(argument), UserSource::kApop); break;
    default: break;
    }
}

// ---------------------------------------------------------------- SASL

void Pop3Session::begin_sasl(std::string_view argument, SessionContext &context) {
    set_user({}, UserSource::kAuth);
    const std::size_t blank = argument.find(' ');
    const SaslMechanism mechanism = find_mechanism(argument.substr(0, blank));
    pending().sasl = SaslExchange{mechanism};
    if (mechanism == SaslMechanism::kOther && certainty_.is_certain()) {
        const std::string detail = std::string{kUnknownMechanism}.append(argument);
        unexpected("AUTH", detail, Side::kOriginator, context,
                   end_of_word(detail, kUnknownMechanism.size()) + 1);
    }
    if (blank != std::string_view::npos) {
        const std::string_view rest = argument.substr(blank + 1);
        const std::string_view initial_response = rest.substr(0, rest.find(' '));
        pending().sasl.initial_response();
        take_sasl_line(initial_response == "=" ? std::string_view{} : initial_response, context);
    }
    take_waiting_sasl_lines(context);
}

void Pop3Session::take_sasl_line(std::string_view line, SessionContext &context) {
    const auto result = pending().sasl.take_line(line, exchange_->credentials);
    set_user(exchange_->credentials.user, UserSource::kAuth);
    switch (result) {
    case SaslExchange::Result::kFine: break;
    case SaslExchange::Result::kBadBase64:
        anomaly(POP3ANA_ANOMALY_BAD_BASE64, Side::kOriginator, line, context);
        break;
    case SaslExchange::Result::kMalformed:
        anomaly(POP3ANA_ANOMALY_MALFORMED_SASL, Side::kOriginator, line, context);
        break;
    }
}

void Pop3Session::take_waiting_sasl_lines(SessionContext &context) {
    CommandQueue &waiting = exchange_->waiting;
    while (pending().sasl.takes_line() && !waiting.empty())
        take_sasl_line(waiting.take().text, context);
}

// ---------------------------------------------------------------- server lines

void Pop3Session::server_line(const LineSplitter::Line &line, SessionContext &context) {
    awaits_server_ = false;
    const std::string_view text = line.text;
    if (in_body_ && !line.after_gap) {
        body_line(text, context);
        return;
    }
    const LineWords words = split_words(text, context.scratch);
    const WordKind kind = classify_word(words.word);
    const bool is_status = kind == WordKind::kOk || kind == WordKind::kErr;
    if (in_doubt_ && !in_body_) {
        if (is_status) {
            greeted_ = true; // The greeting answers no command, seen or not.
            certainty_.note_status();
        }
        certainty_.on_doubtful_line(line.after_gap && kind == WordKind::kOk &&
                                    text.starts_with("+OK"));
        return;
    }
    if (line.after_gap) {
        const bool status_with_sign =
            is_status && (text.starts_with("+OK") || text.starts_with("-ERR"));
        if (!status_with_sign && !is_challenge(text)) {
            lost(Side::kResponder, context);
            return;
        }
    }
    if (in_body_)
        body_line(text, context);
    else if (is_status)
        status(kind == WordKind::kOk, words.argument, false, context);
    else
        no_status(line, kind, context);
}

void Pop3Session::body_line(std::string_view line, SessionContext &context) {
    if (line == ".") {
        in_body_ = false;
        complete(context);
    } else if (pending().command == Command::kCapa && !body_has_text_) {
        const WordKind kind = classify_word(split_words(line, context.scratch).word);
        body_has_text_ = kind != WordKind::kOk && kind != WordKind::kErr;
    }
}

void Pop3Session::no_status(const LineSplitter::Line &line, WordKind kind,
                            SessionContext &context) {
    const bool auth = open().pending.is_auth();
    if (auth && is_challenge(line.text) && pending().sasl.challenge()) {
        take_waiting_sasl_lines(context);
        exchange_->waiting.settle(context.pool);
    }
    if (kind == WordKind::kCommand)
        anomaly(POP3ANA_ANOMALY_COMMAND_FROM_SERVER, Side::kResponder, line.text, context);
    else if (!auth)
        anomaly(POP3ANA_ANOMALY_UNKNOWN_REPLY, Side::kResponder, line.text, context);
    if (auth || !greeted_ || (line.text.empty() && !line.is_remainder)) return;
    // It may be the inside of a body (K16).
    if (open().has_pending() && !certainty_.began_certain()) {
        lost(Side::kResponder, context);
    } else {
        if (!open().has_pending()) in_doubt_ = true;
        certainty_.end_certainty();
    }
}

// `is_cut`: the rest of the line was not captured.
void Pop3Session::status(bool ok, std::string_view message, bool is_cut, SessionContext &context) {
    const bool greeting = !greeted_;
    const bool answers = answers_pending(greeting);
    if (greeting) {
        greeted_ = true;
        if (ok && phase_ == Phase::kStart) phase_ = Phase::kAuthorization;
    }
    if (answers) {
        if (pending().command == Command::kUser && ok) certainty_.on_user_accepted();
        if (pending().verdict == Verdict::kAccepted) {
            if (pending().sasl.has_unasked_lines()) certainty_.on_unasked_lines();
            if (ok && pending().command == Command::kStls) {
                begin_tls(context);
                return;
            }
            act_on_accepted(ok, context);
        } else {
            act_on_refused(ok, context);
        }
    }
    const bool opens = answers && starts_multi_line(ok);

    Event &event = begin_event(POP3ANA_EVENT_REPLY, Side::kResponder, context);
    event.status = ok ? POP3ANA_STATUS_OK : POP3ANA_STATUS_ERR;
    event.text = slice(message);
    event.truncated = is_cut ? 1 : 0;
    if (answers) {
        const PendingCommand &answered = pending();
        event.request_frame = answered.frame;
        if (answered.verdict == Verdict::kAccepted)
            event.ignorable_command = static_cast<std::uint8_t>(answered.command);
        if (answered.command != Command::kUnknown)
            event.command = slice(row_of(answered.command).word);
    }
    context.events.emit();

    if (greeting) {
        if (!open().waiting.empty()) process_next(context);
    } else if (opens) {
        begin_body();
    } else if (answers) {
        const bool uncertain = !certainty_.is_certain();
        complete(context);
        // What follows may be the body that this status opened.
        if (ok && uncertain && open().may_open_body()) lost(Side::kResponder, context);
    }
}

// Whether a status answers the pending command.
bool Pop3Session::answers_pending(bool greeting) {
    if (greeting) {
        certainty_.note_status();
        return false;
    }
    if (open().has_pending()) return certainty_.on_status(pending().end);
    certainty_.on_stray_status();
    return false;
}

void Pop3Session::act_on_accepted(bool ok, SessionContext &context) {
    const ReplyEffect effect = row_of(pending().command).effect;
    const bool is_user = effect == ReplyEffect::kUser;
    const bool is_login = effect == ReplyEffect::kLogin;
    const bool is_unknown = phase_ == Phase::kUnknown;
    if (is_unknown && !ok && (is_user || is_login)) {
        if (is_user) forget_login();
        return;
    }
    const bool gives_login = is_login || (is_user && !ok);
    if (!certainty_.is_certain() || (gives_login && certainty_.replies_may_lag())) {
        const bool acts = is_login || effect == ReplyEffect::kQuit ||
                          (is_user && (!ok || is_unknown)) ||
                          (effect == ReplyEffect::kInTransaction && ok && is_unknown);
        if (acts) act_uncertain(is_login || !ok, context);
        return;
    }
    switch (effect) {
    case ReplyEffect::kUser:
        if (!ok) {
            phase_ = Phase::kAuthorization;
            login_result(false, user_, context);
            forget_user();
            user_accepted_ = false;
        } else if (is_unknown && !commands_lost_) { // PASS may be among them.
            phase_ = Phase::kAuthorization;
        }
        break;
    case ReplyEffect::kLogin:
        phase_ = ok ? Phase::kTransaction : Phase::kAuthorization;
        login_result(ok, user_, context);
        break;
    case ReplyEffect::kInTransaction:
        if (ok && is_unknown) phase_ = Phase::kTransaction;
        break;
    case ReplyEffect::kQuit: // RFC 1939 s.5, s.6: UPDATE only from TRANSACTION.
        phase_ =
            ok && (phase_ == Phase::kTransaction || is_unknown) ? Phase::kUpdate : Phase::kFinished;
        break;
    case ReplyEffect::kStartTls:
    case ReplyEffect::kNone: break;
    }
}

// Of what was refused only success says something.
void Pop3Session::act_on_refused(bool ok, SessionContext &context) {
    if (!ok) return;
    const bool is_pass = pending().command == Command::kPass;
    const bool is_apop = pending().command == Command::kApop;
    const bool has_guess = pending().verdict == Verdict::kRefusedWithGuess;
    if (!has_guess && !(pending().verdict == Verdict::kRefused && (is_pass || is_apop))) return;
    if (!certainty_.is_certain() || (!has_guess && certainty_.replies_may_lag())) {
        act_uncertain(!has_guess, context);
        return;
    }
    phase_ = Phase::kTransaction;
    if (has_guess) {
        unexpected("OK", "no auth required -> state changed to 'transaction'", Side::kResponder,
                   context);
        return;
    }
    // K23: it was a login all the same.
    if (is_apop) user_source_ = UserSource::kApop;
    login_result(true, is_apop ? exchange_->credentials.user : user_, context);
}

// A status acts, but on which command is not certain.
void Pop3Session::act_uncertain(bool is_login, SessionContext &context) {
    if (is_login && !user_.empty() && !commands_lost_)
        anomaly(POP3ANA_ANOMALY_UNCERTAIN, Side::kResponder, {}, context);
    lose_phase();
    forget_login();
}

void Pop3Session::login_result(bool ok, std::string_view user, SessionContext &context) {
    const bool is_hidden = user.empty() && pending().sasl.may_hide_user();
    if ((user.empty() && !is_hidden) || commands_lost_) return;
    if (pending().command == Command::kPass && user_source_ != UserSource::kUser) return;
    Event &event = begin_event(ok ? POP3ANA_EVENT_LOGIN_SUCCESS : POP3ANA_EVENT_LOGIN_FAILURE,
                               Side::kResponder, context);
    event.command = slice(row_of(pending().command).word);
    event.user = slice(user);
    event.password = slice(exchange_->credentials.password);
    event.request_frame = pending().frame;
    context.events.emit();
}

bool Pop3Session::starts_multi_line(bool ok) const {
    const bool acts = pending().verdict == Verdict::kAccepted ||
                      (pending().verdict == Verdict::kRefusedWithGuess && certainty_.is_certain());
    return ok && acts && pending().may_open();
}

void Pop3Session::begin_body() {
    in_body_ = true;
    body_gap_ = body_has_text_ = false;
    body_by_lines_ = pending().command == Command::kCapa; // Its lines prove something.
    if (!body_by_lines_) splitter(Side::kResponder).begin_search();
}

void Pop3Session::read_body_by_lines(SessionContext &context) {
    if (!body_by_lines_) splitter(Side::kResponder).end_search(context.pool);
    body_by_lines_ = true;
}

void Pop3Session::leave_body(SessionContext &context) {
    read_body_by_lines(context);
    in_body_ = body_has_text_ = false;
}

// The pending command has its final reply.
void Pop3Session::complete(SessionContext &context) {
    if (body_has_text_ && !body_gap_ && pending().command == Command::kCapa)
        certainty_.on_capabilities();
    body_gap_ = body_has_text_ = false;
    certainty_.finish_command();
    if (!exchange_->waiting.empty()) {
        process_next(context);
        return;
    }
    context.exchanges.give_back(exchange_);
    if (commands_lost_) {
        commands_lost_ = false;
        in_doubt_ = true;
    }
}

void Pop3Session::begin_tls(SessionContext &context) {
    tls_ = true;
    Event &event = begin_event(POP3ANA_EVENT_TERMINATED, Side::kResponder, context);
    event.command = slice(row_of(pending().command).word);
    event.request_frame = pending().frame;
    context.events.emit();
    release(context);
}

// ---------------------------------------------------------------- loss

void Pop3Session::gap(Side from, std::uint64_t missing_bytes, bool is_wide,
                      SessionContext &context) {
    if (tls_) return;
    bytes_lost(POP3ANA_ANOMALY_GAP, from, missing_bytes, context);
    if (from == Side::kOriginator) {
        awaits_preface_ = false;
    } else {
        status_before_gap(context);
        if (tls_) return;
    }
    splitter(from).gap(context.pool);
    if (is_wide) { // The ports may serve another connection by now.
        phase_ = Phase::kUnknown;
        if (in_body_) leave_body(context);
        lost(Side::kResponder, context);
    }
    if (from == Side::kOriginator)
        certainty_.on_client_gap(missing_bytes != 0);
    else
        certainty_.on_server_gap(greeted_);
    lost(from, context);
}

// K17: a status whose first word is there counts, whatever is missing of its text.
void Pop3Session::status_before_gap(SessionContext &context) {
    if (in_body_ || in_doubt_) return;
    std::string_view line = splitter(Side::kResponder).unfinished();
    const bool ok = line.starts_with("+OK ");
    if (!ok && !line.starts_with("-ERR ")) return;
    line.remove_suffix(line.size() - line.find_last_not_of('\r') - 1);
    awaits_server_ = false;
    status(ok, split_words(line, context.scratch).argument, true, context);
}

void Pop3Session::gap_goes_on(Side from, SessionContext &context) {
    if (!tls_) lost(from, context);
}

// Bytes, or a line that made no sense after missing bytes, are lost.
void Pop3Session::lost(Side from, SessionContext &context) {
    const bool server = from == Side::kResponder;
    certainty_.on_loss();
    if (server && in_body_) {
        if (open().commands() == 1) {
            read_body_by_lines(context);
            body_gap_ = true;
            return;
        }
        leave_body(context);
    }
    lose_phase();
    forget_login();
    awaits_server_ = !server;
    commands_lost_ = !server && open().commands() != 0;
    in_doubt_ = !commands_lost_;
    if (server)
        give_up_replies(context);
    else if (open().pending.is_auth())
        pending().sasl.take_all_lines();
}

// So many commands, the newest, are not kept.
void Pop3Session::drop_newest(std::size_t commands, SessionContext &context) {
    commands_lost(POP3ANA_ANOMALY_PENDING_OVERFLOW, Side::kOriginator, commands, context);
    lost(Side::kOriginator, context);
}

void Pop3Session::drop_unfinished_line(Side from, SessionContext &context) {
    LineSplitter &lines = splitter(from);
    bytes_lost(POP3ANA_ANOMALY_LINE_TOO_LONG, from, lines.unfinished().size(), context);
    lines.cut(context.pool);
    if (from == Side::kOriginator) {
        awaits_preface_ = false;
        certainty_.on_client_gap(true);
    } else {
        certainty_.on_server_gap(greeted_);
    }
    lost(from, context);
}

void Pop3Session::give_way(SessionContext &context) {
    const std::uint64_t client = splitter(Side::kOriginator).cost();
    const std::uint64_t server = splitter(Side::kResponder).cost();
    const std::uint64_t commands = exchange_ ? exchange_->cost() : 0;
    const std::uint64_t most = std::max({client, server, commands, cost_of_user()});
    if (most == client) {
        drop_unfinished_line(Side::kOriginator, context);
    } else if (most == server) {
        drop_unfinished_line(Side::kResponder, context);
    } else if (most != commands) {
        forget_login();
    } else if (const std::size_t waiting = exchange_->waiting.size(); waiting != 0) {
        exchange_->waiting.clear(context.pool);
        drop_newest(waiting, context);
        if (exchange_ && !exchange_->has_pending()) empty_queue(context);
    } else {
        if (in_body_) leave_body(context);
        lost(Side::kResponder, context);
    }
}

void Pop3Session::give_up_replies(SessionContext &context) {
    greeted_ = true;
    if (const std::size_t commands = open().commands(); commands != 0)
        commands_lost(POP3ANA_ANOMALY_REPLIES_LOST, Side::kResponder, commands, context);
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
    user_accepted_ = false;
    pass_needs_no_user_ = true;
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

// ---------------------------------------------------------------- events

Event &Pop3Session::begin_event(std::uint32_t type, Side from, SessionContext &context) {
    Event &event = context.events.begin(type, from);
    event.phase = static_cast<std::uint32_t>(phase_);
    return event;
}

void Pop3Session::anomaly(std::uint32_t kind, Side from, std::string_view text,
                          SessionContext &context) {
    Event &event = begin_event(POP3ANA_EVENT_ANOMALY, from, context);
    event.anomaly = kind;
    event.text = slice(text);
    // What made no sense may be a mistyped PASS, a SASL line out of place, mail after lost packets.
    event.secret_offset = 0;
    context.events.emit();
}

void Pop3Session::bytes_lost(std::uint32_t kind, Side from, std::uint64_t bytes,
                             SessionContext &context) {
    Event &event = begin_event(POP3ANA_EVENT_ANOMALY, from, context);
    event.anomaly = kind;
    event.lost_bytes = bytes;
    context.events.emit();
}

void Pop3Session::commands_lost(std::uint32_t kind, Side from, std::uint64_t commands,
                                SessionContext &context) {
    Event &event = begin_event(POP3ANA_EVENT_ANOMALY, from, context);
    event.anomaly = kind;
    event.lost_commands = commands;
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
    *this = Pop3Session{false};
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
