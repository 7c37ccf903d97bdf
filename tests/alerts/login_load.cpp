// SPDX-License-Identifier: GPL-2.0-or-later
#include "login_load.hpp"

#include <algorithm>
#include <arpa/inet.h>
#include <array>
#include <utility>

namespace pop3ana_alerts {
namespace {

using pop3ana_test::kStart;

constexpr std::int64_t kDay = 24 * 60 * kMinute;
constexpr std::size_t kNetworkBytes = 8;

// The limits (docs/semantics.md section 8).
constexpr std::size_t kGuessing = 10, kSpraying = 5, kDistributed = 5, kBreach = 5;

} // namespace

void LoginLoad::old_password() {
    poll(new_client(), {new_user(), new_secret(), Outcome::Wrong},
         random.chance(0.2) ? Mechanism::Apop : Mechanism::UserPass);
}

void LoginLoad::old_on_many_devices() {
    const std::string user = new_user(), secret = new_secret();
    for (std::size_t device = 0; device < kDistributed; ++device)
        poll(new_client(), {user, secret, Outcome::Wrong}, Mechanism::Plain);
    poll(new_client(), {user, new_secret(), Outcome::Success}, Mechanism::UserPass);
}

void LoginLoad::shared_address() {
    const Endpoint client = new_client();
    for (std::size_t i = 0; i < kSpraying; ++i) {
        const std::string user = new_user();
        for (std::size_t device = 0; device < kGuessing / kSpraying; ++device)
            poll(client, {user, new_secret(), Outcome::Wrong}, Mechanism::UserPass);
    }
}

void LoginLoad::typing_errors() {
    const Endpoint client = new_client();
    const std::string user = new_user(), secret = new_secret();
    std::int64_t now_ns = kStart;
    for (int i = 0; i < 4; ++i) {
        now_ns += pause({65 * kMinute, 5 * 60 * kMinute});
        now_ns = attempt(now_ns, client, wrong(user, random.between(1, kBreach - 1)),
                         {kSecond, 90 * kSecond});
        visit(now_ns + kMinute, client, {{user, secret, Outcome::Success}});
    }
    poll(client, {user, secret, Outcome::Success}, Mechanism::UserPass);
}

void LoginLoad::locked_mailboxes() {
    const Endpoint client = new_client();
    for (std::size_t i = 0; i <= kGuessing; ++i) {
        const std::string user = new_user(), secret = new_secret();
        poll(client, {user, secret, Outcome::Refused}, Mechanism::UserPass);
        if (random.chance(0.5)) poll(client, {user, secret, Outcome::Success}, Mechanism::Login);
    }
}

void LoginLoad::guessing(const Pauses &pauses) {
    const Endpoint client = new_client(), owner = new_client();
    const std::string user = new_user(), secret = new_secret();
    std::int64_t now_ns = kStart + pause({0, kDay / 2});
    now_ns = attempt(now_ns, client, wrong(user, random.between(1, kBreach - 1)), pauses);
    visit(now_ns + 10 * kSecond, owner, {{user, secret, Outcome::Success}});
    now_ns = attempt(now_ns + pause(pauses), client,
                     wrong(user, random.between(kGuessing, 2 * kGuessing)), pauses);
    expect("guessing", client);
    if (random.chance(0.5)) return;
    visit(now_ns + pause({kMinute, 30 * kMinute}), owner, {{user, secret, Outcome::Success}});
    expect("breach", user);
}

void LoginLoad::spraying(const Pauses &pauses) {
    const Endpoint client = new_client();
    const std::size_t users = random.between(kSpraying + 1, 30);
    const std::size_t before_success = random.below(users + 1);
    const bool one_secret = random.chance(0.5);
    const std::string secret = new_secret();
    std::vector<Login> logins;
    for (std::size_t i = 0; i <= users; ++i)
        logins.push_back({new_user(), one_secret ? secret : new_secret(),
                          i == before_success ? Outcome::Success : Outcome::Wrong});
    attempt(kStart + pause({0, kDay / 2}), client, logins, pauses);
    expect("spraying", client);
    if (users > kGuessing) expect("guessing", client);
    if (before_success >= kBreach) expect("breach", logins[before_success].user);
}

void LoginLoad::distributed(std::size_t clients) {
    const std::string user = new_user(), secret = new_secret();
    const bool one_secret = random.chance(0.5);
    const std::int64_t longest_ns =
        std::min(55 * kMinute, 6 * 60 * kMinute / static_cast<std::int64_t>(clients));
    std::int64_t now_ns = kStart + pause({0, kDay / 2});
    for (std::size_t i = 0; i < clients; ++i) {
        now_ns += pause({longest_ns / 100, longest_ns});
        visit(now_ns, new_client(), {{user, one_secret ? secret : new_secret(), Outcome::Wrong}});
    }
    expect("distributed", user);
    visit(now_ns + kMinute, new_client(), {{user, new_secret(), Outcome::Success}});
    if (!one_secret) expect("breach", user);
}

void LoginLoad::breach() {
    const std::string user = new_user();
    std::vector<Login> logins = wrong(user, random.between(kBreach, kGuessing));
    logins.push_back({user, new_secret(), Outcome::Success});
    attempt(kStart + pause({0, kDay / 2}), new_client(), logins,
            random.chance(0.5) ? kSlow : kOneAMinute);
    expect("breach", user);
}

void LoginLoad::breach_from_many() {
    const std::string user = new_user();
    std::int64_t now_ns = kStart + pause({0, kDay / 2});
    for (const Login &login : wrong(user, std::min(kBreach, kDistributed)))
        visit(now_ns += pause(kSlow), new_client(), {login});
    visit(now_ns + pause(kSlow), new_client(), {{user, new_secret(), Outcome::Success}});
    expect("breach", user);
}

void LoginLoad::interrupted(std::int64_t before_ns, std::int64_t after_ns) {
    const Pauses quick{kSecond, 2 * kSecond};
    const Endpoint guesser = new_client(), sprayer = new_client();
    const std::string target = new_user(), entered = new_user();
    const Login at_target{target, new_secret(), Outcome::Wrong};

    attempt(before_ns, guesser, wrong(new_user(), kGuessing), quick);
    for (std::size_t i = 0; i < kSpraying; ++i)
        visit(before_ns, sprayer, wrong(new_user(), 1));
    for (std::size_t i = 0; i < kDistributed; ++i)
        visit(before_ns, new_client(), {at_target});
    attempt(before_ns, new_client(), wrong(entered, kBreach), quick);

    // One after the other: in a full table of connections a new one gives way to the next until it
    // has sent data.
    visit(after_ns, guesser, wrong(new_user(), 1));
    expect("guessing", guesser);
    visit(after_ns += 5 * kSecond, sprayer, wrong(new_user(), 1));
    expect("spraying", sprayer);
    visit(after_ns += 5 * kSecond, new_client(), {at_target});
    expect("distributed", target);
    visit(after_ns += 5 * kSecond, new_client(), {{entered, new_secret(), Outcome::Success}});
    expect("breach", entered);
}

// Addresses are not in order, and those of IPv6 are networks of 64 bits.
Endpoint LoginLoad::new_client() {
    const std::uint32_t number = ++clients_ * 0x9e'37b1; // odd: 2^24 different ones
    Endpoint client = pop3ana_test::endpoint(random.chance(0.7) ? "10.0.0.0" : "2001:db8::", 0);
    const std::size_t at = client.family == 4 ? 1 : 5;
    for (std::size_t i = 0; i < 3; ++i)
        client.address[at + i] = static_cast<std::uint8_t>(number >> (16 - 8 * i));
    return client;
}

std::string LoginLoad::new_user() {
    return "user" + std::to_string(++users_);
}

std::string LoginLoad::new_secret() {
    return random.word(6) + "-" + std::to_string(++secrets_);
}

std::vector<Login> LoginLoad::wrong(const std::string &user, std::size_t times) {
    std::vector<Login> logins(times);
    for (Login &login : logins)
        login = {user, new_secret(), Outcome::Wrong};
    return logins;
}

std::int64_t LoginLoad::pause(const Pauses &pauses) {
    return static_cast<std::int64_t>(random.between(static_cast<std::size_t>(pauses.least_ns),
                                                    static_cast<std::size_t>(pauses.most_ns)));
}

void LoginLoad::visit(std::int64_t start_ns, const Endpoint &client, std::vector<Login> logins) {
    constexpr Mechanism kMechanisms[] = {Mechanism::UserPass, Mechanism::Plain,
                                         Mechanism::PlainInitial, Mechanism::Login};
    Visit visit{start_ns, client, random.pick(kMechanisms), std::move(logins), 0};
    visit.client.port = static_cast<std::uint16_t>(random.between(1024, 65'535));
    if (client.family == 6)
        for (std::size_t i = kNetworkBytes; i < client.address.size(); ++i)
            visit.client.address[i] = static_cast<std::uint8_t>(random.next());
    visits.push_back(std::move(visit));
}

void LoginLoad::poll(const Endpoint &client, const Login &login, Mechanism mechanism) {
    const std::int64_t interval_ns = pause({5 * kMinute, 70 * kMinute});
    std::int64_t now_ns = kStart + pause({0, interval_ns});
    for (; now_ns < kStart + kDay; now_ns += pause({interval_ns * 4 / 5, interval_ns * 6 / 5})) {
        visit(now_ns, client, {login});
        visits.back().mechanism = mechanism;
    }
}

// Some tries a connection. Gives the time of the last try.
std::int64_t LoginLoad::attempt(std::int64_t start_ns, const Endpoint &client,
                                const std::vector<Login> &logins, const Pauses &pauses) {
    std::int64_t now_ns = start_ns;
    for (std::size_t i = 0; i < logins.size();) {
        std::vector<Login> some;
        for (std::size_t left = random.between(1, 4); left > 0 && i < logins.size(); --left) {
            some.push_back(logins[i++]);
            if (some.back().outcome == Outcome::Success) break;
        }
        if (i > some.size()) now_ns += pause(pauses);
        const auto pauses_in_it = static_cast<std::int64_t>(some.size()) - 1;
        visit(now_ns, client, std::move(some));
        visits.back().pause_ns = pause(pauses);
        now_ns += pauses_in_it * visits.back().pause_ns;
    }
    return now_ns;
}

void LoginLoad::expect(const char *kind, const std::string &user) {
    labels.push_back({kind, user});
}

void LoginLoad::expect(const char *kind, const Endpoint &client) {
    std::array<char, INET6_ADDRSTRLEN> text{};
    inet_ntop(client.family == 4 ? AF_INET : AF_INET6, client.address.data(), text.data(),
              text.size());
    labels.push_back({kind, text.data()});
}

} // namespace pop3ana_alerts
