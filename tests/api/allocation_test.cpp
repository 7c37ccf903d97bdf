// A warmed engine takes segments of a known connection, in order, without touching the heap.
// SPDX-License-Identifier: GPL-2.0-or-later
#include "cmocka.hpp"
#include "heap.hpp"
#include "library.hpp"
#include "traffic.hpp"

#include <cstdio>
#include <pop3ana/pop3ana.h>

using namespace pop3ana_test;

namespace {

constexpr std::size_t kSegments = 10'000;

struct Fixture {
    pop3ana_engine *engine = nullptr;
    std::uint64_t events = 0;
    Capture warm, measured;
};

/// Commands and replies, whole, pipelined and cut inside a line; a message body; a refused command.
void one_round(Conversation &talk) {
    static const std::string kBody(1400, 'x');
    talk.send(Side::Client, "NOOP\r\n");
    talk.send(Side::Server, "+OK\r\n");
    talk.send(Side::Client, "LIST 1\r\nUIDL 1\r\nDE");
    talk.send(Side::Client, "LE 1\r\n");
    talk.send(Side::Server, "+OK 1 120\r\n+OK 1 x\r");
    talk.send(Side::Server, "\n-ERR no such message\r\n");
    talk.send(Side::Client, "USER x\r\n");
    talk.send(Side::Server, "-ERR\r\n");
    talk.send(Side::Client, "RETR 1\r\n");
    talk.send(Side::Server, "+OK 14000 octets\r\nSubject: x\r\n\r\n");
    for (int i = 0; i < 10; ++i)
        talk.send(Side::Server, kBody + "\r\n");
    talk.send(Side::Server, ".\r");
    talk.send(Side::Server, "\n");
    talk.send(Side::Client, "XYZZY\r\n");
    talk.send(Side::Server, "-ERR unknown command\r\n");
}

void count_event(void *user_data, const pop3ana_event *event) {
    char line[512];
    if (pop3ana_format_log_line(event, line, sizeof(line)) > 0)
        ++static_cast<Fixture *>(user_data)->events;
}

int set_up(void **state) {
    auto *fixture = new Fixture;
    *state = fixture;
    pop3ana_config config;
    pop3ana_config_init(&config);
    const pop3ana_sink sink = {sizeof(sink), fixture, count_event};
    Conversation talk({});
    talk.open();
    talk.send(Side::Server, "+OK\r\n");
    talk.send(Side::Client, "APOP alice c4c9334bac560ecc979e58001b3e22fb\r\n");
    talk.send(Side::Server, "+OK\r\n");
    for (int i = 0; i < 3; ++i)
        one_round(talk);
    fixture->warm = talk.take();
    while (fixture->measured.size() < kSegments) {
        one_round(talk);
        for (auto &frame : talk.take())
            fixture->measured.push_back(std::move(frame));
    }
    return pop3ana_engine_new(&config, &sink, &fixture->engine, nullptr, 0);
}

int tear_down(void **state) {
    auto *fixture = static_cast<Fixture *>(*state);
    pop3ana_engine_free(fixture->engine);
    delete fixture;
    return 0;
}

void feed(pop3ana_engine *engine, const Capture &capture) {
    for (const auto &frame : capture) {
        const pop3ana_frame plain = library_frame(frame, 1);
        pop3ana_feed_frame(engine, &plain);
    }
}

void counter_sees_allocations(void **) {
    const auto before = heap_allocations();
    delete new (std::nothrow) Fixture;
    assert_true(heap_allocations() > before);
}

void segments_in_order_take_no_memory(void **state) {
    auto *fixture = static_cast<Fixture *>(*state);
    feed(fixture->engine, fixture->warm);
    const auto events_before = fixture->events;
    const auto before = heap_allocations();
    feed(fixture->engine, fixture->measured);
    assert_int_equal(heap_allocations() - before, 0);
    assert_true(fixture->events - events_before > kSegments / 4);
}

} // namespace

int main() {
    const CMUnitTest tests[] = {
        cmocka_unit_test(counter_sees_allocations),
        cmocka_unit_test_setup_teardown(segments_in_order_take_no_memory, set_up, tear_down),
    };
    return cmocka_run_group_tests_name("api.allocation", tests, nullptr, nullptr);
}
