// Hands what a TCP connection hands on to the session of its application, which is made with the
// first of it.
// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include "net/application.hpp"
#include "net/flow.hpp"
#include "net/stream_sink.hpp"

namespace pop3ana {

template <Application App> class SessionSink final : public StreamSink {
    using Session = typename App::Session;

    App &app_;
    pop3ana_counters &counters_;
    Flow<Session> &flow_;

public:
    SessionSink(App &application, pop3ana_counters &counters, Flow<Session> &flow)
        : app_(application), counters_(counters), flow_(flow) {}

    void on_bytes(Side from, const Delivery &delivery) override {
        if (is_read()) app_.bytes(session(), from, delivery);
    }
    void on_gap(Side from, std::uint64_t gap_bytes, bool is_wide) override {
        ++counters_.gaps;
        counters_.gap_bytes += gap_bytes;
        if (is_read()) app_.gap(session(), from, gap_bytes, is_wide);
    }
    void on_gap_is_concurrent(Side from) override {
        if (flow_.has_session && is_read()) app_.gap_is_concurrent(session(), from);
    }
    void on_end(Side from) override {
        if (flow_.has_session && is_read()) app_.end(session(), from);
    }
    void on_overlap_differs(Side from) override { anomaly(POP3ANA_ANOMALY_OVERLAP_DIFFERS, from); }
    void on_reset_ignored(Side from) override { anomaly(POP3ANA_ANOMALY_RESET_IGNORED, from); }

    /// The session loses most of the text that it keeps.
    void give_way() { app_.give_way(session()); }

    void decrypted(Side from, Bytes bytes) { app_.bytes(session(), from, {bytes}); }

    /// Something about the connection rather than its bytes; only worth an event once it has some.
    void anomaly(std::uint32_t kind, Side from) {
        if (flow_.has_session) app_.anomaly(session(), kind, from);
    }

private:
    /// Whether the session reads the TCP stream.
    [[nodiscard]] bool is_read() const { return flow_.is_analysed && !flow_.is_decrypted; }

    Session &session() {
        if (!flow_.has_session) {
            flow_.has_session = true;
            flow_.session = Session{flow_.midstream};
        }
        const unsigned client = flow_.client;
        const FlowKey &key = flow_.key;
        app_.enter({key.address_of(client), key.address_of(1 - client), flow_.number,
                    key.port(client), key.port(1 - client), flow_.tcp.saw_handshake()},
                   flow_.session);
        return flow_.session;
    }
};

} // namespace pop3ana
