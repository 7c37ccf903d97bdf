// SPDX-License-Identifier: GPL-2.0-or-later
#include "detect/error_threshold.hpp"
#include "support.hpp"

#include <map>

using namespace pop3ana;

namespace {

constexpr std::uint64_t kExpiry = 100;

Address address(std::uint8_t family, std::uint8_t last) {
    Address result;
    result.family = family;
    result.bytes[0] = 10;
    result.bytes[3] = last;
    return result;
}

struct Bench {
    explicit Bench(std::uint32_t threshold = 3, std::uint32_t max_clients = 1'000,
                   bool alert_once = false)
        : errors({threshold, alert_once, kExpiry, max_clients, 5}, counters) {}

    /// "count", with "!" when there is an alert.
    std::string error(std::uint8_t client, std::int64_t now, std::uint8_t family = 4) {
        const auto count = errors.error(address(family, client), now);
        return std::to_string(count.errors) + (count.alerts ? "!" : "");
    }
    std::string several(int times, std::uint8_t client, std::int64_t now) {
        std::string counts;
        for (int i = 0; i < times; ++i)
            counts += error(client, now) + ' ';
        return counts;
    }

    pop3ana_counters counters{};
    ErrorThreshold errors;
};

bool a_count_exceeds_when_it_is_greater_than_the_threshold() {
    return unit::same("3", Bench{3}.several(5, 1, 0), "1 2 3 4! 5! ") &&
           unit::same("0", Bench{0}.several(2, 1, 0), "1! 2! ") &&
           unit::same("largest", Bench{0xffffffff}.several(2, 1, 0), "1 2 ");
}

bool once_is_where_a_count_first_exceeds_the_threshold() {
    Bench bench{3, 1'000, true};
    const std::string first = bench.several(6, 1, 0), other = bench.several(5, 2, 0);
    const std::string again = bench.several(5, 1, kExpiry + 1); // a new count
    return unit::same("first", first, "1 2 3 4! 5 6 ") &&
           unit::same("another client", other, "1 2 3 4! 5 ") &&
           unit::same("again", again, "1 2 3 4! 5 ") &&
           unit::same("0", Bench{0, 1'000, true}.several(2, 1, 0), "1! 2 ") &&
           unit::same("largest", Bench{0xffffffff, 1'000, true}.several(2, 1, 0), "1 2 ");
}

bool each_client_has_its_own_count() {
    Bench bench{1};
    std::string counts;
    for (const int client : {1, 2, 1, 2})
        counts += bench.error(static_cast<std::uint8_t>(client), 0) + ' ';
    return unit::same("counts", counts, "1 1 2! 2! ");
}

bool the_same_bytes_in_ipv4_and_ipv6_are_two_clients() {
    Bench bench;
    bench.error(1, 0, 4);
    return unit::same("IPv6", bench.error(1, 0, 6), "1") &&
           unit::same("IPv4", bench.error(1, 0, 4), "2") &&
           unit::same("clients", bench.counters.clients, 2);
}

bool a_count_lives_exactly_as_long_as_the_expiry() {
    Bench bench;
    std::string counts;
    for (const std::uint64_t ns : {0 * kExpiry, kExpiry, 2 * kExpiry, 3 * kExpiry + 1})
        counts += bench.error(1, static_cast<std::int64_t>(ns)) + ' ';
    return unit::same("counts", counts, "1 2 3 1 ");
}

bool counts_that_are_over_are_dropped() {
    Bench bench;
    bench.error(1, 0);
    bench.error(2, 50);
    bench.error(1, 60); // Touched again: now the younger one.
    bench.errors.expire(150);
    const bool none = unit::same("clients", bench.counters.clients, 2);
    bench.errors.expire(151);
    const bool one = unit::same("clients", bench.counters.clients, 1);
    bench.errors.expire(161);
    return unit::same("clients", bench.counters.clients, 0) && none && one &&
           unit::same("none was evicted", bench.counters.clients_evicted, 0);
}

bool the_smallest_count_gives_way_then_the_longest_untouched() {
    Bench bench{3, 3};
    for (const int client : {1, 1, 2, 3})
        bench.error(static_cast<std::uint8_t>(client), 0);
    bench.error(4, 0); // 2 has one error, and so has 3, which was touched later.
    const bool one = unit::same("evicted", bench.counters.clients_evicted, 1) &&
                     unit::same("clients", bench.counters.clients, 3);
    const bool kept = unit::same("3 is not the one", bench.error(3, 0), "2");
    return one && kept && unit::same("1 is longest untouched", bench.error(1, 0), "3") &&
           unit::same("2 is", bench.error(2, 0), "1");
}

bool a_flood_of_clients_with_one_error_pushes_out_no_larger_count() {
    Bench bench{3, 100};
    bench.several(3, 1, 0);
    for (int client = 2; client < 250; ++client)
        bench.error(static_cast<std::uint8_t>(client), 1);
    return unit::same("evicted", bench.counters.clients_evicted, 149) &&
           unit::same("its fourth error", bench.error(1, 2), "4!");
}

bool with_larger_counts_alone_the_smallest_of_them_gives_way() {
    Bench bench{3, 2};
    bench.several(5, 1, 0);
    bench.several(2, 2, 0);
    return unit::same("a new one", bench.error(3, 1), "1") &&
           unit::same("the largest is still there", bench.error(1, 1), "6!");
}

bool random_errors_agree(unit::Random &random) {
    Bench bench;
    struct Known {
        std::uint64_t errors = 0;
        std::int64_t last = 0;
    };
    std::map<std::uint8_t, Known> model;
    std::int64_t now = 0;
    for (int step = 0; step < 100; ++step) {
        now += static_cast<std::int64_t>(random.below(60));
        const auto client = static_cast<std::uint8_t>(random.below(6));
        Known &known = model[client];
        if (static_cast<std::uint64_t>(now - known.last) > kExpiry) known.errors = 0;
        if (random.chance(0.2)) bench.errors.expire(now);
        known = {known.errors + 1, now};
        const std::string expected = std::to_string(known.errors) + (known.errors > 3 ? "!" : "");
        if (!unit::same("error", bench.error(client, now), expected)) return false;
    }
    return true;
}

bool random_errors_are_counted_as_a_map_does() {
    return unit::holds_for_rounds("unit.error_threshold", 300, random_errors_agree);
}

} // namespace

int main() {
    return unit::run("unit.error_threshold",
                     {UNIT_TEST(a_count_exceeds_when_it_is_greater_than_the_threshold),
                      UNIT_TEST(once_is_where_a_count_first_exceeds_the_threshold),
                      UNIT_TEST(each_client_has_its_own_count),
                      UNIT_TEST(the_same_bytes_in_ipv4_and_ipv6_are_two_clients),
                      UNIT_TEST(a_count_lives_exactly_as_long_as_the_expiry),
                      UNIT_TEST(counts_that_are_over_are_dropped),
                      UNIT_TEST(the_smallest_count_gives_way_then_the_longest_untouched),
                      UNIT_TEST(a_flood_of_clients_with_one_error_pushes_out_no_larger_count),
                      UNIT_TEST(with_larger_counts_alone_the_smallest_of_them_gives_way),
                      UNIT_TEST(random_errors_are_counted_as_a_map_does)});
}
