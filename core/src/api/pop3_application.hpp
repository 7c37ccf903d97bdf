// POP3 as an application of the network (net/application.hpp).
// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include "detect/event_builder.hpp"
#include "net/flow_table.hpp"
#include "pop3/probe.hpp"
#include "pop3/session.hpp"

#include <string>

namespace pop3ana {

class Pop3Application {
public:
    using Probe = pop3ana::Probe;

    struct Session {
        explicit Session(bool midstream) : pop3(midstream) {}
        Pop3Session pop3;
        SessionNumber number;
    };

    /// `events` must outlive this.
    explicit Pop3Application(EventBuilder &events)
        : events_(events), context_{events, pool_, exchanges_, scratch_, 0} {}
    Pop3Application(const Pop3Application &) = delete;
    Pop3Application &operator=(const Pop3Application &) = delete;

    void set_time(std::uint64_t frame, std::int64_t ts_ns, std::int64_t clock_ns) {
        context_.frame = frame;
        events_.set_time(frame, ts_ns, clock_ns);
    }
    void expire(std::int64_t now_ns) { events_.expire(now_ns); }
    void enter(const ConnectionEnds &ends, Session &session) {
        events_.set_connection(ends, session.number);
    }

    void bytes(Session &session, Side from, const Delivery &delivery) {
        session.pop3.bytes(from, delivery, context_);
    }
    void gap(Session &session, Side from, std::uint64_t gap_bytes, bool is_wide) {
        session.pop3.gap(from, gap_bytes, is_wide, context_);
    }
    void gap_is_concurrent(Session &session, Side from) {
        session.pop3.gap_is_concurrent(from, context_);
    }
    void end(Session &session, Side from) { session.pop3.end(from, context_); }

    Claim probe(Probe &probe, Side from, const Delivery &delivery) const {
        return probe.bytes(from, delivery, context_.frame, events_.ts_ns());
    }
    void probe_end(Probe &probe, Side from) const {
        probe.end(from, context_.frame, events_.ts_ns());
    }
    /// What was held last came with the frame at work.
    void replay(Session &session, const Probe &probe) {
        const std::int64_t clock_ns = events_.clock_ns();
        probe.replay([&](const Probe::Held &held, const Delivery &delivery) {
            set_time(held.frame, held.ts_ns, clock_ns);
            if (held.is_end)
                end(session, held.from);
            else
                bytes(session, held.from, delivery);
        });
    }

    void anomaly(Session &session, std::uint32_t kind, Side from) {
        session.pop3.anomaly(kind, from, {}, context_);
    }

    /// Behind STLS the session goes on; elsewhere it has taken TLS for POP3.
    bool begin_decrypted(Session &session) {
        const bool goes_on = session.pop3.is_tls();
        if (goes_on)
            session.pop3.continue_decrypted(context_);
        else
            session.pop3.release(context_);
        return goes_on;
    }

    [[nodiscard]] static std::uint64_t buffered_text(const Session &session) {
        return session.pop3.buffered_text();
    }
    void give_way(Session &session) { session.pop3.give_way(context_); }
    void release(Session &session, std::uint64_t connection) {
        session.pop3.release(context_);
        events_.forget_connection(connection, session.number);
    }

private:
    EventBuilder &events_;
    TextPool pool_;
    ExchangePool exchanges_;
    std::string scratch_;
    SessionContext context_;
};

extern template class FlowTable<Pop3Application>;

} // namespace pop3ana
