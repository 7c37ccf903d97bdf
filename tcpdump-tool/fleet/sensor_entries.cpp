// What a sensor sends of an event: to the bucket of its client, and to that of its user.
// SPDX-License-Identifier: GPL-2.0-or-later
#include "fleet/sensor.hpp"

#include "output/event_text.hpp"

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

void append_end(std::string &to, const pop3ana::Address &address, std::uint16_t port) {
    to += bytes_of(address);
    append_big_endian(to, port, 2);
}

/// One connection, whoever sees it.
EntryNumber connection_of(const FleetKey &key, const LogEvent &event) {
    std::string ends;
    append_end(ends, event.client, event.client_port);
    append_end(ends, event.server, event.server_port);
    // Where the reply is not known to end, its time has to do, in a place of its own.
    if (event.reply_end == 0) ends += '?';
    return static_cast<EntryNumber>(key.quick_hash(ends));
}
EntryNumber place_of(const LogEvent &event) {
    constexpr std::int64_t kMillisecond = 1000;
    return event.reply_end != 0 ? event.reply_end
                                : static_cast<EntryNumber>(event.time_us / kMillisecond);
}

/// User and secret, whoever has hashed them.
EntryNumber login_of(FleetKey &key, const LogEvent &event) {
    const auto escaped = [](const std::string &text) {
        return pop3dump::escaped_text({text.data(), text.size()});
    };
    const std::string hash = event.login_hash.empty()
                                 ? key.login_hash(escaped(event.user), escaped(event.secret))
                                 : event.login_hash;
    return static_cast<EntryNumber>(key.quick_hash(hash));
}

} // namespace

bool Sensor::wants(std::uint32_t alert) const {
    return (context_.alerts >> alert & 1U) != 0;
}

void Sensor::add_entries(CountedEvent &event) {
    ++counted_;
    const LogEvent &log = event.event;
    if (event.is_own) {
        // There is no place in the bytes: one of its kind in a connection, at about this time.
        const auto detail =
            static_cast<EntryNumber>(context_.key.quick_hash(log.alert + log.detail));
        add_entry(EntryKind::kOwnWarning, connection_of(context_.key, log) ^ detail, 1,
                  {network_of(log.client), bytes_of(log.client)}, event);
        return;
    }
    if (log.kind == LogEvent::Kind::kStlsOffer) {
        if (!wants(POP3ANA_ALERT_STLS)) return;
        std::string server;
        append_end(server, log.server, log.server_port);
        add_entry(log.stls_offered ? EntryKind::kStlsOffered : EntryKind::kStlsMissing,
                  connection_of(context_.key, log), place_of(log), {server, server}, event);
        return;
    }
    if (event.is_error && wants(POP3ANA_ALERT_ERRORS))
        add_entry(EntryKind::kError, connection_of(context_.key, log), place_of(log),
                  {network_of(log.client), bytes_of(log.client)}, event);
    constexpr AlertSet kOfLogins =
        AlertSet{1} << POP3ANA_ALERT_GUESSING | AlertSet{1} << POP3ANA_ALERT_SPRAYING |
        AlertSet{1} << POP3ANA_ALERT_DISTRIBUTED | AlertSet{1} << POP3ANA_ALERT_BREACH;
    if ((context_.alerts & kOfLogins) != 0) add_login_entries(event);
}

void Sensor::add_login_entries(CountedEvent &event) {
    using Purpose = FleetKey::Purpose;
    FleetKey &key = context_.key;
    const LogEvent &log = event.event;
    const std::string_view network = network_of(log.client);
    const Subject client{network, network};
    if (event.is_inferred_guess)
        add_entry(EntryKind::kClientInferred, login_of(key, log), 0, client, event);
    if (!event.is_login) return;
    // A name of its own among the server's: 8 bytes are a network of IPv6, 4 and 16 addresses.
    constexpr std::size_t kNameBytes = 12;
    constexpr std::size_t kLongestName = 128;
    const bool is_hashed = context_.settings.hash_users || log.user.size() > kLongestName;
    std::string name(1, is_hashed ? '#' : '=');
    name += is_hashed ? pop3ana::as_text(key.hash(Purpose::kUser, log.user).first(kNameBytes))
                      : log.user;
    const Subject user{log.user, name};
    if (event.is_success) {
        const EntryNumber connection = connection_of(key, log);
        add_entry(EntryKind::kClientSucceeded, connection, place_of(log), client, event);
        add_entry(EntryKind::kUserSucceeded, connection, place_of(log), user, event);
        return;
    }
    const EntryNumber login = login_of(key, log);
    add_entry(EntryKind::kClientFailed, login, key.short_hash(Purpose::kUser, log.user), client,
              event);
    add_entry(EntryKind::kUserFailed, login, static_cast<EntryNumber>(key.quick_hash(network)),
              user, event);
}

void Sensor::add_entry(EntryKind kind, EntryNumber first, EntryNumber second,
                       const Subject &subject, CountedEvent &event) {
    Bucket &to = buckets_[context_.key.quick_hash(subject.bucket) % kBuckets];
    to.unsent.push_back(
        pack_entry(event.time_us, event.position, kind, first, second, subject.name));
    to.undecided.emplace_back(event.time_us, next_event_);
    ++event.waits_for;
}

} // namespace pop3fleet
