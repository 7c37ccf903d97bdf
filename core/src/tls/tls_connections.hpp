// The connections that are TLS: what they bring is decrypted once their secrets are known, and told
// of without them.
// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include "tls/tls_input.hpp"
#include "tls/tls_sessions.hpp"
#include "tls/waiting_room.hpp"

#include <map>
#include <string>

namespace pop3ana {

struct TlsOptions {
    bool waits = false; ///< for secrets that come behind the ClientHello
    bool tells_facts = false;
    bool infers = false; ///< results of logins where no secret is known
};

/// See TlsApplication for `Inner`. Calls that name no connection are of the one that was entered.
template <class Inner> class TlsConnections final : InferenceSink {
public:
    using Session = typename Inner::Session;

    TlsConnections(Inner &inner, const TlsOptions &options, std::uint64_t hash_seed,
                   pop3ana_counters &counters)
        : inner_(inner), options_(options), counters_(counters), secrets_(hash_seed),
          sessions_(inner, counters) {}
    TlsConnections(const TlsConnections &) = delete;
    TlsConnections &operator=(const TlsConnections &) = delete;

    /// See pop3ana_add_tls_secret(). `random` has kHelloRandomBytes.
    void add_secret(SecretLabel label, Bytes random, Bytes secret) {
        secrets_.add(random, label, secret);
        if (secrets_.are_complete(random)) waiting_.on_secrets(random);
    }

    /// The lines of a key log that open a connection; empty: there are none, or it is over.
    [[nodiscard]] std::string key_log(std::uint64_t connection) const {
        const TlsSession *const session = sessions_.find(connection);
        if (session == nullptr || !session->decryptor || !session->decryptor->has_client_hello())
            return "";
        return secrets_.key_log(session->decryptor->client_random());
    }

    /// Nothing follows: says what is still to be inferred.
    void finish() {
        go_on();
        if (!options_.infers) return;
        std::map<std::uint64_t, TlsSession *> open; // In the order of the capture.
        for (auto &[connection, session] : sessions_)
            if (session.shadow) open.emplace(connection, &session);
        for (const auto &[connection, session] : open) {
            session->shadow->shadow.leave_alone();
            end_shadow(*session);
        }
        inference_.finish();
    }

    /// Analyses what has waited for secrets that are known now.
    void go_on() {
        if (!waiting_.has_ready()) return;
        waiting_.let_go([&](std::uint64_t connection, const TlsInput &input) {
            TlsSession *const session = sessions_.find(connection);
            if (session == nullptr) return;
            if (std::exchange(session->waits, false))
                session->decryptor = std::make_unique<TlsDecryptor>();
            handle_late(*session, input);
        });
        inner_.set_time(frame_, ts_ns_, clock_ns_);
    }

    void set_time(std::uint64_t frame, std::int64_t ts_ns, std::int64_t clock_ns) {
        frame_ = frame;
        ts_ns_ = ts_ns;
        clock_ns_ = clock_ns;
        if (options_.infers) inference_.expire(clock_ns);
    }

    /// The connection is TLS from here on: its session is ours, and is the one entered.
    /// `server_greets`: it is so from its start.
    void take_over(Session session, const ConnectionEnds &ends, bool server_greets) {
        TlsSession &aside = sessions_.add(std::move(session), ends);
        if (options_.tells_facts) sessions_.read_facts(aside);
        if (options_.infers)
            aside.shadow = std::make_unique<Inference::Session>(ends, server_greets);
        enter(ends);
    }
    void enter(const ConnectionEnds &ends) { sessions_.enter(ends); }
    /// Another connection, which is not ours, is at work.
    void leave() { sessions_.leave(); }

    /// The session that was entered.
    [[nodiscard]] Session &session() { return sessions_.at_work().inner; }

    void bytes(Side from, const Delivery &delivery) {
        TlsSession &session = sessions_.at_work();
        if (session.facts && session.facts->bytes(from, delivery.bytes))
            sessions_.tell_facts(session);
        if (session.shadow && session.shadow->shadow.bytes(from, delivery.bytes) && !session.waits)
            infer(session);
        if (!session.waits) {
            decrypt(session, from, delivery.bytes, delivery.covers_all);
            return;
        }
        hold(session, from,
             TlsInput::Data{std::string{as_text(delivery.bytes)}, delivery.covers_all});
        look_for_secrets(session, from, [&](TlsContext &context) {
            session.decryptor->bytes(from, delivery.bytes, context);
        });
    }
    void gap(Side from, std::uint64_t gap_bytes, bool is_wide) {
        TlsSession &session = sessions_.at_work();
        sessions_.end_facts(session);
        if (session.shadow) session.shadow->shadow.leave_alone();
        take(session, from, TlsInput::Gap{gap_bytes, is_wide});
        look_for_secrets(session, from, [&](TlsContext &context) {
            session.decryptor->gap(from, gap_bytes, context);
        });
    }
    void gap_is_concurrent(Side from) {
        take(sessions_.at_work(), from, TlsInput::ConcurrentGap{});
    }
    void end(Side from) { take(sessions_.at_work(), from, TlsInput::End{}); }
    void close(ConnectionEnd reason) {
        TlsSession &session = sessions_.at_work();
        if (session.shadow) {
            if (reason != ConnectionEnd::kFin && reason != ConnectionEnd::kRst)
                session.shadow->shadow.leave_alone();
            end_shadow(session);
        }
        take(session, Side::kClient, TlsInput::Close{reason});
    }
    void release(std::uint64_t connection) {
        // A connection is released when it is closed, and again when it is forgotten.
        TlsSession *const session = sessions_.find(connection);
        if (session != nullptr && !std::exchange(session->is_released, true))
            take(*session, Side::kClient, TlsInput::Release{});
    }

    [[nodiscard]] std::uint64_t buffered_text(std::uint64_t connection) {
        const TlsSession *const session = sessions_.find(connection);
        if (session == nullptr) return 0;
        return inner_.buffered_text(session->inner, connection) + session->held_bytes();
    }
    void give_way() {
        TlsSession &session = sessions_.at_work();
        Text text{sessions_, session, true};
        if (session.shadow) {
            session.shadow->shadow.leave_alone();
            end_shadow(session);
        } else if (session.facts && session.facts->held_bytes() != 0) {
            sessions_.end_facts(session);
        } else if (session.decryptor && session.decryptor->held_bytes() != 0) {
            session.decryptor->give_way(context(text));
        } else {
            inner_.give_way(session.inner);
        }
    }

private:
    using TlsSession = typename TlsSessions<Inner>::Session;
    using Text = typename TlsSessions<Inner>::Text;
    using NoText = typename TlsSessions<Inner>::NoText;

    TlsContext &context(TlsTextSink &sink) {
        context_.sink = &sink;
        return context_;
    }

    // `look` lets the decryptor see what was held: it may bring the ClientHello, or its start.
    template <class Look> void look_for_secrets(TlsSession &session, Side from, Look look) {
        if (!session.waits || from != Side::kClient || session.decryptor->has_client_hello())
            return;
        NoText no_text;
        look(context(no_text));
        const std::uint64_t connection = session.ends.connection;
        if (!session.decryptor->has_client_hello()) {
            if (session.decryptor->is_over(Side::kClient)) give_up(connection);
        } else if (secrets_.are_complete(session.decryptor->client_random())) {
            waiting_.on_secrets(connection);
            go_on();
        } else if (options_.waits) {
            waiting_.wait_for(connection, session.decryptor->client_random());
        } else {
            give_up(connection);
        }
    }

    // -- Without keys.

    void infer(TlsSession &session) {
        inference_.on_exchange(*session.shadow);
        sessions_.enter_again();
    }
    /// Its results come now, or once more is known; it is over then.
    void end_shadow(TlsSession &session) {
        const auto shadow = std::exchange(session.shadow, nullptr);
        session.is_undecided = true;
        inference_.end(*shadow, clock_ns_);
        sessions_.enter_again();
    }
    void on_login(std::uint64_t connection, const InferredLogin &login) override {
        TlsSession &session = sessions_.at(connection);
        sessions_.visit(session);
        inner_.inferred_login(login);
    }
    void on_decided(std::uint64_t connection, const std::optional<FetchedMail> &mail) override {
        TlsSession &session = sessions_.at(connection);
        session.is_undecided = false;
        sessions_.visit(session);
        if (mail) inner_.inferred_mail(*mail);
        if (session.end) inner_.close(session.inner, *session.end);
        if (session.is_done) sessions_.forget(session);
    }

    void take(TlsSession &session, Side from, TlsInput::What what) {
        if (session.waits)
            hold(session, from, std::move(what));
        else
            handle(session, {frame_, ts_ns_, from, std::move(what)});
    }

    void hold(const TlsSession &session, Side from, TlsInput::What what) {
        waiting_.hold(session.ends.connection, {frame_, ts_ns_, from, std::move(what)},
                      [&](std::uint64_t late, const std::vector<TlsInput> &inputs) {
                          ++counters_.tls_given_up;
                          read_no_more(late, inputs);
                      });
    }

    /// No secret can open what it brings.
    void give_up(std::uint64_t connection) { read_no_more(connection, waiting_.take(connection)); }

    /// What it brings is not read, but it ends as others do.
    void read_no_more(std::uint64_t connection, const std::vector<TlsInput> &inputs) {
        TlsSession *const session = sessions_.find(connection);
        if (session == nullptr) return;
        session->waits = false;
        session->decryptor.reset();
        for (const TlsInput &input : inputs)
            handle_late(*session, input); // The last one may end it.
        inner_.set_time(frame_, ts_ns_, clock_ns_);
        sessions_.enter_again();
    }

    void handle_late(TlsSession &session, const TlsInput &input) {
        inner_.set_time(input.frame, input.ts_ns, clock_ns_);
        sessions_.visit(session);
        handle(session, input);
    }

    void decrypt(TlsSession &session, Side from, Bytes bytes, bool covers_all) {
        if (!session.decryptor) return;
        Text text{sessions_, session, covers_all};
        session.decryptor->bytes(from, bytes, context(text));
    }

    void handle(TlsSession &session, const TlsInput &input) {
        const Side from = input.from;
        if (const auto *const data = std::get_if<TlsInput::Data>(&input.what)) {
            decrypt(session, from, as_bytes(data->bytes), data->covers_all);
        } else if (const auto *const gap = std::get_if<TlsInput::Gap>(&input.what)) {
            if (!session.decryptor) return;
            Text text{sessions_, session, true};
            session.decryptor->gap(from, gap->bytes, context(text));
        } else if (std::holds_alternative<TlsInput::ConcurrentGap>(input.what)) {
            inner_.gap_is_concurrent(session.inner, from);
        } else if (std::holds_alternative<TlsInput::End>(input.what)) {
            inner_.end(session.inner, from);
        } else if (const auto *const close = std::get_if<TlsInput::Close>(&input.what)) {
            if (session.is_undecided)
                session.end = close->reason;
            else
                inner_.close(session.inner, close->reason);
        } else if (session.is_undecided) {
            session.is_done = true;
        } else {
            sessions_.forget(session);
        }
    }

    Inner &inner_;
    const TlsOptions options_;
    pop3ana_counters &counters_;
    Secrets secrets_;
    std::string buffer_;
    TlsContext context_{secrets_, buffer_, counters_};
    TlsSessions<Inner> sessions_;
    WaitingRoom<TlsInput> waiting_;
    Inference inference_{*this, counters_};
    std::uint64_t frame_ = 0;
    std::int64_t ts_ns_ = 0, clock_ns_ = 0;
};

} // namespace pop3ana
