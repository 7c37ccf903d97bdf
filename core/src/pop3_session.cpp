// SPDX-License-Identifier: GPL-2.0-or-later
#include "pop3_session.hpp"

#include "limits.hpp"
#include "pop3ana/pop3ana.h"

namespace pop3ana {

constexpr Pop3Session::Pending Pop3Session::kNoPending{};

Pop3Session::Pop3Session(bool midstream)
    : splitters_{LineSplitter{midstream}, LineSplitter{midstream}},
      phase_(midstream ? Phase::kUnknown : Phase::kStart), greeted_(midstream),
      in_doubt_(midstream) {}

void Pop3Session::bytes(Side from, const Delivery &delivery, SessionContext &context) {
    Chunk chunk{delivery.bytes};
    while (!chunk.empty() && !tls_) {
        LineSplitter &lines = splitter(from);
        // The line after a gap is looked at even inside a body: see lost().
        if (from == Side::kResponder && in_body_ && !lines.after_gap()) {
            awaits_server_ = false;
            if (lines.find_terminator(chunk)) {
                in_body_ = false;
                complete(context);
            }
        } else if (const auto next = lines.next_line(chunk, context.pool)) {
            line(from, *next, context);
        }
    }
}

void Pop3Session::end(Side from, SessionContext &context) {
    if (tls_) return;
    LineSplitter &lines = splitter(from);
    if (from == Side::kResponder && in_body_ && lines.terminator_unfinished()) {
        in_body_ = false;
        complete(context);
    } else if (const auto last = lines.last_line(context.pool)) {
        line(from, *last, context);
    }
}

void Pop3Session::line(Side from, const LineSplitter::Line &line, SessionContext &context) {
    if (line.dropped_bytes != 0) {
        Fact fact{POP3ANA_EVENT_ANOMALY, from};
        fact.anomaly = POP3ANA_ANOMALY_LINE_TOO_LONG;
        fact.lost_bytes = line.dropped_bytes;
        report(fact, context);
    }
    if (from == Side::kOriginator)
        client_line(line, context);
    else
        server_line(line, context);
}

// ---------------------------------------------------------------- client lines

void Pop3Session::client_line(const LineSplitter::Line &line, SessionContext &context) {
    const LineWords words = split_words(line.text, context.scratch);
    const bool known = classify_word(words.word) == WordKind::kCommand;
    if (line.after_gap && !known) {
        lost(Side::kOriginator, context);
        return;
    }
    if (pending_.verdict == Verdict::kAccepted && pending_.sasl.takes_line()) {
        take_sasl_line(line.text, context);
        return;
    }
    if (in_body_ && body_gap_ && commands() == 1) { // The terminator was lost.
        in_body_ = false;
        splitter(Side::kResponder).leave_body();
        complete(context);
    }
    if ((commands_lost_ && commands() != 0) || awaits_server_) return;
    if ((phase_ == Phase::kUnknown || in_doubt_) && !known) { // It may be a SASL line.
        lost(Side::kOriginator, context);
        return;
    }
    const CommandQueue::Waiting command{line.text, context.frame};
    if (greeted_ && commands() == 0) {
        in_doubt_ = false;
        judge(command, words, context);
    } else if (may_wait(line.text) && waiting_.push(command, context.pool)) {
        in_doubt_ = false;
    } else {
        Fact fact{POP3ANA_EVENT_ANOMALY, Side::kOriginator};
        fact.anomaly = POP3ANA_ANOMALY_PENDING_OVERFLOW;
        fact.lost_commands = 1;
        report(fact, context);
        lost(Side::kOriginator, context);
    }
}

bool Pop3Session::may_wait(std::string_view line) const {
    return commands() < kPendingCommands &&
           pending_.line_bytes + waiting_.bytes() + line.size() <= kPendingBytes;
}

void Pop3Session::judge_next(SessionContext &context) {
    const CommandQueue::Waiting next = waiting_.front();
    context.command_line = next.line;
    waiting_.pop(context.pool);
    judge({context.command_line, next.frame}, split_words(context.command_line, context.scratch),
          context);
}

// The command becomes the pending one.
void Pop3Session::judge(const CommandQueue::Waiting &command, const LineWords &words,
                        SessionContext &context) {
    pending_ = kNoPending;
    pending_.frame = command.frame;
    pending_.line_bytes = static_cast<std::uint32_t>(command.line.size());
    pending_.has_argument = !words.argument.empty();
    pending_.command = find_command(words.word, pending_.has_argument);
    if (pending_.command == Command::kUnknown) {
        pending_.verdict = Verdict::kUnknown;
        anomaly(POP3ANA_ANOMALY_UNKNOWN_COMMAND, Side::kOriginator, command.line, context);
        return;
    }
    const CommandRow &row = row_of(pending_.command);
    const std::string_view reason = reason_to_refuse(row);
    if (!reason.empty()) {
        pending_.verdict = row.guess ? Verdict::kRefusedWithGuess : Verdict::kRefused;
        unexpected(row.word, reason, Side::kOriginator, context);
        return;
    }
    accept(row, words.argument, context);
    if (pending_.command == Command::kAuth) begin_sasl(words.argument, context);
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

void Pop3Session::accept(const CommandRow &row, std::string_view argument,
                         SessionContext &context) {
    pending_.verdict = Verdict::kAccepted;
    user_accepted_ = row.command == Command::kUser;

    Fact fact{POP3ANA_EVENT_REQUEST, Side::kOriginator};
    fact.command = row.command;
    fact.word = row.word;
    fact.text = argument;
    fact.request_frame = pending_.frame;
    report(fact, context);

    switch (row.command) {
    case Command::kUser:
        credentials().user = argument;
        credentials().password.clear();
        pass_needs_no_user_ = false;
        break;
    case Command::kPass: credentials().password = argument; break;
    case Command::kApop:
        credentials().user = argument.substr(0, argument.find_first_of(" \t"));
        credentials().password.clear();
        break;
    default: break;
    }
}

// ---------------------------------------------------------------- SASL

void Pop3Session::begin_sasl(std::string_view argument, SessionContext &context) {
    credentials_.reset();
    const std::size_t blank = argument.find(' ');
    pending_.sasl = SaslExchange{find_mechanism(argument.substr(0, blank))};
    if (pending_.sasl.counts_challenges())
        unexpected("AUTH", std::string{kUnknownMechanism}.append(argument), Side::kOriginator,
                   context);
    if (blank != std::string_view::npos) {
        const std::string_view rest = argument.substr(blank + 1);
        const std::string_view initial_response = rest.substr(0, rest.find(' '));
        take_sasl_line(initial_response == "=" ? std::string_view{} : initial_response, context);
    }
    take_waiting_sasl_lines(context);
}

void Pop3Session::take_sasl_line(std::string_view line, SessionContext &context) {
    switch (pending_.sasl.take_line(line, credentials())) {
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
    while (pending_.sasl.takes_line() && !waiting_.empty()) {
        take_sasl_line(waiting_.front().line, context);
        waiting_.pop(context.pool);
    }
}

// ---------------------------------------------------------------- server lines

void Pop3Session::server_line(const LineSplitter::Line &line, SessionContext &context) {
    awaits_server_ = false;
    const std::string_view text = line.text;
    const LineWords words = split_words(text, context.scratch);
    const WordKind kind = classify_word(words.word);
    const bool is_status = kind == WordKind::kOk || kind == WordKind::kErr;
    if (in_doubt_ && !in_body_) {
        if (is_status) greeted_ = true; // The greeting answers no command, seen or not.
        return;
    }
    if (line.after_gap) {
        const bool status_with_sign =
            kind != WordKind::kOther && (text.starts_with("+OK") || text.starts_with("-ERR"));
        if (!status_with_sign) {
            if (!text.starts_with("+ ")) lost(Side::kResponder, context);
            return;
        }
    }
    if (in_body_) return;
    if (is_status)
        status(kind == WordKind::kOk, words.argument, context);
    else
        no_status(text, kind, context);
}

void Pop3Session::no_status(std::string_view line, WordKind kind, SessionContext &context) {
    const bool pending_auth =
        pending_.verdict == Verdict::kAccepted && pending_.command == Command::kAuth;
    const bool challenge = line == "+" || line.starts_with("+ ");
    if (pending_auth && challenge && pending_.sasl.counts_challenges()) {
        pending_.sasl.challenge();
        take_waiting_sasl_lines(context);
    }
    if (kind == WordKind::kCommand)
        anomaly(POP3ANA_ANOMALY_COMMAND_FROM_SERVER, Side::kResponder, line, context);
    else if (!pending_auth)
        anomaly(POP3ANA_ANOMALY_UNKNOWN_REPLY, Side::kResponder, line, context);
}

void Pop3Session::status(bool ok, std::string_view message, SessionContext &context) {
    const bool greeting = !greeted_;
    greeted_ = true;
    const Verdict verdict = greeting ? Verdict::kNone : pending_.verdict;
    if (greeting && ok && phase_ == Phase::kStart) phase_ = Phase::kAuthorization;
    if (verdict == Verdict::kAccepted) {
        if (ok && row_of(pending_.command).effect == ReplyEffect::kStartTls) {
            begin_tls(context);
            return;
        }
        act_on_accepted(ok, context);
    } else if (verdict == Verdict::kRefusedWithGuess && ok) {
        phase_ = Phase::kTransaction;
        unexpected("OK", "no auth required -> state changed to 'transaction'", Side::kResponder,
                   context);
    }

    Fact fact{POP3ANA_EVENT_REPLY, Side::kResponder};
    fact.status = ok ? POP3ANA_STATUS_OK : POP3ANA_STATUS_ERR;
    fact.text = message;
    if (verdict != Verdict::kNone) fact.request_frame = pending_.frame;
    if (verdict == Verdict::kAccepted) fact.command = pending_.command;
    if (verdict != Verdict::kNone && pending_.command != Command::kUnknown)
        fact.word = row_of(pending_.command).word;
    report(fact, context);

    if (greeting) {
        if (!waiting_.empty()) judge_next(context);
    } else if (verdict != Verdict::kNone && starts_multi_line(ok)) {
        in_body_ = true;
        body_gap_ = false;
        splitter(Side::kResponder).begin_body();
    } else if (verdict != Verdict::kNone) {
        complete(context);
    }
}

void Pop3Session::act_on_accepted(bool ok, SessionContext &context) {
    const ReplyEffect effect = row_of(pending_.command).effect;
    const bool login = effect == ReplyEffect::kUser || effect == ReplyEffect::kLogin;
    if (phase_ == Phase::kUnknown && !ok && login) return;
    switch (effect) {
    case ReplyEffect::kUser:
        if (!ok) {
            phase_ = Phase::kAuthorization;
            login_result(false, context);
            forget_login();
        } else if (phase_ == Phase::kUnknown && !commands_lost_) { // PASS may be among them.
            phase_ = Phase::kAuthorization;
        }
        break;
    case ReplyEffect::kLogin:
        phase_ = ok ? Phase::kTransaction : Phase::kAuthorization;
        login_result(ok, context);
        if (ok) credentials_.reset();
        break;
    case ReplyEffect::kInTransaction:
        if (ok && phase_ == Phase::kUnknown) phase_ = Phase::kTransaction;
        break;
    case ReplyEffect::kQuit: // RFC 1939 s.5, s.6: UPDATE only from TRANSACTION.
        phase_ = ok && (phase_ == Phase::kTransaction || phase_ == Phase::kUnknown)
                     ? Phase::kUpdate
                     : Phase::kFinished;
        break;
    case ReplyEffect::kStartTls:
    case ReplyEffect::kNone: break;
    }
}

void Pop3Session::login_result(bool ok, SessionContext &context) {
    if (!credentials_ || credentials_->user.empty() || commands_lost_) return;
    Fact fact{ok ? POP3ANA_EVENT_LOGIN_SUCCESS : POP3ANA_EVENT_LOGIN_FAILURE, Side::kResponder};
    fact.command = pending_.command;
    fact.word = row_of(pending_.command).word;
    fact.user = credentials_->user;
    fact.password = credentials_->password;
    fact.request_frame = pending_.frame;
    report(fact, context);
}

bool Pop3Session::starts_multi_line(bool ok) const {
    const bool acts =
        pending_.verdict == Verdict::kAccepted || pending_.verdict == Verdict::kRefusedWithGuess;
    if (!ok || !acts) return false;
    switch (row_of(pending_.command).reply_shape) {
    case ReplyShape::kOneLine: return false;
    case ReplyShape::kMultiLine: return true;
    case ReplyShape::kMultiLineWithoutArgument: return !pending_.has_argument;
    }
    return false;
}

// The pending command has its final reply.
void Pop3Session::complete(SessionContext &context) {
    body_gap_ = false;
    pending_ = kNoPending;
    if (commands_lost_ && waiting_.empty()) {
        commands_lost_ = false;
        in_doubt_ = true;
    }
    if (!waiting_.empty()) judge_next(context);
}

void Pop3Session::begin_tls(SessionContext &context) {
    tls_ = true;
    Fact fact{POP3ANA_EVENT_TERMINATED, Side::kResponder};
    fact.command = pending_.command;
    fact.word = row_of(pending_.command).word;
    fact.request_frame = pending_.frame;
    report(fact, context);
    release(context.pool);
}

// ---------------------------------------------------------------- loss

void Pop3Session::gap(Side from, std::uint64_t missing_bytes, bool is_wide,
                      SessionContext &context) {
    if (tls_) return;
    Fact fact{POP3ANA_EVENT_ANOMALY, from};
    fact.anomaly = POP3ANA_ANOMALY_GAP;
    fact.lost_bytes = missing_bytes;
    report(fact, context);
    splitter(from).gap(context.pool);
    if (is_wide) { // The ports may serve another connection by now.
        phase_ = Phase::kUnknown;
        if (in_body_) splitter(Side::kResponder).leave_body();
        in_body_ = false;
        lost(Side::kResponder, context);
    }
    lost(from, context);
}

void Pop3Session::gap_goes_on(Side from, SessionContext &context) {
    if (!tls_) lost(from, context);
}

// Bytes, or a line that made no sense after missing bytes, are lost.
void Pop3Session::lost(Side from, SessionContext &context) {
    const bool server = from == Side::kResponder;
    if (server && in_body_ && commands() <= 1) {
        body_gap_ = true;
        return;
    }
    if (phase_ != Phase::kTransaction && phase_ != Phase::kUpdate && phase_ != Phase::kFinished)
        phase_ = Phase::kUnknown;
    forget_login();
    pass_needs_no_user_ = true;
    awaits_server_ = !server;
    commands_lost_ = !server && commands() != 0;
    in_doubt_ = !commands_lost_;
    if (!server) {
        if (pending_.verdict == Verdict::kAccepted && pending_.command == Command::kAuth)
            pending_.sasl.take_all_lines();
        return;
    }
    in_body_ = false;
    greeted_ = true;
    if (commands() != 0) {
        Fact fact{POP3ANA_EVENT_ANOMALY, from};
        fact.anomaly = POP3ANA_ANOMALY_REPLIES_LOST;
        fact.lost_commands = commands();
        report(fact, context);
    }
    pending_ = kNoPending;
    waiting_.clear(context.pool);
}

void Pop3Session::forget_login() {
    credentials_.reset();
    user_accepted_ = false;
}

// ---------------------------------------------------------------- small parts

void Pop3Session::report(Fact &fact, SessionContext &context) {
    fact.phase = phase_;
    context.facts.on_fact(fact);
}

void Pop3Session::anomaly(std::uint32_t kind, Side from, std::string_view text,
                          SessionContext &context) {
    Fact fact{POP3ANA_EVENT_ANOMALY, from};
    fact.anomaly = kind;
    fact.text = text;
    report(fact, context);
}

void Pop3Session::unexpected(std::string_view word, std::string_view detail, Side from,
                             SessionContext &context) {
    Fact fact{POP3ANA_EVENT_UNEXPECTED, from};
    fact.word = word;
    fact.text = detail;
    fact.command = pending_.command;
    fact.request_frame = pending_.frame;
    report(fact, context);
}

Credentials &Pop3Session::credentials() {
    if (!credentials_) credentials_ = std::make_unique<Credentials>();
    return *credentials_;
}

void Pop3Session::continue_decrypted(SessionContext &context) {
    // STLS is for AUTHORIZATION alone, and does not leave it.
    const Phase phase = phase_ == Phase::kUnknown ? Phase::kAuthorization : phase_;
    release(context.pool);
    *this = Pop3Session{false};
    phase_ = phase;
    greeted_ = true;
}

void Pop3Session::release(TextPool &pool) {
    for (LineSplitter &lines : splitters_)
        lines.release(pool);
    waiting_.clear(pool);
    credentials_.reset();
    pending_ = kNoPending;
}

} // namespace pop3ana
