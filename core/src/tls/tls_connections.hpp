// The connections that are TLS: each has its session set aside, with what decrypts it, what its
// handshake tells and what its lengths tell.
// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include "tls/decryptor.hpp"
#include "tls/facts.hpp"
#include "tls/inference.hpp"
#include "tls/tls_input.hpp"
#include "tls/waiting_room.hpp"

#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <unordered_map>

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
        : inner_(inner), options_(options), counters_(counters), secrets_(hash_seed) {}
    TlsConnections(const TlsConnections &) = delete;
    TlsConnections &operator=(const TlsConnections &) = delete;

    /// See pop3ana_add_tls_secret(). `random` has kHelloRandomBytes.
    void add_secret(SecretLabel label, Bytes random, Bytes secret) {
        secrets_.add(random, label, secret);
        if (secrets_.are_complete(random)) waiting_.on_secrets(random);
    }

    /// The lines of a key log that open a connection; empty: there are none, or it is over.
    [[nodiscard]] std::string key_log(std::uint64_t connection) const {
        const auto found = sessions_.find(connection);
        if (found == sessions_.end() || !found->second.decryptor ||
            !found->second.decryptor->has_client_hello())
            return "";
        return secrets_.key_log(found->second.decryptor->client_random());
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
            const auto found = sessions_.find(connection);
            if (found == sessions_.end()) return;
            TlsSession &session = found->second;
            if (std::exchange(session.waits, false))
                session.decryptor = std::make_unique<TlsDecryptor>();
            handle_late(session, input);
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
        TlsSession &aside = sessions_[ends.connection];
        aside.ends = ends;
        if (options_.tells_facts) read_facts(aside);
        if (options_.infers)
            aside.shadow = std::make_unique<Inference::Session>(ends, server_greets);
        ++counters_.tls_connections;
        aside.inner = std::move(session);
        enter(ends);
    }
    void enter(const ConnectionEnds &ends) {
        ends_ = ends;
        work_ = &sessions_.at(ends.connection);
        enter_inner(ends, *work_);
    }
    /// Another connection, which is not ours, is at work.
    void leave() { work_ = nullptr; }

    /// The session that was entered.
    [[nodiscard]] Session &session() { return work_->inner; }

    void bytes(Side from, const Delivery &delivery) {
        TlsSession &session = *work_;
        if (session.facts && session.facts->bytes(from, delivery.bytes)) tell_facts(session);
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
        TlsSession &session = *work_;
        end_facts(session);
        if (session.shadow) session.shadow->shadow.leave_alone();
        take(session, from, TlsInput::Gap{gap_bytes, is_wide});
        look_for_secrets(session, from, [&](TlsContext &context) {
            session.decryptor->gap(from, gap_bytes, context);
        });
    }
    void gap_is_concurrent(Side from) { take(*work_, from, TlsInput::ConcurrentGap{}); }
    void end(Side from) { take(*work_, from, TlsInput::End{}); }
    void close(ConnectionEnd reason) {
        if (work_->shadow) {
            if (reason != ConnectionEnd::kFin && reason != ConnectionEnd::kRst)
                work_->shadow->shadow.leave_alone();
            end_shadow(*work_);
        }
        take(*work_, Side::kClient, TlsInput::Close{reason});
    }
    void release(std::uint64_t connection) {
        // A connection is released when it is closed, and again when it is forgotten.
        const auto found = sessions_.find(connection);
        if (found != sessions_.end() && !std::exchange(found->second.is_released, true))
            take(found->second, Side::kClient, TlsInput::Release{});
    }

    [[nodiscard]] std::uint64_t buffered_text(std::uint64_t connection) {
        const auto found = sessions_.find(connection);
        if (found == sessions_.end()) return 0;
        const TlsSession &session = found->second;
        return inner_.buffered_text(session.inner, connection) +
               (session.decryptor ? session.decryptor->held_bytes() : 0) +
               (session.facts ? session.facts->held_bytes() : 0) +
               (session.shadow ? session.shadow->held_bytes() : 0);
    }
    void give_way() {
        Text text{*this, *work_, true};
        if (work_->shadow) {
            work_->shadow->shadow.leave_alone();
            end_shadow(*work_);
        } else if (work_->facts && work_->facts->held_bytes() != 0) {
            end_facts(*work_);
        } else if (work_->decryptor && work_->decryptor->held_bytes() != 0) {
            work_->decryptor->give_way(context(text));
        } else {
            inner_.give_way(work_->inner);
        }
    }

private:
    struct TlsSession {
        ConnectionEnds ends;
        Session inner; ///< what is inside of TLS
        /// nullptr: nothing more is read.
        std::unique_ptr<TlsDecryptor> decryptor = std::make_unique<TlsDecryptor>();
        std::unique_ptr<TlsFactsReader> facts;      ///< until they are told
        std::unique_ptr<Inference::Session> shadow; ///< unless it is decrypted, or over
        bool waits = true;                          ///< for secrets: what it brings is held
        bool is_released = false;                   ///< nothing follows
        bool is_undecided = false;                  ///< more may be inferred, though it is over
        bool is_done = false;                       ///< it is given back once it is decided
        std::optional<ConnectionEnd> end;           ///< that is told then
    };

    /// Where the clear text of a session goes.
    struct Text final : TlsTextSink {
        Text(TlsConnections &its_connections, TlsSession &its_session, bool its_covers_all)
            : connections(its_connections), session(its_session), covers_all(its_covers_all) {}
        void on_text(Side from, Bytes text) override {
            connections.counters_.tls_text_bytes += text.size();
            session.shadow.reset();
            connections.inner_.text(session.inner, from, {text, 0, kNoPosition, covers_all});
        }
        void on_text_gap(Side from) override { connections.inner_.text_gap(session.inner, from); }
        TlsConnections &connections;
        TlsSession &session;
        const bool covers_all;
    };

    /// While nothing but the ClientHello is looked for.
    struct NoText final : TlsTextSink {
        void on_text(Side /*from*/, Bytes /*text*/) override {}
        void on_text_gap(Side /*from*/) override {}
    };

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

    void read_facts(TlsSession &session) {
        session.facts = std::make_unique<TlsFactsReader>();
        handshakes_.insert(session.ends.connection);
        if (handshakes_.size() <= kTlsHandshakes) return;
        drop_facts(sessions_.at(*handshakes_.begin()));
    }
    void drop_facts(TlsSession &session) {
        session.facts.reset();
        handshakes_.erase(session.ends.connection);
    }
    /// No more can be learned.
    void end_facts(TlsSession &session) {
        if (session.facts && session.facts->is_worth_telling()) tell_facts(session);
        if (session.facts) drop_facts(session);
    }
    void tell_facts(TlsSession &session) {
        inner_.tls_facts(session.inner, session.facts->facts());
        drop_facts(session);
    }

    // -- Without keys.

    void infer(TlsSession &session) {
        inference_.on_exchange(*session.shadow);
        enter_again();
    }
    /// Its results come now, or once more is known; it is over then.
    void end_shadow(TlsSession &session) {
        const auto shadow = std::exchange(session.shadow, nullptr);
        session.is_undecided = true;
        inference_.end(*shadow, clock_ns_);
        enter_again();
    }
    void on_login(std::uint64_t connection, const InferredLogin &login) override {
        TlsSession &session = sessions_.at(connection);
        enter_inner(session.ends, session);
        inner_.inferred_login(login);
    }
    void on_decided(std::uint64_t connection, const std::optional<FetchedMail> &mail) override {
        TlsSession &session = sessions_.at(connection);
        session.is_undecided = false;
        enter_inner(session.ends, session);
        if (mail) inner_.inferred_mail(*mail);
        if (session.end) inner_.close(session.inner, *session.end);
        if (session.is_done) forget(session);
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
        const auto found = sessions_.find(connection);
        if (found == sessions_.end()) return;
        TlsSession &session = found->second;
        session.waits = false;
        session.decryptor.reset();
        for (const TlsInput &input : inputs)
            handle_late(session, input); // The last one may end it.
        inner_.set_time(frame_, ts_ns_, clock_ns_);
        enter_again();
    }

    /// Other sessions may have had their turn.
    void enter_again() {
        if (work_ != nullptr) enter_inner(ends_, *work_);
    }
    /// Inlined at one place only: where clear text passes.
    [[gnu::noinline]] void enter_inner(const ConnectionEnds &ends, TlsSession &session) {
        inner_.enter(ends, session.inner);
    }

    void forget(TlsSession &session) {
        const std::uint64_t connection = session.ends.connection;
        inner_.release(session.inner, connection);
        if (work_ == &session) work_ = nullptr;
        handshakes_.erase(connection);
        sessions_.erase(connection);
    }

    void handle_late(TlsSession &session, const TlsInput &input) {
        inner_.set_time(input.frame, input.ts_ns, clock_ns_);
        enter_inner(session.ends, session);
        handle(session, input);
    }

    void decrypt(TlsSession &session, Side from, Bytes bytes, bool covers_all) {
        if (!session.decryptor) return;
        Text text{*this, session, covers_all};
        session.decryptor->bytes(from, bytes, context(text));
    }

    void handle(TlsSession &session, const TlsInput &input) {
        const Side from = input.from;
        if (const auto *const data = std::get_if<TlsInput::Data>(&input.what)) {
            decrypt(session, from, as_bytes(data->bytes), data->covers_all);
        } else if (const auto *const gap = std::get_if<TlsInput::Gap>(&input.what)) {
            if (!session.decryptor) return;
            Text text{*this, session, true};
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
            forget(session);
        }
    }

    Inner &inner_;
    const TlsOptions options_;
    pop3ana_counters &counters_;
    Secrets secrets_;
    std::string buffer_;
    TlsContext context_{secrets_, buffer_, counters_};
    std::unordered_map<std::uint64_t, TlsSession> sessions_; ///< by connection
    std::set<std::uint64_t> handshakes_; ///< those with facts to come; the first opened first
    WaitingRoom<TlsInput> waiting_;
    Inference inference_{*this, counters_};
    ConnectionEnds ends_;        ///< of the connection at work
    TlsSession *work_ = nullptr; ///< the one at work, if it is ours
    std::uint64_t frame_ = 0;
    std::int64_t ts_ns_ = 0, clock_ns_ = 0;
};

} // namespace pop3ana
