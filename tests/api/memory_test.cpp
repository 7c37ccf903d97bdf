// What the engine keeps is bounded: for many idle sessions by what a session needs, for floods by
// the limits of the configuration and of limits.hpp.
// SPDX-License-Identifier: GPL-2.0-or-later
#include "cmocka.hpp"
#include "heap.hpp"
#include "library.hpp"
#include "traffic.hpp"

#include <cstdio>
#include <functional>
#include <pop3ana/pop3ana.h>

using namespace pop3ana_test;

namespace {

constexpr std::size_t kMiB = std::size_t{1} << 20;

class Engine {
public:
    explicit Engine(const pop3ana_config &config) {
        const pop3ana_sink sink = {sizeof(sink), nullptr, [](void *, const pop3ana_event *) {}};
        pop3ana_engine_new(&config, &sink, &engine_, nullptr, 0);
    }
    ~Engine() { pop3ana_engine_free(engine_); }
    Engine(const Engine &) = delete;
    Engine &operator=(const Engine &) = delete;

    void feed(const Bytes &datagram) {
        const pop3ana_frame frame = {
            sizeof(frame), datagram.data(), datagram.size(), 1, now_ns_++, kLinkRaw, 0};
        pop3ana_feed_frame(engine_, &frame);
    }
    [[nodiscard]] pop3ana_counters counters() const { return counters_of(engine_); }

private:
    pop3ana_engine *engine_ = nullptr;
    std::int64_t now_ns_ = kStart;
};

pop3ana_config defaults() {
    pop3ana_config config;
    pop3ana_config_init(&config);
    return config;
}

const Endpoint &server() {
    static const Endpoint kServer = endpoint("192.0.2.1", 110);
    return kServer;
}

/// One of very many clients.
Endpoint client(std::size_t number) {
    Endpoint end;
    end.address = {10, static_cast<std::uint8_t>(number >> 16),
                   static_cast<std::uint8_t>(number >> 8), static_cast<std::uint8_t>(number)};
    end.port = static_cast<std::uint16_t>(1024 + number % 60'000);
    return end;
}

/// A connection whose two sides have sent `from_client` and `from_server` bytes.
struct Talk {
    Engine &engine;
    Endpoint end;
    std::uint32_t from_client = 0, from_server = 0;

    void open() {
        engine.feed(tcp_datagram(end, server(), 0, 0, kSyn, {}));
        engine.feed(tcp_datagram(server(), end, 0, 1, kSyn | kAck, {}));
    }
    void client_says(std::string_view text) {
        engine.feed(
            tcp_datagram(end, server(), from_client + 1, from_server + 1, kAck, bytes_of(text)));
        from_client += static_cast<std::uint32_t>(text.size());
    }
    void server_says(std::string_view text) {
        engine.feed(
            tcp_datagram(server(), end, from_server + 1, from_client + 1, kAck, bytes_of(text)));
        from_server += static_cast<std::uint32_t>(text.size());
    }
};

/// True when `flood` leaves the engine with at most `limit` bytes; it also says whether it worked.
bool is_bounded(const char *name, const pop3ana_config &config, std::size_t limit,
                const std::function<bool(Engine &)> &flood) {
    const std::size_t before = heap_bytes();
    Engine engine(config);
    const bool worked = flood(engine);
    const std::size_t used = heap_bytes() - before;
    std::printf("%s: %.1f MiB of at most %.1f MiB\n", name, static_cast<double>(used) / kMiB,
                static_cast<double>(limit) / kMiB);
    if (!worked) std::printf("%s: the flood did not reach the limit\n", name);
    return worked && used <= limit;
}

constexpr std::size_t kSessions = 100'000, kSessionsLimit = 60 * kMiB;

bool idle_sessions_are_small() {
    const std::size_t resident = resident_bytes();
    std::size_t grown = 0;
    const bool bounded =
        is_bounded("idle sessions", defaults(), kSessionsLimit, [&](Engine &engine) {
            for (std::size_t i = 0; i < kSessions; ++i) {
                Talk talk{engine, client(i)};
                talk.open();
                talk.server_says("+OK ready\r\n");
                talk.client_says("USER alice\r\n");
                talk.server_says("+OK\r\n");
                talk.client_says("PASS wonderland\r\n");
                talk.server_says("+OK 3 messages\r\n");
            }
            grown = resident_bytes() - resident;
            const auto counters = engine.counters();
            return counters.logins_succeeded == kSessions && counters.connections_open == kSessions;
        });
    std::printf("idle sessions: %.1f MiB resident\n", static_cast<double>(grown) / kMiB);
    return bounded && (!resident_memory_is_meaningful() || grown <= kSessionsLimit);
}

/// Takes all room for text (64 MiB in limits.hpp) by lines that do not end; returns the number of
/// connections. Those of the first ones are the longest.
std::size_t fill_with_unfinished_lines(Engine &engine) {
    std::size_t connections = 0;
    for (const std::size_t bytes : {30'000U, 1'000U, 10U, 1U}) {
        const std::string line(bytes, 'x');
        for (int i = 0; i < 700; ++i) {
            Talk talk{engine, client(connections++)};
            talk.open();
            for (int part = 0; part < 2; ++part) {
                talk.client_says(line);
                talk.server_says(line);
            }
        }
    }
    return connections;
}

bool unfinished_lines_are_bounded() {
    return is_bounded("unfinished lines", defaults(), 96 * kMiB, [](Engine &engine) {
        fill_with_unfinished_lines(engine);
        return engine.counters().line_bytes_dropped > 0;
    });
}

bool waiting_commands_are_bounded() {
    return is_bounded("waiting commands", defaults(), 96 * kMiB, [](Engine &engine) {
        std::string commands;
        for (int i = 0; i < 900; ++i)
            commands += "LIST 1234567890123456789012345678901234567890\r\n";
        for (std::size_t i = 0; i < 3'000; ++i) {
            Talk talk{engine, client(i)};
            talk.open();
            talk.client_says(commands);
        }
        return engine.counters().pending_dropped > 0;
    });
}

bool out_of_order_bytes_are_bounded() {
    auto config = defaults();
    config.max_held_bytes = 8 * kMiB;
    return is_bounded("out-of-order bytes", config, 16 * kMiB, [](Engine &engine) {
        const std::string piece(1400, 'x');
        for (std::size_t i = 0; i < 100; ++i) {
            Talk talk{engine, client(i), 1, 0}; // the first byte is missing
            talk.open();
            for (std::size_t k = 0; k < 500; ++k)
                talk.client_says(piece);
        }
        return engine.counters().gaps > 0;
    });
}

/// A byte here and there costs more than a byte.
bool tiny_out_of_order_ranges_are_bounded() {
    auto config = defaults();
    config.max_held_bytes = 4 * kMiB;
    return is_bounded("tiny out-of-order ranges", config, 12 * kMiB, [](Engine &engine) {
        for (std::size_t i = 0; i < 200; ++i) {
            Talk talk{engine, client(i)};
            talk.open();
            for (std::size_t k = 0; k < 1'000; ++k) {
                talk.from_client += 2;
                talk.client_says("x");
            }
        }
        return engine.counters().gaps > 0;
    });
}

bool fragments_are_bounded(std::size_t bytes_each) {
    auto config = defaults();
    config.max_fragment_bytes = 4 * kMiB;
    return is_bounded("fragments", config, 12 * kMiB, [&](Engine &engine) {
        const Bytes payload(bytes_each);
        for (std::uint32_t i = 0; i < 200'000; ++i) {
            const auto source = client(i >> 16);
            engine.feed(ipv4(6, payload, source, server(), static_cast<std::uint16_t>(i), 0x2001));
        }
        return engine.counters().fragments_dropped > 0;
    });
}

bool fragments_of_any_size_are_bounded() {
    return fragments_are_bounded(8) && fragments_are_bounded(1400);
}

bool half_open_connections_are_bounded() {
    auto config = defaults();
    config.max_connections = 10'000;
    return is_bounded("half-open connections", config, 8 * kMiB, [](Engine &engine) {
        for (std::size_t i = 0; i < 200'000; ++i)
            engine.feed(tcp_datagram(client(i), server(), 0, 0, kSyn, {}));
        return engine.counters().connections_evicted > 0;
    });
}

bool clients_with_errors_are_bounded() {
    auto config = defaults();
    config.max_connections = 1'000;
    config.max_clients = 1'000;
    return is_bounded("clients with errors", config, 4 * kMiB, [](Engine &engine) {
        for (std::size_t i = 0; i < 50'000; ++i) {
            Talk talk{engine, client(i)};
            talk.open();
            talk.server_says("-ERR\r\n");
        }
        return engine.counters().clients_evicted > 0;
    });
}

/// A line whose start gave way must not be taken for what its end says.
bool end_of_a_dropped_line_is_no_command() {
    Engine engine(defaults());
    Talk first{engine, client(1'000'000)};
    first.open();
    first.server_says("+OK\r\n");
    first.client_says(std::string(60'000, 'x'));
    fill_with_unfinished_lines(engine);
    const auto dropped = engine.counters().lines_too_long;
    first.client_says("USER alice\r\n");
    return dropped > 0 && engine.counters().requests == 0;
}

/// One who comes when the room is full, and takes little of it, finds it.
bool newcomer_finds_room() {
    Engine engine(defaults());
    Talk last{engine, client(fill_with_unfinished_lines(engine))};
    last.open();
    last.server_says("+OK\r\n");
    last.client_says("USER ");
    last.client_says("alice\r\n");
    return engine.counters().requests == 1;
}

void hundred_thousand_idle_sessions_need_at_most_60_mib(void **) {
    assert_true(idle_sessions_are_small());
}
void flood_of_unfinished_lines_is_bounded(void **) {
    assert_true(unfinished_lines_are_bounded());
}
void line_that_gave_way_is_not_taken_for_its_end(void **) {
    assert_true(end_of_a_dropped_line_is_no_command());
}
void newcomer_finds_room_where_others_hold_more(void **) {
    assert_true(newcomer_finds_room());
}
void flood_of_waiting_commands_is_bounded(void **) {
    assert_true(waiting_commands_are_bounded());
}
void flood_of_out_of_order_bytes_is_bounded(void **) {
    assert_true(out_of_order_bytes_are_bounded());
}
void flood_of_tiny_out_of_order_ranges_is_bounded(void **) {
    assert_true(tiny_out_of_order_ranges_are_bounded());
}
void flood_of_fragments_is_bounded(void **) {
    assert_true(fragments_of_any_size_are_bounded());
}
void flood_of_half_open_connections_is_bounded(void **) {
    assert_true(half_open_connections_are_bounded());
}
void flood_of_clients_with_errors_is_bounded(void **) {
    assert_true(clients_with_errors_are_bounded());
}

} // namespace

int main() {
    const CMUnitTest tests[] = {
        cmocka_unit_test(hundred_thousand_idle_sessions_need_at_most_60_mib),
        cmocka_unit_test(flood_of_unfinished_lines_is_bounded),
        cmocka_unit_test(line_that_gave_way_is_not_taken_for_its_end),
        cmocka_unit_test(newcomer_finds_room_where_others_hold_more),
        cmocka_unit_test(flood_of_waiting_commands_is_bounded),
        cmocka_unit_test(flood_of_out_of_order_bytes_is_bounded),
        cmocka_unit_test(flood_of_tiny_out_of_order_ranges_is_bounded),
        cmocka_unit_test(flood_of_fragments_is_bounded),
        cmocka_unit_test(flood_of_half_open_connections_is_bounded),
        cmocka_unit_test(flood_of_clients_with_errors_is_bounded),
    };
    return cmocka_run_group_tests_name("api.memory", tests, nullptr, nullptr);
}
