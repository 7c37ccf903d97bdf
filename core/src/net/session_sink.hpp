// Hands what a TCP connection hands on to the session of its application, which is made with the
// first of it; or to its probe, while it is undecided.
// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include "net/application.hpp"
#include "net/flow.hpp"
#include "net/probe_table.hpp"
#include "net/stream_sink.hpp"

namespace pop3ana {

template <Application App> class SessionSink final : public StreamSink {
    using Session = typename App::Session;
    using Probe = typename App::Probe;

    App &app_;
    pop3ana_counters &counters_;
    ProbeTable<Probe> &probes_;
    Flow<Session> &flow_;

public:
    SessionSink(App &application, pop3ana_counters &counters, ProbeTable<Probe> &probes,
                Flow<Session> &flow)
        : app_(application), counters_(counters), probes_(probes), flow_(flow) {}

    void on_bytes(Side from, const Delivery &delivery) override {
        if (is_read())
            app_.bytes(session(), from, delivery);
        else if (flow_.is_undecided)
            probe(from, delivery);
    }
    void on_gap(Side from, std::uint64_t gap_bytes, bool is_wide) override {
        if (flow_.is_undecided) {
            reject();
            return;
        }
        ++counters_.gaps;
        counters_.gap_bytes += gap_bytes;
        if (is_read()) app_.gap(session(), from, gap_bytes, is_wide);
    }
    void on_gap_is_concurrent(Side from) override {
        if (flow_.has_session && is_read()) app_.gap_is_concurrent(session(), from);
    }
    void on_end(Side from) override {
        if (flow_.has_session && is_read())
            app_.end(session(), from);
        else if (flow_.is_undecided)
            probe_end(from);
    }
    void on_overlap_differs(Side from) override { anomaly(POP3ANA_ANOMALY_OVERLAP_DIFFERS, from); }
    void on_reset_ignored(Side from) override { anomaly(POP3ANA_ANOMALY_RESET_IGNORED, from); }

    /// The connection, which is undecided, is none of the application.
    void reject() {
        flow_.is_undecided = false;
        probes_.take(flow_.number);
    }

    /// The session loses most of the text that it keeps.
    void give_way() { app_.give_way(session()); }

    /// The connection is over; all of it was handed on.
    void close(ConnectionEnd reason) {
        if (flow_.has_session) app_.close(session(), reason);
    }

    void decrypted(Side from, Bytes bytes) { app_.bytes(session(), from, {bytes}); }

    /// Something about the connection rather than its bytes; only worth an event once it has some.
    void anomaly(std::uint32_t kind, Side from) {
        if (flow_.has_session) app_.anomaly(session(), kind, from);
    }

private:
    /// Whether the session reads the TCP stream.
    [[nodiscard]] bool is_read() const { return flow_.is_analysed && !flow_.is_decrypted; }

    [[gnu::noinline]] void probe(Side from, const Delivery &delivery) {
        switch (app_.probe(probes_.find_or_add(flow_.number), from, delivery)) {
        case Claim::kUndecided: break;
        case Claim::kClaimed: claim(); break;
        case Claim::kRejected: reject(); break;
        }
    }

    // An end before any byte leaves nothing to hold.
    void probe_end(Side from) {
        Probe *probe = probes_.find(flow_.number);
        if (probe != nullptr) app_.probe_end(*probe, from);
    }

    void claim() {
        const auto probe = probes_.take(flow_.number);
        flow_.is_undecided = false;
        flow_.is_analysed = true;
        ++counters_.connections_detected;
        app_.replay(session(), *probe);
    }

    Session &session() {
        if (!flow_.has_session) start();
        app_.enter(ends(), flow_.session);
        return flow_.session;
    }
    [[gnu::noinline]] void start() {
        flow_.has_session = true;
        app_.start(flow_.session, ends(), flow_.midstream, flow_.is_decrypted);
    }
    [[nodiscard]] ConnectionEnds ends() const {
        const unsigned client = flow_.client;
        const FlowKey &key = flow_.key;
        return {key.address_of(client), key.address_of(1 - client), flow_.number,
                key.port(client),       key.port(1 - client),       flow_.tcp.saw_handshake()};
    }
};

} // namespace pop3ana
