// A flow table with all that it hands on to, and ends that send to each other.
// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include "api/pop3_application.hpp"
#include "base/limits.hpp"
#include "event_bench.hpp"

namespace unit {

struct End {
    std::uint8_t address; ///< last byte
    std::uint16_t port;
};

inline constexpr End kClient{1, 40'000};
inline constexpr End kServer{2, 110};
constexpr std::uint8_t kSynAck = pop3ana::kSyn | pop3ana::kAck;
constexpr std::uint8_t kFinAck = pop3ana::kFin | pop3ana::kAck;

class FlowBench {
public:
    explicit FlowBench(const pop3ana_config &values = pop3ana::default_config())
        : events(values), application(events.builder, /*keeps_records=*/false),
          tls(application, nullptr, {}, 11, events.counters),
          flows({events.config.ports, events.config.values.max_connections,
                 events.config.values.max_held_bytes, events.config.values.midstream != 0,
                 events.config.any_port},
                tls, 11, events.counters) {}

    /// One segment at time `now_ns`; the result is what the table says.
    bool send(End from, End to, std::uint32_t number, std::string_view text = {},
              std::uint8_t flags = pop3ana::kAck, std::uint32_t acknowledged = 0) {
        const FlushCopy flush{text};
        pop3ana::Segment segment{};
        segment.address_family = 4;
        segment.source = {10, 0, 0, from.address};
        segment.destination = {10, 0, 0, to.address};
        segment.source_port = from.port;
        segment.destination_port = to.port;
        segment.sequence_number = number;
        segment.acknowledgement = acknowledged;
        segment.flags = flags;
        segment.payload = flush.bytes();
        segment.payload_bytes = static_cast<std::uint32_t>(text.size());
        const auto &ports = events.config.ports;
        const bool is_listed = ports.test(from.port) || ports.test(to.port);
        return flows.segment(segment, is_listed, ++frame, now_ns, connection);
    }

    /// SYN and SYN-ACK; first bytes have `client_number` + 1 and 501.
    void hello(End client = kClient, std::uint32_t client_number = 100, End server = kServer) {
        send(client, server, client_number, {}, pop3ana::kSyn);
        send(server, client, 500, {}, kSynAck, client_number + 1);
    }

    /// A connection that has sent its greeting.
    void greet(End client = kClient, std::uint32_t client_number = 100) {
        hello(client, client_number);
        send(kServer, client, 501, "+OK\r\n", pop3ana::kAck, client_number + 1);
    }

    /// A packet of another connection: of times far ahead only the second moves the clock.
    void witness() { send({9, 9}, kServer, 100, {}, pop3ana::kSyn); }

    /// FIN of both sides of a connection that has greeted only.
    void bye(std::uint32_t client_number = 100) {
        send(kServer, kClient, 506, {}, kFinAck, client_number + 1);
        send(kClient, kServer, client_number + 1, {}, kFinAck, 507);
    }

    /// The lines since the last call.
    std::string lines() { return std::exchange(events.text, {}); }

    [[nodiscard]] const pop3ana_counters &counters() const { return events.counters; }

    [[nodiscard]] bool conserves() const {
        return counters().tcp_bytes == counters().delivered_bytes + counters().duplicate_bytes +
                                           counters().discarded_bytes + counters().held_bytes;
    }

    EventBench events;
    pop3ana::Pop3Application application;
    pop3ana::TlsApplication<pop3ana::Pop3Application> tls;
    pop3ana::FlowTable<pop3ana::TlsApplication<pop3ana::Pop3Application>> flows;
    std::int64_t now_ns = 1'000 * pop3ana::kSecondNs;
    std::uint64_t frame = 0;
    std::uint64_t connection = 0; ///< of the last segment that had one
};

} // namespace unit
