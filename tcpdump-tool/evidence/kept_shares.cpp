// SPDX-License-Identifier: GPL-2.0-or-later
#include "evidence/kept_shares.hpp"

#include "output/output_limits.hpp"

#include <utility>

namespace pop3dump {

KeptShares::Session &KeptShares::session(std::uint64_t connection) {
    const auto [place, is_new] = sessions_.try_emplace(connection);
    if (is_new) place->second.place = quiet_.insert(quiet_.begin(), connection);
    return place->second;
}

void KeptShares::set_bytes(std::uint64_t connection, std::size_t bytes) {
    Session &used = session(connection);
    Order &order = used.has_error ? erring_ : quiet_;
    order.splice(order.begin(), order, used.place);
    if (used.client != nullptr) {
        Order &of_client = used.client->order;
        of_client.splice(of_client.begin(), of_client, used.place_of_client);
    }
    count(used, used.bytes, bytes);
    used.bytes = bytes;
}

void KeptShares::set_client(std::uint64_t connection, const std::string &client) {
    Session &known = session(connection);
    if (known.client != nullptr) return;
    known.client = &clients_[client];
    known.client_name = client;
    known.place_of_client = known.client->order.insert(known.client->order.begin(), connection);
    bytes_ -= known.bytes;
    count(known, 0, known.bytes);
}

void KeptShares::set_error(std::uint64_t connection) {
    Session &known = session(connection);
    if (std::exchange(known.has_error, true)) return;
    erring_.splice(erring_.begin(), quiet_, known.place);
}

void KeptShares::erase(std::uint64_t connection) {
    const auto place = sessions_.find(connection);
    if (place == sessions_.end()) return;
    Session &known = place->second;
    count(known, known.bytes, 0);
    (known.has_error ? erring_ : quiet_).erase(known.place);
    if (known.client != nullptr) {
        known.client->order.erase(known.place_of_client);
        if (known.client->order.empty()) clients_.erase(known.client_name);
    }
    sessions_.erase(place);
}

/// What a session holds becomes another.
void KeptShares::count(Session &session, std::size_t before, std::size_t now) {
    bytes_ += now - before;
    if (session.client == nullptr) return;
    session.client->bytes += now - before;
    if (session.client->bytes > kKeptShareBytes) {
        large_clients_.insert(session.client_name);
    } else {
        large_clients_.erase(session.client_name);
    }
}

std::uint64_t KeptShares::next_to_go(std::uint64_t but) const {
    const Client *largest = nullptr;
    for (const std::string &name : large_clients_) {
        const Client &client = clients_.at(name);
        if (largest == nullptr || client.bytes > largest->bytes) largest = &client;
    }
    if (largest != nullptr && largest->order.back() != but) return largest->order.back();
    if (!quiet_.empty() && quiet_.back() != but) return quiet_.back();
    return erring_.empty() || erring_.back() == but ? quiet_.back() : erring_.back();
}

} // namespace pop3dump
