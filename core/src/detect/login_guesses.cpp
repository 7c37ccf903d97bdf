// SPDX-License-Identifier: GPL-2.0-or-later
#include "detect/login_guesses.hpp"

#include "base/limits.hpp"

#include <algorithm>
#include <array>
#include <cstring>

namespace pop3ana {
LoginGuesses::LoginGuesses(const Options &options, pop3ana_counters &counters)
    : options_(options), counters_(counters), clients_(options.hash_seed),
      users_(options.hash_seed) {}

LoginGuesses::Alerts LoginGuesses::failure(const Login &login, std::int64_t now_ns) {
    expire(now_ns);
    make_room_for_members();
    const Key client_key = key_of(login.client), user_key = key_of(login.user);
    Record &client = touch(clients_, client_key, login.saw_handshake, now_ns);
    Record &user = touch(users_, user_key, login.saw_handshake, now_ns);
    add(user.secrets, hash_of(login.secret, options_.hash_seed), now_ns);
    // One hash is the seed of the other: `ab` and `c` are not `a` and `bc`.
    const Limits &limits = options_.limits;
    Alerts alerts;
    alerts.guessing = add_and_count(client.secrets, hash_of(login.secret, user_key.hash),
                                    limits.guessing, now_ns);
    alerts.spraying = add_and_count(client.others, user_key.hash, limits.spraying, now_ns);
    alerts.distributed = add_and_count(user.others, client_key.hash, limits.distributed, now_ns);
    return alerts;
}

std::uint64_t LoginGuesses::inferred_failure(const Address &client, std::uint64_t lengths,
                                             bool saw_handshake, std::int64_t now_ns) {
    expire(now_ns);
    make_room_for_members();
    Record &record = touch(clients_, key_of(client), saw_handshake, now_ns);
    const std::string_view bytes{reinterpret_cast<const char *>(&lengths), sizeof lengths};
    return add_and_count(record.secrets, hash_of(bytes, options_.hash_seed),
                         options_.limits.guessing, now_ns);
}

LoginGuesses::Alerts LoginGuesses::success(const Login &login, std::int64_t now_ns) {
    const auto secrets_of = [&](const Records &records, const Key &key) {
        const std::uint32_t index = records.table.find(key);
        return index == kNoIndex ? 0
                                 : records.table[index].secrets.count(now_ns, options_.expiry_ns);
    };
    const std::uint64_t count = std::max(secrets_of(clients_, key_of(login.client)),
                                         secrets_of(users_, key_of(login.user)));
    Alerts alerts;
    if (count >= options_.limits.breach) alerts.breach = count;
    return alerts;
}

void LoginGuesses::expire(std::int64_t now_ns) {
    expire(clients_, now_ns);
    expire(users_, now_ns);
}

// Whoever has an IPv6 address has 2^64 of them (RFC 4291 s.2.5.4): the first half tells clients
// apart, which has all of an IPv4 address.
LoginGuesses::Key LoginGuesses::key_of(const Address &client) const {
    std::array<std::uint64_t, 2> network{0, client.family};
    std::memcpy(network.data(), client.bytes.data(), sizeof network[0]);
    return {seeded_hash(network, options_.hash_seed)};
}

LoginGuesses::Record &LoginGuesses::touch(Records &records, const Key &key, bool saw_handshake,
                                          std::int64_t now_ns) {
    std::uint32_t index = records.table.find(key);
    if (index == kNoIndex) {
        make_room(records);
        std::vector<Turn> &turns = records.turns[saw_handshake];
        // What may find no memory comes first.
        if (turns.size() == turns.capacity()) turns.reserve(2 * turns.size() + 1);
        index = records.table.insert(key);
        records.add_turn(saw_handshake, {now_ns, index});
    }
    Record &record = records.table[index];
    record.saw_handshake |= saw_handshake;
    record.last_ns = now_ns;
    return record;
}

bool LoginGuesses::add(DistinctSet &set, std::uint64_t member, std::int64_t now_ns) {
    const std::size_t before = set.memory_bytes();
    const bool is_new = set.add(member, now_ns, options_.expiry_ns);
    member_bytes_ += set.memory_bytes() - before;
    return is_new;
}

std::uint64_t LoginGuesses::add_and_count(DistinctSet &set, std::uint64_t member,
                                          std::uint64_t limit, std::int64_t now_ns) {
    const bool is_due = add(set, member, now_ns) && set.is_alert_due(limit);
    return is_due ? set.count(now_ns, options_.expiry_ns) : 0;
}

void LoginGuesses::make_room(Records &records) {
    if (records.table.size() >= options_.max_records)
        evict(records, records.next(false) == nullptr);
}

// Sets of records that are there already grow too, and those of clients and of users share the
// room: whoever fills it with one kind must not empty the other.
void LoginGuesses::make_room_for_members() {
    while (member_bytes_ > kGuessBytesTotal) {
        const bool saw_handshake = !clients_.next(false) && !users_.next(false);
        const Turn *const client = clients_.next(saw_handshake);
        const Turn *const user = users_.next(saw_handshake);
        evict(!user || (client && client->last_ns <= user->last_ns) ? clients_ : users_,
              saw_handshake);
    }
}

void LoginGuesses::evict(Records &records, bool saw_handshake) {
    records.next(saw_handshake);
    drop(records, saw_handshake);
    ++counters_.guess_records_evicted;
}

// The next one.
void LoginGuesses::drop(Records &records, bool saw_handshake) {
    const std::uint32_t index = records.turns[saw_handshake].front().index;
    const Record &record = records.table[index];
    member_bytes_ -= record.secrets.memory_bytes() + record.others.memory_bytes();
    records.end_turn(saw_handshake);
    records.table.erase(index);
}

void LoginGuesses::expire(Records &records, std::int64_t now_ns) {
    for (const bool saw_handshake : {false, true}) {
        const auto &turns = records.turns[saw_handshake];
        // A turn is not later than the time of its record: while it is not over, no one is.
        while (!turns.empty() && is_over(turns.front(), now_ns)) {
            const Turn *const next = records.next(saw_handshake);
            if (!next || !is_over(*next, now_ns)) break;
            drop(records, saw_handshake);
        }
    }
}

void LoginGuesses::Records::add_turn(bool saw_handshake, const Turn &turn) {
    turns[saw_handshake].push_back(turn);
    std::push_heap(turns[saw_handshake].begin(), turns[saw_handshake].end());
}

void LoginGuesses::Records::end_turn(bool saw_handshake) {
    std::pop_heap(turns[saw_handshake].begin(), turns[saw_handshake].end());
    turns[saw_handshake].pop_back();
}

const LoginGuesses::Turn *LoginGuesses::Records::next(bool saw_handshake) {
    while (!turns[saw_handshake].empty()) {
        const Turn &first = turns[saw_handshake].front();
        const std::uint32_t index = first.index;
        const Record &record = table[index];
        if (record.last_ns == first.last_ns && record.saw_handshake == saw_handshake) return &first;
        add_turn(record.saw_handshake, {record.last_ns, index});
        end_turn(saw_handshake);
    }
    return nullptr;
}

} // namespace pop3ana
