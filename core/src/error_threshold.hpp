// Counts the -ERR replies that each client address draws (SEMANTICS.md section 5).
// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include "keyed_table.hpp"
#include "pop3ana/pop3ana.h"
#include "segment.hpp"

namespace pop3ana {

class ErrorThreshold {
public:
    struct Options {
        std::uint32_t threshold = 0;
        std::uint64_t expiry_ns = 0;
        std::uint32_t max_clients = 0;
        std::uint64_t hash_seed = 0;
    };

    /// `counters` must outlive this.
    ErrorThreshold(const Options &options, pop3ana_counters &counters);

    struct Count {
        std::uint64_t errors = 0; ///< this one included
        bool exceeds = false;     ///< the threshold
    };

    /// Counts one -ERR for `client` at `now_ns`, which never goes back. A count that no -ERR has
    /// touched for longer than the expiry starts again from 0.
    Count error(const Address &client, std::int64_t now_ns);

    /// Drops counts that are over.
    void expire(std::int64_t now_ns);

private:
    struct Client {
        Address key;
        Link age;
        std::uint64_t errors = 0;
        std::int64_t last_ns = 0;
    };
    using Table = KeyedTable<Client>;
    struct AgeLink {
        static Link &get(Table &table, std::uint32_t index) { return table[index].age; }
    };

    [[nodiscard]] bool is_over(const Client &client, std::int64_t now_ns) const;
    void drop_oldest();

    Options options_;
    Table clients_;
    IndexList<Table, AgeLink> by_age_; ///< longest untouched first
    pop3ana_counters &counters_;
};

} // namespace pop3ana
