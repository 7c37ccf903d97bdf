// SPDX-License-Identifier: GPL-2.0-or-later
#include "error_threshold.hpp"

namespace pop3ana {

ErrorThreshold::ErrorThreshold(const Options &options, pop3ana_counters &counters)
    : options_(options), clients_(options.hash_seed), counters_(counters) {}

ErrorThreshold::Count ErrorThreshold::error(const Address &client, std::int64_t now_ns) {
    expire(now_ns);
    std::uint32_t index = clients_.find(client);
    if (index == kNoIndex) {
        if (clients_.size() >= options_.max_clients) {
            drop_oldest();
            ++counters_.clients_evicted;
        }
        index = clients_.insert(client);
        by_age_.push_back(clients_, index);
    } else {
        by_age_.move_to_back(clients_, index);
    }
    Client &entry = clients_[index];
    entry.last_ns = now_ns;
    ++entry.errors;
    counters_.clients = clients_.size();
    return {entry.errors, entry.errors > options_.threshold};
}

void ErrorThreshold::expire(std::int64_t now_ns) {
    while (!by_age_.empty() && is_over(clients_[by_age_.first()], now_ns))
        drop_oldest();
    counters_.clients = clients_.size();
}

bool ErrorThreshold::is_over(const Client &client, std::int64_t now_ns) const {
    return static_cast<std::uint64_t>(now_ns - client.last_ns) > options_.expiry_ns;
}

void ErrorThreshold::drop_oldest() {
    const std::uint32_t oldest = by_age_.first();
    by_age_.remove(clients_, oldest);
    clients_.erase(oldest);
}

} // namespace pop3ana
