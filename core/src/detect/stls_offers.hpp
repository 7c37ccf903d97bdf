// Which servers have offered STLS of late (docs/semantics.md section 8): one that no longer does
// may have somebody in front of it.
// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include "base/address.hpp"
#include "base/keyed_table.hpp"

namespace pop3ana {

class StlsOffers {
public:
    explicit StlsOffers(std::uint64_t hash_seed) : servers_(hash_seed) {}

    void note(const Address &server, std::uint16_t port, std::int64_t now_ns);

    /// Within the last 24 hours.
    [[nodiscard]] bool are_known(const Address &server, std::uint16_t port,
                                 std::int64_t now_ns) const;

private:
    /// An address with its port, without padding.
    struct Key {
        Address address;
        std::array<std::uint8_t, 2> port{};
        friend bool operator==(const Key &, const Key &) = default;
    };
    struct Server {
        Key key;
        Link age;
        std::int64_t last_ns = 0;
    };
    using Table = KeyedTable<Server>;
    struct AgeLink {
        static Link &get(Table &table, std::uint32_t index) { return table[index].age; }
    };

    static Key key_of(const Address &server, std::uint16_t port) {
        return {server,
                {static_cast<std::uint8_t>(port >> 8), static_cast<std::uint8_t>(port & 0xff)}};
    }

    Table servers_;
    IndexList<Table, AgeLink> by_age_; ///< longest ago first
};

} // namespace pop3ana
