// Alerts on logins (docs/semantics.md section 8).
// SPDX-License-Identifier: GPL-2.0-or-later
#include "base/limits.hpp"
#include "detect/login_guesses.hpp"
#include "detect/stls_offers.hpp"
#include "support.hpp"

using namespace pop3ana;

namespace {

constexpr std::uint64_t kExpiry = 100;

Address client_of(unsigned number, std::uint8_t family = 4) {
    Address result;
    result.family = family;
    for (std::size_t i = 0; i < 4; ++i)
        result.bytes[i] = static_cast<std::uint8_t>(number >> (24 - 8 * i));
    return result;
}

std::string user_of(unsigned number) {
    return std::string{"u"}.append(std::to_string(number));
}

struct Bench {
    explicit Bench(std::uint32_t max_records = 1'000)
        : guesses({{3, 2, 2, 3}, kExpiry, max_records, 7}, counters) {}

    /// "g4" for an alert on guessing with count 4, and so on.
    std::string alerts_of(const LoginGuesses::Alerts &alerts) {
        std::string text;
        const auto add = [&](char kind, std::uint64_t count) {
            if (count != 0) text.append(1, kind).append(std::to_string(count));
        };
        add('g', alerts.guessing);
        add('s', alerts.spraying);
        add('d', alerts.distributed);
        add('b', alerts.breach);
        return text.append(" ");
    }
    std::string fail(unsigned client, std::string_view user, std::string_view secret,
                     std::int64_t now = 0, bool saw_handshake = true) {
        return alerts_of(guesses.failure({client_of(client), user, secret, saw_handshake}, now));
    }
    std::string succeed(unsigned client, std::string_view user, std::int64_t now = 0) {
        return alerts_of(guesses.success({client_of(client), user, "", true}, now));
    }
    /// Fails with so many different passwords.
    std::string guess(unsigned client, std::string_view user, int times, std::int64_t now = 0) {
        std::string alerts;
        for (int i = 0; i < times; ++i)
            alerts += fail(client, user, std::to_string(i), now);
        return alerts;
    }

    pop3ana_counters counters{};
    LoginGuesses guesses;
};

bool inferred_failures_count_by_their_lengths() {
    Bench bench;
    std::string counts;
    const auto fail = [&](unsigned client, std::uint64_t lengths) {
        counts +=
            std::to_string(bench.guesses.inferred_failure(client_of(client), lengths, true, 0));
    };
    for (int i = 0; i < 10; ++i)
        fail(1, 7); // one password, again and again
    for (std::uint64_t lengths = 1; lengths < 4; ++lengths)
        fail(1, lengths);
    fail(2, 4);
    return unit::same("counts", counts, "00000000000040");
}

bool guessing_is_said_above_the_limit_and_when_it_has_doubled() {
    return unit::same("alerts", Bench{}.guess(1, "al", 9), "   g4    g8  ");
}

bool an_old_password_counts_once() {
    Bench bench;
    std::string alerts;
    for (int i = 0; i < 20; ++i)
        alerts += bench.fail(1, "al", "old", i);
    return unit::same("alerts", alerts, std::string(20, ' ')) &&
           unit::same("login", bench.succeed(1, "al", 20), " ");
}

bool spraying_counts_users() {
    Bench bench;
    std::string alerts;
    for (const char *user : {"a", "b", "a", "c", "d"})
        alerts += bench.fail(1, user, "pw");
    return unit::same("alerts", alerts, "   s3 g4 ");
}

bool distributed_guessing_counts_clients() {
    Bench bench;
    std::string alerts;
    for (const unsigned client : {1U, 2U, 2U, 3U, 4U})
        alerts += bench.fail(client, "al", "pw");
    return unit::same("alerts", alerts, "   d3  ");
}

bool an_ipv6_client_is_its_network() {
    Bench bench;
    std::string alerts;
    for (std::uint8_t host = 0; host < 4; ++host) {
        Address client = client_of(1, 6);
        client.bytes[15] = host;
        alerts += bench.alerts_of(bench.guesses.failure({client, "al", "pw", true}, 0));
        client.bytes[7] = host;
        alerts += bench.alerts_of(bench.guesses.failure({client, "bo", "pw", true}, 0));
    }
    return unit::same("alerts", alerts, "     d3   ");
}

bool a_login_after_failures_is_a_breach() {
    Bench bench;
    bench.guess(1, "al", 3);
    return unit::same("same client", bench.succeed(1, "bo"), "b3 ") &&
           unit::same("same user", bench.succeed(2, "al"), "b3 ") &&
           unit::same("neither", bench.succeed(2, "bo"), " ");
}

bool a_set_is_forgotten_when_nothing_new_came() {
    Bench bench;
    bench.guess(1, "al", 3, 0);
    bench.fail(1, "al", "0", 90); // Is not new, so it changes nothing.
    return unit::same("in time", bench.succeed(1, "al", 100), "b3 ") &&
           unit::same("too late", bench.succeed(1, "al", 101), " ") &&
           unit::same("anew", bench.guess(1, "al", 4, 101), "   g4 ");
}

bool the_count_goes_on_where_members_are_forgotten() {
    Bench bench;
    const std::string alerts = bench.guess(1, "al", 128);
    return unit::holds("128", alerts.find("g128") != std::string::npos) &&
           unit::same("the oldest is new again", bench.fail(1, "al", "0"), " ") &&
           unit::same("count", bench.succeed(1, "al"), "b129 ");
}

bool pairs_are_told_apart_by_where_the_user_ends() {
    Bench bench;
    bench.fail(1, "ab", "c");
    bench.fail(1, "a", "bc");
    return unit::same("alerts", bench.succeed(1, "x"), " ") &&
           unit::same("three", bench.fail(1, "abc", ""), "s3 ") &&
           unit::same("breach", bench.succeed(1, "x"), "b3 ");
}

bool who_was_made_up_does_not_push_out_others() {
    Bench bench{4};
    bench.guess(1, "al", 3);
    for (unsigned client = 10; client < 100; ++client)
        bench.fail(client, user_of(client), "pw", 1, false);
    return unit::same("kept", bench.succeed(1, "al", 1), "b3 ") &&
           unit::holds("counted", bench.counters.guess_records_evicted > 100);
}

bool memory_is_bounded() {
    Bench bench{1'000'000};
    const unsigned clients = 200'000;
    for (unsigned client = 0; client < clients; ++client)
        bench.guess(client, user_of(client), 64);
    // 64 pairs of a client, 64 passwords of a user, and one of each of the others.
    const std::uint64_t kept = clients * 2ULL - bench.counters.guess_records_evicted;
    return unit::holds("records", kept * 64 * 4 <= kGuessBytesTotal + 4'096) &&
           unit::holds("some", kept * 64 * 4 > kGuessBytesTotal / 2);
}

bool sets_that_grow_give_way_too_and_made_up_ones_first() {
    // Two sets of 256 bytes each: 72 MB.
    constexpr unsigned kClients = 140'000, kFirst = 10, kTimes = 9;
    Bench bench{1'000'000};
    bench.guess(1, "al", 3);
    for (unsigned time = 0; time < kTimes; ++time)
        for (unsigned client = kFirst; client < kFirst + kClients; ++client)
            bench.fail(client, user_of(time), "pw", 1, false);
    bench.fail(kFirst, "bo", "pw", 1, false); // One more user: it takes no other's place.
    std::uint64_t bytes = 0;
    for (unsigned client = kFirst; client < kFirst + kClients; ++client) {
        const LoginGuesses::Login login{client_of(client), "nobody", "", false};
        if (bench.guesses.success(login, 1).breach == kTimes) bytes += 2 * 256; // Pairs, and users.
    }
    return unit::same("client", bench.succeed(1, "nobody", 1), "b3 ") &&
           unit::same("user", bench.succeed(2, "al", 1), "b3 ") &&
           unit::holds("memory", bytes <= kGuessBytesTotal) &&
           unit::holds("some", bytes > kGuessBytesTotal / 2);
}

bool an_offer_of_stls_is_known_for_a_day() {
    StlsOffers offers{7};
    const Address server = client_of(1);
    offers.note(server, 110, 5);
    return unit::holds("known", offers.are_known(server, 110, 5 + kStlsOfferNs)) &&
           unit::holds("over", !offers.are_known(server, 110, 6 + kStlsOfferNs)) &&
           unit::holds("port", !offers.are_known(server, 111, 5)) &&
           unit::holds("address", !offers.are_known(client_of(2), 110, 5));
}

bool offers_of_stls_are_bounded() {
    StlsOffers offers{7};
    for (unsigned server = 0; server <= kStlsServers; ++server)
        offers.note(client_of(server), 110, server);
    return unit::holds("oldest", !offers.are_known(client_of(0), 110, 0)) &&
           unit::holds("next", offers.are_known(client_of(1), 110, 1));
}

} // namespace

int main() {
    const std::vector<CMUnitTest> tests{
        UNIT_TEST(inferred_failures_count_by_their_lengths),
        UNIT_TEST(guessing_is_said_above_the_limit_and_when_it_has_doubled),
        UNIT_TEST(an_old_password_counts_once),
        UNIT_TEST(spraying_counts_users),
        UNIT_TEST(distributed_guessing_counts_clients),
        UNIT_TEST(an_ipv6_client_is_its_network),
        UNIT_TEST(a_login_after_failures_is_a_breach),
        UNIT_TEST(a_set_is_forgotten_when_nothing_new_came),
        UNIT_TEST(the_count_goes_on_where_members_are_forgotten),
        UNIT_TEST(pairs_are_told_apart_by_where_the_user_ends),
        UNIT_TEST(who_was_made_up_does_not_push_out_others),
        UNIT_TEST(memory_is_bounded),
        UNIT_TEST(sets_that_grow_give_way_too_and_made_up_ones_first),
        UNIT_TEST(an_offer_of_stls_is_known_for_a_day),
        UNIT_TEST(offers_of_stls_are_bounded),
    };
    return unit::run("unit.login_guesses", tests);
}
