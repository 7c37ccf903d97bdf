// What a sensor sends of an event: to the bucket of its client, and to that of its user.
// SPDX-License-Identifier: GPL-2.0-or-later
#include "fleet/sensor.hpp"

#include <pop3ana/pop3ana.h>

namespace pop3fleet {
namespace {

/// The address of which IPv6 clients have many (docs/semantics.md section 8).
std::string_view network_of(const pop3ana::Address &address) {
    constexpr std::size_t kIpv4Bytes = 4;
    constexpr std::size_t kNetworkBytes = 8;
    return {reinterpret_cast<const char *>(address.bytes.data()),
            address.family == 4 ? kIpv4Bytes : kNetworkBytes};
}

std::string_view bytes_of(const pop3ana::Address &address) {
    constexpr std::size_t kIpv4Bytes = 4;
    constexpr std::size_t kIpv6Bytes = 16;
    return {reinterpret_cast<const char *>(address.bytes.data()),
            address.family == 4 ? kIpv4Bytes : kIpv6Bytes};
}

/// One connection, whoever sees it.
EntryNumber connection_of(const FleetKey &key, const LogEvent &event) {
    std::string ends;
    for (const pop3ana::Address *const address : {&event.client, &event.server})
        ends += bytes_of(*address);
    append_big_endian(ends, event.client_port, 2);
    append_big_endian(ends, event.server_port, 2);
    // Where the reply is not known to end, its time has to do, in a place of its own.
    if (event.reply_end == 0) ends += '?';
    return static_cast<EntryNumber>(key.quick_hash(ends));
}
EntryNumber place_of(const LogEvent &event) {
    constexpr std::int64_t kMillisecond = 1000;
    return event.reply_end != 0 ? event.reply_end
                                : static_cast<EntryNumber>(event.time_us / kMillisecond);
}

} // namespace

void Sensor::add_entries(CountedEvent &event) {
    using Purpose = FleetKey::Purpose;
    const FleetKey &key = context_.key;
    const LogEvent &log = event.event;
    const std::string_view network = network_of(log.client);
    const auto bucket_of = [&](std::string_view name) {
        return static_cast<unsigned>(key.quick_hash(name) % kBuckets);
    };
    const unsigned client_bucket = bucket_of(network);
    const EntryNumber connection = connection_of(key, log);
    const EntryNumber place = place_of(log);
    ++counted_;
    if (event.is_own) {
        // There is no place in the bytes: one of its kind in a connection, at about this time.
        const auto detail = static_cast<EntryNumber>(key.quick_hash(log.alert + log.detail));
        add_entry(client_bucket, EntryKind::kOwnWarning, connection ^ detail, 1,
                  bytes_of(log.client), event);
        return;
    }
    if (event.is_error && (context_.alerts >> POP3ANA_ALERT_ERRORS & 1U) != 0)
        add_entry(client_bucket, EntryKind::kError, connection, place, bytes_of(log.client), event);
    constexpr AlertSet kGuesses = ~(AlertSet{1} << POP3ANA_ALERT_ERRORS);
    if (!event.is_login || (context_.alerts & kGuesses) == 0) return;
    // A name of its own among the server's: 8 bytes are a network of IPv6, 4 and 16 addresses.
    constexpr std::size_t kNameBytes = 12;
    constexpr std::size_t kLongestName = 128;
    const bool is_hashed = context_.settings.hash_users || log.user.size() > kLongestName;
    std::string user(1, is_hashed ? '#' : '=');
    user += is_hashed ? key.short_hash(Purpose::kUser, kNameBytes, log.user) : log.user;
    const unsigned user_bucket = bucket_of(log.user);
    if (event.is_success) {
        add_entry(client_bucket, EntryKind::kClientSucceeded, connection, place, network, event);
        add_entry(user_bucket, EntryKind::kUserSucceeded, connection, place, user, event);
        return;
    }
    add_entry(client_bucket, EntryKind::kClientFailed,
              key.short_number(Purpose::kPair, log.user, log.secret),
              key.short_number(Purpose::kUser, log.user), network, event);
    add_entry(user_bucket, EntryKind::kUserFailed, key.short_number(Purpose::kSecret, log.secret),
              static_cast<EntryNumber>(key.quick_hash(network)), user, event);
}

void Sensor::add_entry(unsigned bucket, EntryKind kind, EntryNumber first, EntryNumber second,
                       std::string_view name, CountedEvent &event) {
    Bucket &to = buckets_[bucket];
    to.unsent.push_back(pack_entry(event.time_us, event.position, kind, first, second, name));
    to.undecided.emplace_back(event.time_us, next_event_);
    ++event.waits_for;
}

} // namespace pop3fleet
