// POP3 as an application of the network (net/application.hpp).
// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include "detect/event_builder.hpp"
#include "net/flow_table.hpp"
#include "pop3/probe.hpp"
#include "pop3/session.hpp"
#include "pop3/session_record.hpp"
#include "tls/tls_application.hpp"

#include <string>
#include <unordered_map>

namespace pop3ana {

class Pop3Application {
public:
    using Probe = pop3ana::Probe;

    struct Session {
        Pop3Session pop3{/*midstream=*/false};
        SessionNumber number;

        /// See TlsApplication.
        [[nodiscard]] bool is_tls() const { return number.is_tls != 0; }
        void set_tls() { number.is_tls = 1; }
    };

    /// `events` must outlive this. `keeps_records`: what pop3ana_config.session_end says.
    Pop3Application(EventBuilder &events, bool keeps_records)
        : events_(events),
          keeps_records_(keeps_records), context_{events, pool_, exchanges_, scratch_} {}
    Pop3Application(const Pop3Application &) = delete;
    Pop3Application &operator=(const Pop3Application &) = delete;

    void set_time(std::uint64_t frame, std::int64_t ts_ns, std::int64_t clock_ns) {
        context_.frame = frame;
        context_.ts_ns = ts_ns;
        events_.set_time(frame, ts_ns, clock_ns);
    }
    void expire(std::int64_t now_ns) { events_.expire(now_ns); }

    void open(std::uint64_t connection) {
        if (keeps_records_) record_of(connection);
    }
    void packet(std::uint64_t connection, bool is_client_syn) {
        if (!keeps_records_) return;
        SessionRecord &record = record_of(connection);
        record.on_packet(context_.frame, context_.ts_ns);
        if (is_client_syn) record.on_client_syn(context_.ts_ns);
    }
    void start(Session &session, const ConnectionEnds &ends, bool midstream, bool is_decrypted) {
        session.pop3 = Pop3Session{midstream, is_decrypted};
        session.number = {};
        if (keeps_records_) record_of(ends.connection).restart(/*is_certain=*/!midstream);
    }
    [[gnu::always_inline]] void enter(const ConnectionEnds &ends, Session &session) {
        if (keeps_records_) context_.record = &record_of(ends.connection);
        events_.set_connection(ends, session.number, *context_.record);
    }
    void close(Session &session, ConnectionEnd reason) {
        if (keeps_records_ && session.number.number != 0)
            events_.emit_session_end(reason_of(reason), session.pop3.phase());
    }

    /// Bytes that crossed the wire.
    void carried(Side from, std::size_t bytes) const {
        context_.record->on_bytes(from == Side::kServer, bytes);
    }
    /// Those of POP3, as they crossed it or decrypted. See take_tls().
    [[gnu::noinline]] void bytes(Session &session, Side from, const Delivery &delivery) {
        session.pop3.bytes(from, delivery, context_); // The hot path: one place calls it.
    }
    /// Those at the end of the bytes handed last that are TLS (STLS).
    [[nodiscard]] bool has_tls() const { return !context_.tls.empty(); }
    Bytes take_tls() { return std::exchange(context_.tls, {}); }
    /// Bytes of TLS. Behind STLS they may turn out to be none.
    void carrier(Session &session, Side from, const Delivery &delivery) {
        if (session.pop3.is_tls()) bytes_of_tls(session, from, delivery);
    }
    /// What their handshake tells.
    void tls_facts(Session &session, const TlsFacts &facts) {
        events_.emit_tls_facts(facts, session.pop3.phase());
        context_.record->on_tls();
    }
    /// What their lengths tell.
    void inferred_login(const InferredLogin &login) {
        events_.emit_inferred_login(login);
        context_.record->on_inferred_login(login.result == LoginResult::kSuccess);
    }
    void inferred_mail(const FetchedMail &mail) const {
        context_.record->on_inferred_mail(mail.messages, mail.bytes);
    }
    /// What was decrypted of them, and what is missing of that.
    void text(Session &session, Side from, const Delivery &delivery) {
        context_.record->on_tls_text();
        if (session.pop3.is_tls()) session.pop3.continue_decrypted(context_);
        bytes_of_tls(session, from, delivery);
    }
    void text_gap(Session &session, Side from) {
        if (session.pop3.is_tls()) session.pop3.continue_decrypted(context_);
        session.pop3.gap(from, 0, /*is_wide=*/false, context_);
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

    [[nodiscard]] std::uint64_t buffered_text(const Session &session, std::uint64_t connection) {
        const std::uint64_t text = session.pop3.buffered_text();
        return keeps_records_ ? text + record_of(connection).text_cost() : text;
    }
    void give_way(Session &session) {
        if (context_.record->text_cost() > session.pop3.buffered_text())
            context_.record->drop_text();
        else
            session.pop3.give_way(context_);
    }
    void release(Session &session, std::uint64_t connection) {
        session.pop3.release(context_);
        if (keeps_records_) forget_record(connection);
        events_.forget_connection(connection, session.number);
    }

private:
    /// TLS begins once in a connection.
    void bytes_of_tls(Session &session, Side from, const Delivery &delivery) {
        bytes(session, from, delivery);
        take_tls();
    }

    static std::uint32_t reason_of(ConnectionEnd end) {
        switch (end) {
        case ConnectionEnd::kFin: return POP3ANA_END_FIN;
        case ConnectionEnd::kRst: return POP3ANA_END_RST;
        case ConnectionEnd::kIdle: return POP3ANA_END_IDLE;
        case ConnectionEnd::kReplaced: return POP3ANA_END_REPLACED;
        case ConnectionEnd::kEvicted: return POP3ANA_END_EVICTED;
        }
        return POP3ANA_END_NONE;
    }

    /// Of a connection that is open; made by open(), unless memory ran out.
    SessionRecord &record_of(std::uint64_t connection) {
        if (connection != recorded_) {
            record_ =
                &records_.try_emplace(connection, context_.frame, context_.ts_ns).first->second;
            recorded_ = connection;
        }
        return *record_;
    }
    void forget_record(std::uint64_t connection) {
        records_.erase(connection);
        if (connection == recorded_) recorded_ = 0;
    }

    EventBuilder &events_;
    const bool keeps_records_;
    std::unordered_map<std::uint64_t, SessionRecord>
        records_;                     ///< by connection: in each it would be 8 MiB of a million
    std::uint64_t recorded_ = 0;      ///< the connection asked for last; 0: none
    SessionRecord *record_ = nullptr; ///< its record
    TextPool pool_;
    ExchangePool exchanges_;
    std::string scratch_;
    SessionContext context_;
};

extern template class FlowTable<TlsApplication<Pop3Application>>;

} // namespace pop3ana
