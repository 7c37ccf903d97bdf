// What waits for secrets, and who gives way.
// SPDX-License-Identifier: GPL-2.0-or-later
#include "support.hpp"
#include "tls/waiting_room.hpp"

using namespace pop3ana;

namespace {

struct Input {
    std::uint64_t frame = 0;
    std::uint64_t bytes = 0;
    [[nodiscard]] std::uint64_t cost() const { return bytes; }
};

/// "connection.frame" for each input that goes on, "-connection:inputs" for each guest given up.
struct Bench {
    void hold(std::uint64_t connection, std::uint64_t bytes) {
        room.hold(connection, {++frame, bytes},
                  [&](std::uint64_t gone, const std::vector<Input> &inputs) {
                      log.append("-").append(std::to_string(gone)).append(":");
                      log.append(std::to_string(inputs.size())).append(" ");
                  });
    }
    void wait_for(std::uint64_t connection, char random) {
        room.wait_for(connection, as_bytes(randoms(random)));
    }
    void secrets(char random) { room.on_secrets(as_bytes(randoms(random))); }
    static std::string randoms(char byte) { return std::string(kHelloRandomBytes, byte); }
    std::string let_go() {
        room.let_go([&](std::uint64_t connection, const Input &input) {
            log.append(std::to_string(connection)).append(".");
            log.append(std::to_string(input.frame)).append(" ");
        });
        return std::exchange(log, {});
    }
    WaitingRoom<Input> room;
    std::uint64_t frame = 0;
    std::string log;
};

bool inputs_go_on_in_the_order_of_the_capture() {
    Bench bench;
    bench.hold(1, 10);
    bench.hold(2, 10);
    bench.hold(3, 10);
    bench.hold(1, 10);
    bench.wait_for(1, 'a');
    bench.wait_for(2, 'b');
    bench.wait_for(3, 'c');
    bench.hold(2, 10);
    bench.secrets('b');
    bench.secrets('a');
    return unit::same("those that are ready", bench.let_go(), "1.1 2.2 1.4 2.5 ") &&
           unit::holds("no others", !bench.room.has_ready());
}

bool connections_of_the_same_random_go_on_together() {
    Bench bench;
    bench.hold(1, 10);
    bench.hold(2, 10);
    bench.wait_for(1, 'a');
    bench.wait_for(2, 'a');
    bench.secrets('a');
    return unit::same("both", bench.let_go(), "1.1 2.2 ");
}

bool secrets_twice_let_go_once() {
    Bench bench;
    bench.hold(1, 10);
    bench.wait_for(1, 'a');
    bench.secrets('a');
    bench.secrets('a');
    bench.room.on_secrets(1);
    return unit::same("once", bench.let_go(), "1.1 ") &&
           unit::same("not again", bench.let_go(), "");
}

bool secrets_of_others_let_nobody_go() {
    Bench bench;
    bench.hold(1, 10);
    bench.wait_for(1, 'a');
    bench.secrets('b');
    return unit::holds("nobody is ready", !bench.room.has_ready()) &&
           unit::same("nobody", bench.let_go(), "");
}

bool a_connection_that_brings_too_much_gives_way() {
    Bench bench;
    bench.hold(1, 10);
    bench.hold(2, kTlsHeldBytes - kTlsGuestBytes);
    bool fine = unit::same("within the limit", bench.log, "");
    bench.hold(2, 1);
    return unit::same("one more byte", std::exchange(bench.log, {}), "-2:2 ") && fine;
}

bool one_byte_inputs_have_a_limit_too() {
    Bench bench;
    for (std::uint64_t i = 0; i < kTlsHeldBytes && bench.log.empty(); ++i)
        bench.hold(1, 1);
    return unit::same("frames", bench.frame, kTlsHeldBytes - kTlsGuestBytes + 1);
}

bool the_longest_waiting_give_way() {
    Bench bench;
    constexpr std::uint64_t kCost = kTlsHeldBytes / 2;
    constexpr std::uint64_t kGuests = kTlsHeldBytesTotal / kCost;
    for (std::uint64_t i = 1; i <= kGuests; ++i)
        bench.hold(i, kCost - kTlsGuestBytes);
    bool fine = unit::same("all are here", bench.log, "");
    bench.wait_for(1, 'a');
    bench.hold(kGuests + 1, 2 * kCost - kTlsGuestBytes);
    fine = unit::same("two leave", std::exchange(bench.log, {}), "-1:1 -2:1 ") && fine;
    bench.secrets('a');
    return unit::same("the first one is forgotten", bench.let_go(), "") && fine;
}

bool empty_connections_have_a_limit_too() {
    Bench bench;
    std::uint64_t count = 0;
    while (bench.log.empty())
        bench.hold(++count, 0);
    return unit::same("guests", count, kTlsHeldBytesTotal / kTlsGuestBytes + 1) &&
           unit::same("the first one leaves", bench.log, "-1:1 ");
}

bool what_went_on_makes_room() {
    Bench bench;
    constexpr std::uint64_t kCost = kTlsHeldBytes - kTlsGuestBytes;
    for (std::uint64_t i = 0; i < 3 * kTlsHeldBytesTotal / kTlsHeldBytes; ++i) {
        bench.hold(i, kCost);
        bench.room.on_secrets(i);
        bench.room.let_go([](std::uint64_t, const Input &) {});
    }
    return unit::same("nobody gave way", bench.log, "");
}

} // namespace

int main() {
    return unit::run(
        "unit.tls_waiting_room",
        {UNIT_TEST(inputs_go_on_in_the_order_of_the_capture),
         UNIT_TEST(connections_of_the_same_random_go_on_together),
         UNIT_TEST(secrets_twice_let_go_once), UNIT_TEST(secrets_of_others_let_nobody_go),
         UNIT_TEST(a_connection_that_brings_too_much_gives_way),
         UNIT_TEST(one_byte_inputs_have_a_limit_too), UNIT_TEST(the_longest_waiting_give_way),
         UNIT_TEST(empty_connections_have_a_limit_too), UNIT_TEST(what_went_on_makes_room)});
}
