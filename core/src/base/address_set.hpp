// Addresses and prefixes of addresses (RFC 4632, RFC 4291 s.2.3).
// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include "base/address.hpp"

#include <algorithm>
#include <vector>

namespace pop3ana {

/// All addresses that begin with the first `bits` of `address`.
struct AddressPrefix {
    Address address;
    unsigned bits;

    [[nodiscard]] bool contains(const Address &other) const {
        const unsigned whole = bits / 8;
        const unsigned rest = bits % 8;
        if (other.family != address.family ||
            !std::equal(address.bytes.begin(), address.bytes.begin() + whole, other.bytes.begin()))
            return false;
        return rest == 0 || (address.bytes[whole] ^ other.bytes[whole]) >> (8 - rest) == 0;
    }
};

class AddressSet {
public:
    void add(const AddressPrefix &prefix) { prefixes_.push_back(prefix); }

    [[nodiscard]] bool contains(const Address &address) const {
        return std::any_of(prefixes_.begin(), prefixes_.end(),
                           [&](const AddressPrefix &prefix) { return prefix.contains(address); });
    }

private:
    std::vector<AddressPrefix> prefixes_;
};

} // namespace pop3ana
