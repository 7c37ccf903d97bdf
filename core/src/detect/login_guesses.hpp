// Failed logins by client and by user: who guesses, whom it is about, and whether somebody got in
// (docs/semantics.md section 8).
// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include "base/address.hpp"
#include "base/keyed_table.hpp"
#include "detect/distinct_set.hpp"
#include "pop3ana/pop3ana.h"

#include <string_view>
#include <vector>

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

    /// A failure of which nothing is known but lengths: two are alike if these are. The count of an
    /// alert on guessing; 0: none.
    std::uint64_t inferred_failure(const Address &client, std::uint64_t lengths, bool saw_handshake,
                                   std::int64_t now_ns);

    /// Drops records that are over.
    void expire(std::int64_t now_ns);

private:
    /// A keyed hash of what it is about; a table need not hash it again.
    struct Key {
        std::uint64_t hash = 0;
        friend bool operator==(const Key &, const Key &) = default;
        friend std::size_t seeded_hash(const Key &key, std::uint64_t /*seed*/) { return key.hash; }
    };

    /// What failed of one client, or of one user.
    struct Record {
        Key key;
        std::int64_t last_ns = 0;
        bool saw_handshake = false;
        DistinctSet secrets; ///< of a client: pairs of user and secret
        DistinctSet others;  ///< of a client: users; of a user: clients
    };
    using Table = KeyedTable<Record>;

    /// When a record was touched last, at most: to touch it changes nothing here, its place is
    /// mended when its turn comes.
    struct Turn {
        std::int64_t last_ns;
        std::uint32_t index;
        friend bool operator<(const Turn &a, const Turn &b) { return a.last_ns > b.last_ns; }
    };

    /// Records of one kind. Where they are too many, the longest untouched gives way; those of
    /// connections whose handshake nobody saw come first, since a stranger may have made them up.
    struct Records {
        explicit Records(std::uint64_t seed) : table(seed) {}
        Table table;
        std::vector<Turn> turns[2]; ///< heaps, the oldest first; by saw_handshake

        void add_turn(bool saw_handshake, const Turn &turn);
        /// Removes the first.
        void end_turn(bool saw_handshake);
        /// The one that is longest untouched, which is the first from now on; nullptr: none.
        const Turn *next(bool saw_handshake);
    };

    [[nodiscard]] Key key_of(const Address &client) const;
    [[nodiscard]] Key key_of(std::string_view user) const {
        return {hash_of(user, options_.hash_seed)};
    }
    [[nodiscard]] static std::uint64_t hash_of(std::string_view bytes, std::uint64_t seed) {
        return XXH3_64bits_withSeed(bytes.data(), bytes.size(), seed);
    }
    Record &touch(Records &records, const Key &key, bool saw_handshake, std::int64_t now_ns);
    bool add(DistinctSet &set, std::uint64_t member, std::int64_t now_ns);
    /// As add(); the count if an alert is due now, else 0.
    std::uint64_t add_and_count(DistinctSet &set, std::uint64_t member, std::uint64_t limit,
                                std::int64_t now_ns);
    void make_room(Records &records); ///< for one more
    void make_room_for_members();
    void evict(Records &records, bool saw_handshake);
    void drop(Records &records, bool saw_handshake);
    void expire(Records &records, std::int64_t now_ns);
    [[nodiscard]] bool is_over(const Turn &turn, std::int64_t now_ns) const {
        return static_cast<std::uint64_t>(now_ns - turn.last_ns) > options_.expiry_ns;
    }

    const Options options_;
    pop3ana_counters &counters_;
    Records clients_;
    Records users_;
    std::uint64_t member_bytes_ = 0; ///< of all records
};

} // namespace pop3ana
