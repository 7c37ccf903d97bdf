// What all sensors of a fleet have to agree on.
// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <cstdint>
#include <string>

namespace pop3fleet {

/// Kinds of alerts as bits: 1 << POP3ANA_ALERT_*.
using AlertSet = std::uint32_t;

struct FleetSettings {
    std::string prefix = "pop3fleet"; ///< of all keys
    std::uint64_t error_threshold = 3;
    bool alert_once = false;
    std::uint64_t expiry_us = std::uint64_t{60} * 60 * 1'000'000;
    std::uint64_t guessing = 10;
    std::uint64_t spraying = 5;
    std::uint64_t distributed = 5;
    std::uint64_t breach = 5;
    std::uint64_t most_clients = 2'000'000; ///< and users
    bool hash_users = false;
};

/// Clients and users are divided among so many groups of keys, each in one slot of a cluster.
constexpr unsigned kBuckets = 256;

/// A key of a bucket, and one of the fleet itself. The part in braces decides on the slot.
inline std::string bucket_key(const FleetSettings &settings, unsigned bucket, const char *name) {
    return settings.prefix + ":{" + std::to_string(bucket) + "}:" + name;
}
inline std::string common_key(const FleetSettings &settings, const char *name) {
    return settings.prefix + ":{fleet}:" + name;
}

} // namespace pop3fleet
