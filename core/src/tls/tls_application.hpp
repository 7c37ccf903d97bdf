// TLS as an application of the network (net/application.hpp), around another one: what is not TLS
// goes to that as it is, what is goes there decrypted (docs/semantics.md section 10).
// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include "base/port_set.hpp"
#include "tls/tls_connections.hpp"

namespace pop3ana {

/// `Inner` is an Application but for replay(). `carried(from, size)` hears of all bytes. Where it
/// has_tls(), `take_tls()` are those at the end of the bytes it was handed last that are TLS
/// (STLS); `carrier(session, from, delivery)` sees the bytes of TLS, and
/// `text(session, from, delivery)` and `text_gap(session, from)` what was decrypted of them. Its
/// sessions have a bit that is ours: is_tls(), set_tls().
/// `inferred_login(login)` and `inferred_mail(mail)` tell what was inferred of the one entered.
template <class Inner> class TlsApplication {
public:
    using Session = typename Inner::Session;
    using Probe = typename Inner::Probe;

    /// `ports`: of servers that speak TLS from the start; nullptr: TLS is not read. All must
    /// outlive this.
    TlsApplication(Inner &inner, const PortSet *ports, const TlsOptions &options,
                   std::uint64_t hash_seed, pop3ana_counters &counters)
        : inner_(inner), ports_(ports), connections_(inner, options, hash_seed, counters) {}
    TlsApplication(const TlsApplication &) = delete;
    TlsApplication &operator=(const TlsApplication &) = delete;

    [[nodiscard]] TlsConnections<Inner> &connections() { return connections_; }
    [[nodiscard]] const TlsConnections<Inner> &connections() const { return connections_; }

    void set_time(std::uint64_t frame, std::int64_t ts_ns, std::int64_t clock_ns) {
        inner_.set_time(frame, ts_ns, clock_ns);
        if (ports_ != nullptr) connections_.set_time(frame, ts_ns, clock_ns);
        clock_ns_ = clock_ns;
    }
    void expire(std::int64_t now_ns) { inner_.expire(now_ns); }
    void open(std::uint64_t connection) { inner_.open(connection); }
    void packet(std::uint64_t connection, bool is_client_syn) {
        inner_.packet(connection, is_client_syn);
    }

    void start(Session &session, const ConnectionEnds &ends, bool midstream, bool is_decrypted) {
        const bool is_tls = ports_ != nullptr && !is_decrypted && ports_->test(ends.responder_port);
        inner_.start(session, ends, midstream, is_decrypted || is_tls);
        if (is_tls) take_over(session, ends, /*server_greets=*/true);
    }
    void enter(const ConnectionEnds &ends, Session &session) {
        if (session.is_tls()) {
            connections_.enter(ends);
            return;
        }
        if (ports_ != nullptr) {
            ends_ = ends;
            connections_.leave();
        }
        inner_.enter(ends, session);
    }

    void bytes(Session &session, Side from, const Delivery &delivery) {
        inner_.carried(from, delivery.bytes.size());
        if (session.is_tls()) {
            tls_bytes(from, delivery);
            return;
        }
        inner_.bytes(session, from, delivery);
        if (inner_.has_tls()) begin_tls(session, from, delivery);
    }
    void gap(Session &session, Side from, std::uint64_t gap_bytes, bool is_wide) {
        if (session.is_tls())
            connections_.gap(from, gap_bytes, is_wide);
        else
            inner_.gap(session, from, gap_bytes, is_wide);
    }
    void gap_is_concurrent(Session &session, Side from) {
        if (session.is_tls())
            connections_.gap_is_concurrent(from);
        else
            inner_.gap_is_concurrent(session, from);
    }
    void end(Session &session, Side from) {
        if (session.is_tls())
            connections_.end(from);
        else
            inner_.end(session, from);
    }
    void close(Session &session, ConnectionEnd reason) {
        if (session.is_tls())
            connections_.close(reason);
        else
            inner_.close(session, reason);
    }
    void release(Session &session, std::uint64_t connection) {
        if (session.is_tls())
            connections_.release(connection);
        else
            inner_.release(session, connection);
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
        inner_.anomaly(session.is_tls() ? connections_.session() : session, kind, from);
    }
    bool begin_decrypted(Session &session) { return inner_.begin_decrypted(session); }

    [[nodiscard]] std::uint64_t buffered_text(const Session &session, std::uint64_t connection) {
        return session.is_tls() ? connections_.buffered_text(connection)
                                : inner_.buffered_text(session, connection);
    }
    void give_way(Session &session) {
        if (session.is_tls())
            connections_.give_way();
        else
            inner_.give_way(session);
    }

private:
    [[gnu::noinline]] void tls_bytes(Side from, const Delivery &delivery) {
        inner_.carrier(connections_.session(), from, delivery);
        connections_.bytes(from, delivery);
    }
    /// Behind STLS. `delivery`: where its first bytes come from.
    [[gnu::noinline]] void begin_tls(Session &session, Side from, Delivery delivery) {
        delivery.bytes = inner_.take_tls();
        if (ports_ == nullptr) return;
        take_over(session, ends_, /*server_greets=*/false);
        connections_.bytes(from, delivery);
    }
    void take_over(Session &session, const ConnectionEnds &ends, bool server_greets) {
        connections_.take_over(std::move(session), ends, server_greets);
        session = {};
        session.set_tls();
    }

    Inner &inner_;
    const PortSet *const ports_;
    TlsConnections<Inner> connections_;
    ConnectionEnds ends_; ///< of the connection at work, where TLS is read
    std::int64_t clock_ns_ = 0;
};

} // namespace pop3ana
