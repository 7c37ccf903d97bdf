// SPDX-License-Identifier: GPL-2.0-or-later
#include "detect/error_threshold.hpp"

#include <iterator>
#include <utility>

namespace pop3ana {

ErrorThreshold::ErrorThreshold(const Options &options, pop3ana_counters &counters)
    : options_(options), clients_(options.hash_seed), counters_(counters) {}

ErrorThreshold::Count ErrorThreshold::error(const Address &client, std::int64_t now_ns) {
    expire(now_ns);
    std::uint32_t index = clients_.find(client);
    if (index == kNoIndex) {
        if (clients_.size() >= options_.max_clients) {
            if (by_errors_.empty()) sort_by_errors();
            drop(smallest());
            ++counters_.clients_evicted;
        }
        index = clients_.insert(client);
        by_age_.push_back(clients_, index);
    } else {
        by_age_.move_to_back(clients_, index);
    }
    clients_[index].last_ns = now_ns;
    count(index);
    counters_.clients = clients_.size();
    const std::uint64_t errors = clients_[index].errors;
    const std::uint64_t first_alert = std::uint64_t{options_.threshold} + 1;
    return {errors, options_.alert_once ? errors == first_alert : errors >= first_alert};
}

void ErrorThreshold::sort_by_errors() {
    std::map<std::uint64_t, Equals> sorted;
    sorted[1];
    for (std::uint32_t index = by_age_.first(); index != kNoIndex; index = clients_[index].age.next)
        sorted[clients_[index].errors].push_back(clients_, index);
    by_errors_ = std::move(sorted);
}

void ErrorThreshold::count(std::uint32_t index) {
    Client &client = clients_[index];
    const std::uint64_t errors = client.errors + 1;
    if (by_errors_.empty()) {
        client.errors = errors;
        return;
    }
    if (client.errors > 1) {
        // Who is alone in a list takes it along, if it can: no memory is needed.
        const auto equals = by_errors_.find(client.errors);
        if (equals->second.is_only(index) && by_errors_.find(errors) == by_errors_.end()) {
            auto list = by_errors_.extract(equals);
            list.key() = errors;
            by_errors_.insert(std::move(list));
            client.errors = errors;
            return;
        }
    }
    Equals &equals = by_errors_[errors]; // First: it may find no memory.
    if (client.errors != 0) leave_equals(index);
    equals.push_back(clients_, index);
    client.errors = errors;
}

// There must be a client.
std::uint32_t ErrorThreshold::smallest() const {
    const auto first = by_errors_.begin();
    return first->second.empty() ? std::next(first)->second.first() : first->second.first();
}

void ErrorThreshold::leave_equals(std::uint32_t index) {
    const auto equals = by_errors_.find(clients_[index].errors);
    equals->second.remove(clients_, index);
    if (equals->second.empty() && equals->first != 1) by_errors_.erase(equals);
}

void ErrorThreshold::expire(std::int64_t now_ns) {
    while (!by_age_.empty() && is_over(clients_[by_age_.first()], now_ns))
        drop(by_age_.first());
    counters_.clients = clients_.size();
}

bool ErrorThreshold::is_over(const Client &client, std::int64_t now_ns) const {
    return static_cast<std::uint64_t>(now_ns - client.last_ns) > options_.expiry_ns;
}

void ErrorThreshold::drop(std::uint32_t index) {
    by_age_.remove(clients_, index);
    if (!by_errors_.empty()) leave_equals(index);
    clients_.erase(index);
}

} // namespace pop3ana
