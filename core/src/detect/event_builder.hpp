// Makes what a session finds out an event of its connection: ends, time, ignored commands, hidden
// secrets (docs/semantics.md section 1). The correlator completes it.
// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include "base/address_set.hpp"
#include "base/fleet_key.hpp"
#include "detect/correlator.hpp"
#include "detect/stls_offers.hpp"
#include "events/event.hpp"
#include "pop3/command.hpp"
#include "pop3/session_record.hpp"
#include "tls/facts.hpp"
#include "tls/inference.hpp"

#include <bitset>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>

namespace pop3ana {

/// What is left out of the log.
struct IgnoreList {
    std::bitset<64> commands; ///< by Event::ignorable_command
    std::bitset<4> statuses;  ///< of replies: POP3ANA_STATUS_*
};

/// One end of a connection.
struct Endpoint {
    Address address;
    std::uint16_t port = 0;
};

/// The client that a trusted proxy has told (docs/semantics.md section 11).
struct ProxiedClient {
    Endpoint client;
    Endpoint proxy; ///< its own end, where the client would be
};

class EventBuilder final : public EventSink {
public:
    struct Options {
        std::string_view peer_description; ///< of this sensor, in every event
        IgnoreList ignore;
        bool redact = false; ///< hides secrets
        Correlator::Options correlator;
        const AddressSet &trusted_proxies;
        std::string_view fleet_key; ///< empty: there is none
    };

    /// All must outlive this, the text of `options` too.
    EventBuilder(const Options &options, const pop3ana_sink &sink, pop3ana_counters &counters);

    /// The connection that the events to come belong to. `number` and `record` are borrowed until
    /// the next call.
    [[gnu::always_inline]] void set_connection(const ConnectionEnds &ends, SessionNumber &number,
                                               SessionRecord &record) {
        session_ = &number;
        record_ = &record;
        event_.connection_ts_ns = record.first_ts_ns();
        event_.connection = ends.connection;
        event_.originator_port = ends.originator_port;
        event_.responder_port = ends.responder_port;
        std::copy(ends.client.bytes.begin(), ends.client.bytes.end(), event_.originator_address);
        std::copy(ends.server.bytes.begin(), ends.server.bytes.end(), event_.responder_address);
        event_.address_family = event_.originator_family = ends.client.family;
        event_.proxy_family = 0;
        if (number.is_proxied != 0) set_proxied_client();
        saw_handshake_ = ends.saw_handshake;
    }

    /// The frame that the events to come are due to, its time, and the clock: see PacketClock.
    void set_time(std::uint64_t frame, std::int64_t ts_ns, std::int64_t clock_ns);

    [[nodiscard]] std::int64_t ts_ns() const { return event_.ts_ns; }
    [[nodiscard]] std::int64_t clock_ns() const { return clock_ns_; }

    void emit() override;
    void note_stls_offer() override;
    [[nodiscard]] bool has_offered_stls() const override;
    [[nodiscard]] bool tells_stls_offers() const override { return fleet_key_.has_value(); }

    /// What the TLS handshake of the session tells.
    void emit_tls_facts(const TlsFacts &facts, Phase phase);

    /// The result of a login inside TLS whose text nobody knows.
    void emit_inferred_login(const InferredLogin &login);

    /// The connection, whose session is numbered, is over; `reason`: POP3ANA_END_*.
    void emit_session_end(std::uint32_t reason, Phase phase);

    /// The connection is over; nothing else of it comes.
    void forget_connection(std::uint64_t connection, const SessionNumber &number) {
        if (number.is_proxied != 0) proxied_.erase(connection);
    }

    /// Drops error counts that are over.
    void expire(std::int64_t now_ns) { correlator_.expire(now_ns); }

private:
    [[nodiscard]] bool is_in_log() const;
    [[nodiscard]] Address server() const;
    void hand_on();
    void set_proxied_client();
    void learn_proxied_client();
    // Not inlined, so that other events do not pay for it.
    [[gnu::noinline]] bool is_left_out();
    [[gnu::noinline]] void emit_proxied();
    [[gnu::noinline]] void redact();
    [[gnu::noinline]] void add_login_hash();

    const Options options_;
    pop3ana_counters &counters_;
    Correlator correlator_;
    StlsOffers stls_offers_;
    bool saw_handshake_ = false;                               ///< of the connection
    std::unordered_map<std::uint64_t, ProxiedClient> proxied_; ///< by connection
    std::int64_t clock_ns_ = 0;
    SessionNumber *session_ = nullptr;
    SessionRecord *record_ = nullptr;
    std::string redacted_;
    std::optional<FleetKey> fleet_key_;
    std::string login_hash_;
};

} // namespace pop3ana
