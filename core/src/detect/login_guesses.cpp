// SPDX-License-Identifier: GPL-2.0-or-later
#include "detect/login_guesses.hpp"

#include "base/limits.hpp"

#include <algorithm>

namespace pop3ana {
namespace {

// Whoever has an IPv6 address has 2^64 of them (RFC 4291 s.2.5.4).
std::string_view network_of(const Address &client) {
    constexpr std::size_t kInterfaceIdAt = 8, kIpv4Bytes = 4;
    return {reinterpret_cast<const char *>(client.bytes.data()),
            client.family == 4 ? kIpv4Bytes : kInterfaceIdAt};
}

} // namespace

LoginGuesses::LoginGuesses(const Options &options, pop3ana_counters &counters)
    : options_(options), counters_(counters), clients_(options.hash_seed),
      users_(options.hash_seed) {}

LoginGuesses::Alerts LoginGuesses::failure(const Login &login, std::int64_t now_ns) {
    expire(now_ns);
    make_room_for_members();
    const Key client_key = key_of(network_of(login.client)), user_key = key_of(login.user);
    Record &client = touch(clients_, client_key, login.saw_handshake, now_ns);
    Record &user = touch(users_, user_key, login.saw_handshake, now_ns);
    add(user.secrets, hash_of(login.secret, options_.hash_seed), now_ns);
    // One hash is the seed of the other: `ab` and `c` are not `a` and `bc`.
    const Limits &limits = options_.limits;
    const auto count_if_due = [&](DistinctSet &set, std::uint64_t member, std::uint64_t limit) {
        const bool is_due = add(set, member, now_ns) && set.takes_alert(limit);
        return is_due ? set.count(now_ns, options_.expiry_ns) : 0;
    };
    Alerts alerts;
    alerts.guessing =
        count_if_due(client.secrets, hash_of(login.secret, user_key.low), limits.guessing);
    alerts.spraying = count_if_due(client.others, user_key.low, limits.spraying);
    alerts.distributed = count_if_due(user.others, client_key.low, limits.distributed);
    return alerts;
}

LoginGuesses::Alerts LoginGuesses::success(const Login &login, std::int64_t now_ns) {
    const auto secrets_of = [&](const Records &records, std::string_view bytes) {
        const std::uint32_t index = records.table.find(key_of(bytes));
        return index == kNoIndex ? 0
                                 : records.table[index].secrets.count(now_ns, options_.expiry_ns);
    };
    const std::uint64_t count =
        std::max(secrets_of(clients_, network_of(login.client)), secrets_of(users_, login.user));
    Alerts alerts;
    if (count >= options_.limits.breach) alerts.breach = count;
    return alerts;
}

void LoginGuesses::expire(std::int64_t now_ns) {
    expire(clients_, now_ns);
    expire(users_, now_ns);
}

LoginGuesses::Key LoginGuesses::key_of(std::string_view bytes) const {
    const auto hash = XXH3_128bits_withSeed(bytes.data(), bytes.size(), options_.hash_seed);
    return {hash.low64, hash.high64};
}

LoginGuesses::Record &LoginGuesses::touch(Records &records, const Key &key, bool saw_handshake,
                                          std::int64_t now_ns) {
    Table &table = records.table;
    std::uint32_t index = table.find(key);
    if (index == kNoIndex) {
        make_room(records);
        index = table.insert(key);
    } else {
        records.ages_of(table[index]).remove(table, index);
    }
    Record &record = table[index];
    record.saw_handshake |= saw_handshake;
    records.ages_of(record).push_back(table, index);
    record.last_ns = now_ns;
    return record;
}

bool LoginGuesses::add(DistinctSet &set, std::uint64_t member, std::int64_t now_ns) {
    const std::size_t before = set.memory_bytes();
    const bool is_new = set.add(member, now_ns, options_.expiry_ns);
    member_bytes_ += set.memory_bytes() - before;
    return is_new;
}

void LoginGuesses::make_room(Records &records) {
    if (records.table.size() >= options_.max_records)
        evict(records, records.by_age[records.by_age[0].empty() ? 1 : 0].first());
}

// Sets of records that are there already grow too, and those of clients and of users share the
// room: whoever fills it with one kind must not empty the other.
void LoginGuesses::make_room_for_members() {
    while (member_bytes_ > kGuessBytesTotal) {
        const bool saw_handshake = clients_.by_age[0].empty() && users_.by_age[0].empty();
        const std::uint32_t client = clients_.by_age[saw_handshake].first();
        const std::uint32_t user = users_.by_age[saw_handshake].first();
        if (user == kNoIndex ||
            (client != kNoIndex && clients_.table[client].last_ns <= users_.table[user].last_ns))
            evict(clients_, client);
        else
            evict(users_, user);
    }
}

void LoginGuesses::evict(Records &records, std::uint32_t index) {
    drop(records, index);
    ++counters_.guess_records_evicted;
}

void LoginGuesses::drop(Records &records, std::uint32_t index) {
    Record &record = records.table[index];
    member_bytes_ -= record.secrets.memory_bytes() + record.others.memory_bytes();
    records.ages_of(record).remove(records.table, index);
    records.table.erase(index);
}

void LoginGuesses::expire(Records &records, std::int64_t now_ns) {
    for (const auto &by_age : records.by_age)
        while (!by_age.empty()) {
            const std::uint32_t index = by_age.first();
            const auto age_ns = static_cast<std::uint64_t>(now_ns - records.table[index].last_ns);
            if (age_ns <= options_.expiry_ns) break;
            drop(records, index);
        }
}

} // namespace pop3ana
