// Labelled loads: who logs in when, with what, and which alerts that must give (docs/semantics.md
// section 8). The same seed gives the same load.
// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include "seed.hpp"
#include "traffic.hpp"

#include <cstdint>
#include <string>
#include <vector>

namespace pop3ana_alerts {

using pop3ana_test::Endpoint;
using pop3ana_test::kSecond;
using pop3ana_test::Random;

constexpr std::int64_t kMinute = 60 * kSecond;

enum class Outcome : std::uint8_t {
    Success,
    Wrong,  ///< user or password
    Refused ///< mailbox locked, server in trouble: it says nothing of the password
};

struct Login {
    std::string user;
    std::string secret;
    Outcome outcome = Outcome::Wrong;
};

enum class Mechanism : std::uint8_t { UserPass, Plain, PlainInitial, Login, Apop };

/// One connection.
struct Visit {
    std::int64_t start_ns = 0;
    Endpoint client;
    Mechanism mechanism = Mechanism::UserPass;
    std::vector<Login> logins; ///< only the last one may succeed
    std::int64_t pause_ns = 0; ///< from one to the next
};

/// The packets of a visit to one and the same server.
pop3ana_test::Capture play(const Visit &visit, Random &random);

/// An alert that must come, of a client for guessing and spraying, else of a user.
struct Label {
    std::string kind;
    std::string of; ///< the address, of IPv6 the network; or the name
};

/// From one try to the next. Each is less than --expire, or the sets would forget.
struct Pauses {
    std::int64_t least_ns = 30 * kSecond;
    std::int64_t most_ns = 90 * kSecond;
};
constexpr Pauses kOneAMinute;
constexpr Pauses kSlow{40 * kMinute, 59 * kMinute};
constexpr Pauses kSlowWithSuccess{20 * kMinute, 29 * kMinute}; ///< which adds to no set

/// Plans the visits of people and of attackers. Each has users and addresses of its own, since what
/// is due would else depend on who comes first.
class LoginLoad {
public:
    explicit LoginLoad(std::uint64_t seed) : random(seed) {}

    // People, for a day: no alert.
    void old_password();        ///< a program that polls with it
    void old_on_many_devices(); ///< of one user, who logs in elsewhere
    void shared_address();      ///< of as many users and old passwords as give no alert yet
    void typing_errors();       ///< now and then, while a program polls with the right one
    void locked_mailboxes();    ///< of many users behind one address

    // Attacks, each with the alerts that it must give.
    void guessing(const Pauses &pauses);
    void spraying(const Pauses &pauses);
    void distributed(std::size_t clients);
    void breach();           ///< one client guesses, and gets in
    void breach_from_many(); ///< clients guess once each, and another one gets in

    /// Attacks that are below all limits at `before_ns` and exceed them at `after_ns`.
    void interrupted(std::int64_t before_ns, std::int64_t after_ns);

    Random random;
    std::vector<Visit> visits;
    std::vector<Label> labels;

private:
    Endpoint new_client();
    std::string new_user();
    std::string new_secret();
    std::vector<Login> wrong(const std::string &user, std::size_t times);
    std::int64_t pause(const Pauses &pauses);
    void visit(std::int64_t start_ns, const Endpoint &client, std::vector<Login> logins);
    void poll(const Endpoint &client, const Login &login, Mechanism mechanism);
    std::int64_t attempt(std::int64_t start_ns, const Endpoint &client,
                         const std::vector<Login> &logins, const Pauses &pauses);
    void expect(const char *kind, const std::string &user);
    void expect(const char *kind, const Endpoint &client);

    std::uint32_t clients_ = 0;
    std::uint32_t users_ = 0;
    std::uint32_t secrets_ = 0;
};

} // namespace pop3ana_alerts
