// Which session to evict when the memory for packets is used up.
//
// The order of eviction is:
// 1. the longest idle session of the client that holds most, if it holds more than its share
//    (kKeptShareBytes);
// 2. the longest idle session without an error: these raise no alert;
// 3. the longest idle session.
// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <cstddef>
#include <cstdint>
#include <list>
#include <set>
#include <string>
#include <unordered_map>

namespace pop3dump {

class KeptShares {
public:
    /// What the session of a connection holds now; it was used just now.
    void set_bytes(std::uint64_t connection, std::size_t bytes);
    /// Whose it is: see client_key.hpp. Sessions of unknown clients are nobody's.
    void set_client(std::uint64_t connection, const std::string &client);
    void set_error(std::uint64_t connection);
    void erase(std::uint64_t connection);

    [[nodiscard]] std::size_t bytes() const { return bytes_; }
    [[nodiscard]] std::size_t sessions() const { return sessions_.size(); }
    /// The connection whose session to evict; there must be two, and it is never `but`, the latest
    /// used.
    [[nodiscard]] std::uint64_t next_to_go(std::uint64_t but) const;

private:
    using Order = std::list<std::uint64_t>; ///< connections, the latest used first

    struct Client {
        std::size_t bytes = 0;
        Order order;
    };

    struct Session {
        std::size_t bytes = 0;
        bool has_error = false;
        Order::iterator place; ///< in quiet_ or erring_
        Client *client = nullptr;
        Order::iterator place_of_client;
        std::string client_name;
    };

    Session &session(std::uint64_t connection);
    void count(Session &session, std::size_t before, std::size_t now);

    std::size_t bytes_ = 0;
    std::unordered_map<std::uint64_t, Session> sessions_;
    Order quiet_, erring_; ///< without errors, and with
    std::unordered_map<std::string, Client> clients_;
    std::set<std::string> large_clients_; ///< that hold more than their share: few by its size
};

} // namespace pop3dump
