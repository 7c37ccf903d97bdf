// The servers whose replies are known, or are being learned.
// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include "base/address.hpp"
#include "tls/server_profile.hpp"

#include <array>
#include <compare>
#include <cstdint>
#include <deque>
#include <list>
#include <map>
#include <tuple>

namespace pop3ana {

/// A balancer may have several servers behind one address: they are told apart by the lengths of
/// their greetings.
struct ServerEnd {
    Address address;
    std::uint16_t port = 0;
    std::uint64_t greeting = 0; ///< its bytes

    friend bool operator<(const ServerEnd &a, const ServerEnd &b) {
        return std::tie(a.port, a.address.family, a.address.bytes, a.greeting) <
               std::tie(b.port, b.address.family, b.address.bytes, b.greeting);
    }
};

struct ShadowServer {
    ServerProfile profile;
    std::deque<std::uint64_t> kept; ///< sessions, the first one first
    std::uint64_t learned = 0;      ///< sessions
    std::uint64_t next_try = 1;     ///< when so many are learned
    bool is_proved = false;         ///< it is in the list of those
    std::list<ServerEnd>::iterator place;
};

/// Where there are too many, the one that was used longest ago gives way; those from which no mail
/// was fetched come first, since a stranger may have made them up.
class ShadowServers {
public:
    /// The server that a session with such an end is of: a long greeting may hold what is of the
    /// session, and be a little longer or shorter than that of another one.
    [[nodiscard]] ServerEnd server_of(const ServerEnd &end) const;
    /// nullptr: it is not known.
    [[nodiscard]] ShadowServer *find(const ServerEnd &end);
    /// The server, which is used. Where it is new there must be room.
    ShadowServer &use(const ServerEnd &end);
    /// The one that has to give way for another; nullptr: none, there is room.
    [[nodiscard]] const ServerEnd *next_to_give_way() const;
    void erase(const ServerEnd &end);

    [[nodiscard]] auto begin() { return servers_.begin(); }
    [[nodiscard]] auto end() { return servers_.end(); }

private:
    std::map<ServerEnd, ShadowServer> servers_;
    std::array<std::list<ServerEnd>, 2> by_use_; ///< by is_proved; the longest unused first
};

} // namespace pop3ana
