// Failed logins by client and by user: who guesses, whom it is about, and whether somebody got in
// (docs/semantics.md section 8).
// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include "base/address.hpp"
#include "base/keyed_table.hpp"
#include "detect/distinct_set.hpp"
#include "pop3ana/pop3ana.h"

#include <string_view>

namespace pop3ana {

class LoginGuesses {
public:
    struct Limits {
        std::uint64_t guessing = 10;
        std::uint64_t spraying = 5;
        std::uint64_t distributed = 5;
        std::uint64_t breach = 5;
    };
    struct Options {
        Limits limits;
        std::uint64_t expiry_ns = 0;
        std::uint32_t max_records = 0; ///< clients, and users
        std::uint64_t hash_seed = 0;
    };

    /// `counters` must outlive this.
    LoginGuesses(const Options &options, pop3ana_counters &counters);

    /// Raw bytes; the user is not empty. Two passwords are told apart, and never kept.
    struct Login {
        Address client;
        std::string_view user;
        std::string_view secret;    ///< empty: the mechanism sends a proof of one instead
        bool saw_handshake = false; ///< of its connection
    };

    /// The counts of the alerts that a login gives rise to; 0: not that alert.
    struct Alerts {
        std::uint64_t guessing = 0;
        std::uint64_t spraying = 0;
        std::uint64_t distributed = 0;
        std::uint64_t breach = 0;

        [[nodiscard]] bool is_any() const {
            return (guessing | spraying | distributed | breach) != 0;
        }
    };

    /// A login that was refused for its credentials, as far as one knows.
    Alerts failure(const Login &login, std::int64_t now_ns);

    Alerts success(const Login &login, std::int64_t now_ns);

    /// Drops records that are over.
    void expire(std::int64_t now_ns);

private:
    /// A hash of what it is about.
    struct Key {
        std::uint64_t low = 0;
        std::uint64_t high = 0;
        friend bool operator==(const Key &, const Key &) = default;
    };

    /// What failed of one client, or of one user.
    struct Record {
        Key key;
        Link age;
        bool saw_handshake = false;
        std::int64_t last_ns = 0;
        DistinctSet secrets; ///< of a client: pairs of user and secret
        DistinctSet others;  ///< of a client: users; of a user: clients
    };
    using Table = KeyedTable<Record>;
    struct AgeLink {
        static Link &get(Table &table, std::uint32_t index) { return table[index].age; }
    };

    /// Records of one kind. Where they are too many, the longest untouched gives way; those of
    /// connections whose handshake nobody saw come first, since a stranger may have made them up.
    struct Records {
        explicit Records(std::uint64_t seed) : table(seed) {}
        Table table;
        IndexList<Table, AgeLink> by_age[2]; ///< by saw_handshake

        /// The list of the record.
        IndexList<Table, AgeLink> &ages_of(const Record &record) {
            return by_age[record.saw_handshake ? 1 : 0];
        }
    };

    [[nodiscard]] Key key_of(std::string_view bytes) const;
    [[nodiscard]] static std::uint64_t hash_of(std::string_view secret, std::uint64_t seed) {
        return XXH3_64bits_withSeed(secret.data(), secret.size(), seed);
    }
    Record &touch(Records &records, const Key &key, bool saw_handshake, std::int64_t now_ns);
    bool add(DistinctSet &set, std::uint64_t member, std::int64_t now_ns);
    void make_room(Records &records); ///< for one more
    void make_room_for_members();
    void evict(Records &records, std::uint32_t index);
    void drop(Records &records, std::uint32_t index);
    void expire(Records &records, std::int64_t now_ns);

    const Options options_;
    pop3ana_counters &counters_;
    Records clients_;
    Records users_;
    std::uint64_t member_bytes_ = 0; ///< of all records
};

} // namespace pop3ana
