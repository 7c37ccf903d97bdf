// SPDX-License-Identifier: GPL-2.0-or-later
#include "detect/stls_offers.hpp"

#include "base/limits.hpp"

namespace pop3ana {

void StlsOffers::note(const Address &server, std::uint16_t port, std::int64_t now_ns) {
    const Key key = key_of(server, port);
    std::uint32_t index = servers_.find(key);
    if (index == kNoIndex) {
        if (servers_.size() >= kStlsServers) {
            const std::uint32_t oldest = by_age_.first();
            by_age_.remove(servers_, oldest);
            servers_.erase(oldest);
        }
        index = servers_.insert(key);
        by_age_.push_back(servers_, index);
    } else {
        by_age_.move_to_back(servers_, index);
    }
    servers_[index].last_ns = now_ns;
}

bool StlsOffers::are_known(const Address &server, std::uint16_t port, std::int64_t now_ns) const {
    const std::uint32_t index = servers_.find(key_of(server, port));
    return index != kNoIndex && now_ns - servers_[index].last_ns <= kStlsOfferNs;
}

} // namespace pop3ana
