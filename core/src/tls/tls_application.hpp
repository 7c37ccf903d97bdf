// TLS as an application of the network (net/application.hpp), around another one: what is not TLS
// goes to that as it is, what is goes there decrypted (docs/semantics.md section 10).
// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include "base/port_set.hpp"
#include "pop3ana/pop3ana.h"
#include "tls/decryptor.hpp"
#include "tls/facts.hpp"
#include "tls/tls_input.hpp"
#include "tls/waiting_room.hpp"

#include <memory>
#include <string>
#include <unordered_map>

namespace pop3ana {

/// `Inner` is an Application but for replay(). `carried(from, size)` hears of all bytes. Its
/// bytes() returns those at their end that are TLS (STLS); `carrier(session, from, delivery)` sees
/// the bytes of TLS, and `text(session, from, delivery)` and `text_gap(session, from)` what was
/// decrypted of them. Its sessions have a bit that is ours: is_tls(), set_tls().
template <class Inner> class TlsApplication {
public:
    using Session = typename Inner::Session;
    using Probe = typename Inner::Probe;

    struct Options {
        const PortSet &ports; ///< of servers that speak TLS from the start
        bool reads = false;   ///< TLS at all
        bool waits = false;   ///< for secrets that come behind the ClientHello
        bool tells_facts = false;
    };

    /// All, and the ports, must outlive this.
    TlsApplication(Inner &inner, const Options &options, std::uint64_t hash_seed,
                   pop3ana_counters &counters)
        : inner_(inner), options_(options), counters_(counters), secrets_(hash_seed) {}
    TlsApplication(const TlsApplication &) = delete;
    TlsApplication &operator=(const TlsApplication &) = delete;

    /// See pop3ana_add_tls_secret(). `random` has kHelloRandomBytes.
    void add_secret(SecretLabel label, Bytes random, Bytes secret) {
        secrets_.add(random, label, secret);
        if (secrets_.are_complete(random)) waiting_.on_secrets(random);
    }

    /// The lines of a key log that open a connection; empty: there are none, or it is over.
    [[nodiscard]] std::string key_log(std::uint64_t connection) const {
        const auto found = sessions_.find(connection);
        if (found == sessions_.end() || !found->second.decryptor.has_client_hello()) return "";
        return secrets_.key_log(found->second.decryptor.client_random());
    }

    /// Analyses what has waited for secrets that are known now.
    void go_on() {
        if (!waiting_.has_ready()) return;
        waiting_.let_go([&](std::uint64_t connection, const TlsInput &input) {
            const auto found = sessions_.find(connection);
            if (found == sessions_.end()) return;
            TlsSession &session = found->second;
            if (std::exchange(session.waits, false)) session.decryptor = TlsDecryptor{};
            handle_late(session, input);
        });
        inner_.set_time(frame_, ts_ns_, clock_ns_);
    }

    void set_time(std::uint64_t frame, std::int64_t ts_ns, std::int64_t clock_ns) {
        frame_ = frame;
        ts_ns_ = ts_ns;
        clock_ns_ = clock_ns;
        inner_.set_time(frame, ts_ns, clock_ns);
    }
    void expire(std::int64_t now_ns) { inner_.expire(now_ns); }
    void open(std::uint64_t connection) { inner_.open(connection); }
    void packet(std::uint64_t connection, bool is_client_syn) {
        inner_.packet(connection, is_client_syn);
    }

    void start(Session &session, const ConnectionEnds &ends, bool midstream, bool is_decrypted) {
        const bool is_tls =
            options_.reads && !is_decrypted && options_.ports.test(ends.responder_port);
        inner_.start(session, ends, midstream, is_decrypted || is_tls);
        if (is_tls) set_aside(session, ends);
    }
    void enter(const ConnectionEnds &ends, Session &session) {
        if (options_.reads) ends_ = ends;
        inner_.enter(ends, inside(session, ends.connection));
    }

    void bytes(Session &session, Side from, const Delivery &delivery) {
        inner_.carried(from, delivery.bytes.size());
        if (!session.is_tls()) {
            const Bytes tls = inner_.bytes(session, from, delivery);
            if (tls.empty() || !options_.reads) return;
            set_aside(session, ends_);
            inner_.enter(ends_, work_->inner);
            Delivery rest = delivery;
            rest.bytes = tls;
            tls_bytes(*work_, from, rest);
            return;
        }
        inner_.carrier(work_->inner, from, delivery);
        tls_bytes(*work_, from, delivery);
    }
    void gap(Session &session, Side from, std::uint64_t gap_bytes, bool is_wide) {
        if (!session.is_tls()) {
            inner_.gap(session, from, gap_bytes, is_wide);
            return;
        }
        end_facts(*work_);
        take(*work_, from, TlsInput::Gap{gap_bytes, is_wide});
    }
    void gap_is_concurrent(Session &session, Side from) {
        if (session.is_tls())
            take(*work_, from, TlsInput::ConcurrentGap{});
        else
            inner_.gap_is_concurrent(session, from);
    }
    void end(Session &session, Side from) {
        if (session.is_tls())
            take(*work_, from, TlsInput::End{});
        else
            inner_.end(session, from);
    }
    void close(Session &session, ConnectionEnd reason) {
        if (session.is_tls())
            take(*work_, Side::kClient, TlsInput::Close{reason});
        else
            inner_.close(session, reason);
    }
    void release(Session &session, std::uint64_t connection) {
        if (!session.is_tls()) {
            inner_.release(session, connection);
            return;
        }
        // A connection is released when it is closed, and again when it is forgotten.
        const auto found = sessions_.find(connection);
        if (found != sessions_.end() && !std::exchange(found->second.is_released, true))
            take(found->second, Side::kClient, TlsInput::Release{});
    }

    Claim probe(Probe &probe, Side from, const Delivery &delivery) const {
        return inner_.probe(probe, from, delivery);
    }
    void probe_end(Probe &probe, Side from) const { inner_.probe_end(probe, from); }
    void replay(Session &session, const Probe &probe) {
        probe.replay([&](const typename Probe::Held &held, const Delivery &delivery) {
            set_time(held.frame, held.ts_ns, clock_ns_);
            if (held.is_end)
                end(session, held.from);
            else
                bytes(session, held.from, delivery);
        });
    }
    void anomaly(Session &session, std::uint32_t kind, Side from) {
        inner_.anomaly(session.is_tls() ? work_->inner : session, kind, from);
    }
    bool begin_decrypted(Session &session) { return inner_.begin_decrypted(session); }

    [[nodiscard]] std::uint64_t buffered_text(const Session &session, std::uint64_t connection) {
        if (!session.is_tls()) return inner_.buffered_text(session, connection);
        const auto found = sessions_.find(connection);
        if (found == sessions_.end()) return 0;
        const TlsSession &session_of_tls = found->second;
        return inner_.buffered_text(session_of_tls.inner, connection) +
               session_of_tls.decryptor.held_bytes() +
               (session_of_tls.facts ? session_of_tls.facts->held_bytes() : 0);
    }
    void give_way(Session &session) {
        if (!session.is_tls()) {
            inner_.give_way(session);
            return;
        }
        Text text{*this, *work_, true};
        if (work_->facts && work_->facts->held_bytes() != 0)
            end_facts(*work_);
        else if (work_->decryptor.held_bytes() != 0)
            work_->decryptor.give_way(context(text));
        else
            inner_.give_way(work_->inner);
    }

private:
    struct TlsSession {
        ConnectionEnds ends;
        Session inner; ///< what is inside of TLS
        TlsDecryptor decryptor;
        std::unique_ptr<TlsFactsReader> facts; ///< until they are told
        bool waits = true;                     ///< for secrets: what it brings is held
        bool is_released = false;              ///< nothing follows
    };

    /// Where the clear text of a session goes.
    struct Text final : TlsTextSink {
        Text(TlsApplication &its_application, TlsSession &its_session, bool its_covers_all)
            : application(its_application), session(its_session), covers_all(its_covers_all) {}
        void on_text(Side from, Bytes text) override {
            application.counters_.tls_text_bytes += text.size();
            application.inner_.text(session.inner, from, {text, 0, kNoPosition, covers_all});
        }
        void on_text_gap(Side from) override { application.inner_.text_gap(session.inner, from); }
        TlsApplication &application;
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

    Session &inside(Session &session, std::uint64_t connection) {
        if (!session.is_tls()) return session;
        work_ = &sessions_.at(connection);
        return work_->inner;
    }

    /// Its session lies here from now on.
    void set_aside(Session &session, const ConnectionEnds &ends) {
        TlsSession &aside = sessions_[ends.connection];
        aside.ends = ends;
        if (options_.tells_facts) aside.facts = std::make_unique<TlsFactsReader>();
        ++counters_.tls_connections;
        aside.inner = std::move(session);
        work_ = &aside;
        session = {};
        session.set_tls();
    }

    // Secrets are needed once the ClientHello was seen; until then all is held.
    void tls_bytes(TlsSession &session, Side from, const Delivery &delivery) {
        if (session.facts && session.facts->bytes(from, delivery.bytes)) tell_facts(session);
        if (!session.waits) {
            decrypt(session, from, delivery.bytes, delivery.covers_all);
            return;
        }
        hold(session, from,
             TlsInput::Data{std::string{as_text(delivery.bytes)}, delivery.covers_all});
        NoText no_text;
        if (session.waits && from == Side::kClient && !session.decryptor.has_client_hello())
            look_for_secrets(
                session, [&] { session.decryptor.bytes(from, delivery.bytes, context(no_text)); });
    }

    // `look` lets the decryptor see what may bring the ClientHello, of which only the start may be
    // there.
    template <class Look> void look_for_secrets(TlsSession &session, Look look) {
        look();
        const std::uint64_t connection = session.ends.connection;
        if (!session.decryptor.has_client_hello()) {
            if (session.decryptor.is_over(Side::kClient)) give_up(connection);
        } else if (secrets_.are_complete(session.decryptor.client_random())) {
            waiting_.on_secrets(connection);
            go_on();
        } else if (options_.waits) {
            waiting_.wait_for(connection, session.decryptor.client_random());
        } else {
            give_up(connection);
        }
    }

    /// No more can be learned.
    void end_facts(TlsSession &session) {
        if (session.facts && session.facts->is_worth_telling()) tell_facts(session);
        session.facts.reset();
    }
    void tell_facts(TlsSession &session) {
        inner_.tls_facts(session.inner, session.facts->facts());
        session.facts.reset();
    }

    template <class What> void take(TlsSession &session, Side from, What what) {
        TlsInput input{frame_, ts_ns_, from, what};
        if (!session.waits) {
            handle(session, input);
            return;
        }
        hold(session, from, std::move(input.what));
        if constexpr (std::is_same_v<What, TlsInput::Gap>) {
            NoText no_text;
            if (session.waits && from == Side::kClient && !session.decryptor.has_client_hello())
                look_for_secrets(
                    session, [&] { session.decryptor.gap(from, what.bytes, context(no_text)); });
        }
    }

    void hold(TlsSession &session, Side from, decltype(TlsInput::what) what) {
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
        session.decryptor.give_up();
        for (const TlsInput &input : inputs)
            handle_late(session, input); // The last one may end it.
        inner_.set_time(frame_, ts_ns_, clock_ns_);
        if (work_ != nullptr) inner_.enter(ends_, work_->inner);
    }

    void handle_late(TlsSession &session, const TlsInput &input) {
        inner_.set_time(input.frame, input.ts_ns, clock_ns_);
        inner_.enter(session.ends, session.inner);
        handle(session, input);
    }

    void decrypt(TlsSession &session, Side from, Bytes bytes, bool covers_all) {
        Text text{*this, session, covers_all};
        session.decryptor.bytes(from, bytes, context(text));
    }

    void handle(TlsSession &session, const TlsInput &input) {
        const Side from = input.from;
        if (const auto *const data = std::get_if<TlsInput::Data>(&input.what)) {
            decrypt(session, from, as_bytes(data->bytes), data->covers_all);
        } else if (const auto *const gap = std::get_if<TlsInput::Gap>(&input.what)) {
            Text text{*this, session, true};
            session.decryptor.gap(from, gap->bytes, context(text));
        } else if (std::holds_alternative<TlsInput::ConcurrentGap>(input.what)) {
            inner_.gap_is_concurrent(session.inner, from);
        } else if (std::holds_alternative<TlsInput::End>(input.what)) {
            inner_.end(session.inner, from);
        } else if (const auto *const close = std::get_if<TlsInput::Close>(&input.what)) {
            inner_.close(session.inner, close->reason);
        } else {
            const std::uint64_t connection = session.ends.connection;
            inner_.release(session.inner, connection);
            if (work_ == &session) work_ = nullptr;
            sessions_.erase(connection);
        }
    }

    Inner &inner_;
    const Options options_;
    pop3ana_counters &counters_;
    Secrets secrets_;
    std::string buffer_;
    TlsContext context_{secrets_, buffer_, counters_};
    std::unordered_map<std::uint64_t, TlsSession> sessions_; ///< by connection
    WaitingRoom<TlsInput> waiting_;
    ConnectionEnds ends_;        ///< of the connection at work, where TLS is read
    TlsSession *work_ = nullptr; ///< the one at work, if it is TLS
    std::uint64_t frame_ = 0;
    std::int64_t ts_ns_ = 0, clock_ns_ = 0;
};

} // namespace pop3ana
