// Server lines: statuses and what they do, challenges.
// SPDX-License-Identifier: GPL-2.0-or-later
#include "pop3/response_code.hpp"
#include "pop3/session.hpp"
#include "pop3ana/pop3ana.h"

namespace pop3ana {

struct Pop3Session::Status {
    bool ok;
    std::string_view message;
    ResponseCode code;
};

namespace {

// RFC 5034 s.4.
bool is_challenge(std::string_view line) {
    return line == "+" || line.starts_with("+ ");
}

} // namespace

void Pop3Session::server_line(const LineSplitter::Line &line, SessionContext &context) {
    sync_.on_server_line();
    // By its parts: they were just written one by one, and a load of both would wait for that.
    const std::string_view text{line.text.data(), line.text.size()};
    if (body_ != Body::kNone && !line.after_gap) {
        body_line(text, context);
        return;
    }
    const LineWords words = split_words(text, context.scratch);
    const WordKind kind = classify_word(words.word);
    const bool is_status = kind == WordKind::kOk || kind == WordKind::kErr;
    if (sync_.in_doubt() && body_ == Body::kNone) {
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
            lose_sync(Side::kServer, context);
            return;
        }
    }
    if (body_ != Body::kNone)
        body_line(text, context);
    else if (is_status)
        status(kind == WordKind::kOk, words.argument, false, context);
    else
        no_status(line, kind, context);
}

void Pop3Session::no_status(const LineSplitter::Line &line, WordKind kind,
                            SessionContext &context) {
    const bool auth = open().pending.is_auth();
    if (auth && is_challenge(line.text) && pending().sasl.challenge()) {
        take_waiting_sasl_lines(context);
        exchange_->waiting.settle(context.pool);
    }
    if (kind == WordKind::kCommand)
        anomaly(POP3ANA_ANOMALY_COMMAND_FROM_SERVER, Side::kServer, line.text, context);
    else if (!auth)
        anomaly(POP3ANA_ANOMALY_UNKNOWN_REPLY, Side::kServer, line.text, context);
    if (auth || !greeted_ || (line.text.empty() && !line.is_remainder)) return;
    // It may be the inside of a body (K16).
    if (open().has_pending() && !certainty_.began_certain()) {
        lose_sync(Side::kServer, context);
    } else {
        if (!open().has_pending()) sync_.on_stray_line();
        certainty_.end_certainty();
    }
}

// `is_cut`: the rest of the line was not captured.
void Pop3Session::status(bool ok, std::string_view message, bool is_cut, SessionContext &context) {
    const Status status{ok, message, ResponseCode{message}};
    const bool greeting = !greeted_;
    const bool answers = answers_pending(greeting);
    context.record->on_status(ok);
    if (answers) context.record->on_answer(context.ts_ns, pending().ts_ns);
    if (greeting) {
        greeted_ = true;
        context.record->on_greeting(context.ts_ns);
        if (ok && phase_ == Phase::kStart) phase_ = Phase::kAuthorization;
    }
    if (answers) {
        if (pending().command == Command::kUser && ok) certainty_.on_user_accepted();
        if (pending().legality == Legality::kAccepted) {
            const SaslExchange &sasl = pending().sasl;
            const bool lacks_line = sasl.lacks_line();
            if (sasl.has_unasked_lines()) certainty_.on_unasked_lines();
            if (lacks_line && ok) certainty_.on_line_missing(); // Which may hold other names.
            if (ok && pending().command == Command::kStls) {
                begin_tls(context);
                return;
            }
            act_on_accepted(status, context);
            if (lacks_line) certainty_.on_line_missing();
        } else {
            act_on_refused(status, context);
        }
    }
    const bool opens = answers && starts_multi_line(ok);

    Event &event = begin_event(POP3ANA_EVENT_REPLY, Side::kServer, context);
    event.status = ok ? POP3ANA_STATUS_OK : POP3ANA_STATUS_ERR;
    event.text = slice(message);
    event.response_code = slice(status.code.text());
    event.truncated = is_cut ? 1 : 0;
    if (!ok) event.reply_end = context.line_end;
    if (answers) {
        const PendingCommand &answered = pending();
        event.request_frame = answered.frame;
        event.reply_ns =
            static_cast<std::uint64_t>(std::max<std::int64_t>(context.ts_ns - answered.ts_ns, 0));
        if (answered.legality == Legality::kAccepted)
            event.ignorable_command = static_cast<std::uint8_t>(answered.command);
        if (answered.command != Command::kUnknown)
            event.command = slice(row_of(answered.command).word);
    }
    context.events.emit();

    if (greeting) {
        if (!open().waiting.empty()) start_next_command(context);
    } else if (opens) {
        begin_body(context);
    } else if (answers) {
        const bool uncertain = !certainty_.is_certain();
        complete(context);
        // What follows may be the body that this status opened.
        if (ok && uncertain && open().may_open_body()) lose_sync(Side::kServer, context);
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

void Pop3Session::act_on_accepted(const Status &status, SessionContext &context) {
    const bool ok = status.ok;
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
        if (ok) context.record->on_uncertainty();
        return;
    }
    switch (effect) {
    case ReplyEffect::kUser:
        if (!ok) {
            phase_ = Phase::kAuthorization;
            login_result(status, user_, context);
            forget_user();
            if (pass_rule_ == PassRule::kFollowsUser) pass_rule_ = PassRule::kNeedsUser;
        } else if (is_unknown && !sync_.commands_lost()) { // PASS may be among them.
            phase_ = Phase::kAuthorization;
        }
        break;
    case ReplyEffect::kLogin:
        phase_ = ok ? Phase::kTransaction : Phase::kAuthorization;
        login_result(status, user_, context);
        break;
    case ReplyEffect::kInTransaction:
        if (ok && is_unknown) phase_ = Phase::kTransaction;
        if (ok && pending().command == Command::kDele) context.record->on_dele();
        if (ok && pending().command == Command::kRset) context.record->on_rset();
        break;
    case ReplyEffect::kQuit: // RFC 1939 s.5, s.6: UPDATE only from TRANSACTION.
        phase_ =
            ok && (phase_ == Phase::kTransaction || is_unknown) ? Phase::kUpdate : Phase::kFinished;
        if (ok) context.record->on_quit();
        break;
    case ReplyEffect::kTellClient:
        if (ok) tell_client(exchange_->told_client, context);
        break;
    case ReplyEffect::kStartTls:
        stls_watch_.on_refused();
        context.record->on_stls_refused();
        break;
    case ReplyEffect::kNone: break;
    }
}

// Of what was refused only success says something.
void Pop3Session::act_on_refused(const Status &status, SessionContext &context) {
    if (!status.ok) return;
    context.record->on_uncertainty();
    const bool is_pass = pending().command == Command::kPass;
    const bool is_apop = pending().command == Command::kApop;
    const bool is_out_of_state = pending().legality == Legality::kOutOfState;
    if (!is_out_of_state && !(pending().legality == Legality::kRefused && (is_pass || is_apop)))
        return;
    if (!certainty_.is_certain() || (!is_out_of_state && certainty_.replies_may_lag())) {
        act_uncertain(!is_out_of_state, context);
        return;
    }
    phase_ = Phase::kTransaction;
    if (is_out_of_state) {
        unexpected("OK", "no auth required -> state changed to 'transaction'", Side::kServer,
                   context);
        return;
    }
    // K23: it was a login all the same.
    if (is_apop) user_source_ = UserSource::kApop;
    login_result(status, is_apop ? exchange_->credentials.user : user_, context);
}

// A status acts, but on which command is not certain.
void Pop3Session::act_uncertain(bool is_login, SessionContext &context) {
    if (is_login && !user_.empty() && !sync_.commands_lost())
        anomaly(POP3ANA_ANOMALY_UNCERTAIN, Side::kServer, {}, context);
    lose_phase();
    forget_login();
}

void Pop3Session::login_result(const Status &status, std::string_view user,
                               SessionContext &context) {
    const bool is_hidden = user.empty() && pending().sasl.may_hide_user();
    if ((user.empty() && !is_hidden) || sync_.commands_lost()) return;
    if (pending().command == Command::kPass && user_source_ != UserSource::kUser) return;
    const PendingCommand &command = pending();
    const Credentials &credentials = exchange_->credentials;
    const bool was_tried = command.has_tried_login();
    context.record->on_login(status.ok, user, command.mechanism_name(), context.ts_ns);
    Event &event =
        begin_event(status.ok ? POP3ANA_EVENT_LOGIN_SUCCESS : POP3ANA_EVENT_LOGIN_FAILURE,
                    Side::kServer, context);
    event.command = slice(row_of(command.command).word);
    event.user = slice(user);
    event.password = slice(credentials.password);
    event.mechanism = slice(command.mechanism_name());
    event.authzid = slice(credentials.authorization_identity);
    event.cleartext = was_tried && !is_decrypted_ && command.sends_secret() ? 1 : 0;
    event.response_code = slice(status.code.text());
    event.secret = credentials.password.empty() ? credentials.token : credentials.password;
    event.defies_stls = event.cleartext != 0 && stls_watch_.sends_password();
    if (!status.ok)
        event.reason = was_tried ? reason_of_failure(status.code, status.message)
                                 : std::uint32_t{POP3ANA_REASON_NOT_TRIED};
    event.request_frame = command.frame;
    event.reply_end = context.line_end;
    context.events.emit();
}

} // namespace pop3ana
