// Counts the -ERR replies that each client address draws (docs/semantics.md section 5).
// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include "base/address.hpp"
#include "base/keyed_table.hpp"
#include "pop3ana/pop3ana.h"

#include <map>

namespace pop3ana {

class ErrorThreshold {
public:
    struct Options {
        std::uint32_t threshold = 0;
        bool alert_once = false; ///< not at each error behind the threshold
        std::uint64_t expiry_ns = 0;
        std::uint32_t max_clients = 0;
        std::uint64_t hash_seed = 0;
    };

    /// `counters` must outlive this.
    ErrorThreshold(const Options &options, pop3ana_counters &counters);

    struct Count {
        std::uint64_t errors = 0; ///< this one included
        bool alerts = false;      ///< it exceeds the threshold
    };

    /// Counts one -ERR for `client` at `now_ns`, which never goes back. A count that no -ERR has
    /// touched for longer than the expiry starts again from 0. Where there are too many clients the
    /// one with the smallest count gives way, of these the longest untouched: who is only seen once
    /// does not push out who guesses.
    Count error(const Address &client, std::int64_t now_ns);

    /// Drops counts that are over.
    void expire(std::int64_t now_ns);

private:
    struct Client {
        Address key;
        Link age;
        Link equals; ///< in the list of its count
        std::uint64_t errors = 0;
        std::int64_t last_ns = 0;
    };
    using Table = KeyedTable<Client>;
    struct AgeLink {
        static Link &get(Table &table, std::uint32_t index) { return table[index].age; }
    };

    struct EqualsLink {
        static Link &get(Table &table, std::uint32_t index) { return table[index].equals; }
    };
    using Equals = IndexList<Table, EqualsLink>;

    [[nodiscard]] std::uint32_t smallest() const;
    [[nodiscard]] bool is_over(const Client &client, std::int64_t now_ns) const;
    void sort_by_errors();
    void count(std::uint32_t index);
    void leave_equals(std::uint32_t index);
    void drop(std::uint32_t index);

    Options options_;
    Table clients_;
    IndexList<Table, AgeLink> by_age_; ///< longest untouched first
    /// Likewise, the clients of each count, and always of 1; empty as long as there was room for
    /// all clients.
    std::map<std::uint64_t, Equals> by_errors_;
    pop3ana_counters &counters_;
};

} // namespace pop3ana
