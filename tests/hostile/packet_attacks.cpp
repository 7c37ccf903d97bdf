// Attacks on the decoding of packets: fragments, tunnels, lengths.
// SPDX-License-Identifier: GPL-2.0-or-later
#include "attacks.hpp"

#include <algorithm>

namespace pop3ana_hostile {

using namespace pop3ana_test;

namespace {

constexpr std::uint8_t kTcp = 6, kIpIp = 4;
constexpr std::uint16_t kMoreFragments = 0x2000;
constexpr std::size_t kFragmentUnit = 8;

Bytes command(std::uint64_t number) {
    constexpr std::string_view kLine = "NOOP\r\n";
    return tcp_datagram(client(number), server(), 1, 1, kAck | kPush, bytes_of(kLine));
}

/// `at` counts in units of 8 bytes.
void fragment(Traffic &traffic, std::uint64_t datagram, std::size_t at, bool more,
              ByteSpan payload) {
    const auto field = static_cast<std::uint16_t>(at | (more ? kMoreFragments : 0));
    traffic.datagram(ipv4(kTcp, payload, client(datagram >> 16), server(),
                          static_cast<std::uint16_t>(datagram), field));
}

void fragments_never_completed(Traffic &traffic, std::uint64_t packets) {
    const Bytes payload(1400, 'a');
    for (std::uint64_t number = 0; traffic.packets() < packets; ++number)
        fragment(traffic, number, 0, true, payload);
}

/// As many as a datagram can have, the last one first, and never the first.
void fragments_tiny(Traffic &traffic, std::uint64_t packets) {
    constexpr std::size_t kLast = 8180;
    const Bytes payload(kFragmentUnit, 'a');
    for (std::uint64_t number = 0; traffic.packets() < packets; ++number)
        for (std::size_t at = kLast; at > 0 && traffic.packets() < packets; --at)
            fragment(traffic, number, at, at != kLast, payload);
}

void fragments_overlapping(Traffic &traffic, std::uint64_t packets) {
    constexpr std::uint64_t kOfOneDatagram = 4000;
    while (traffic.packets() < packets) {
        const std::uint64_t datagram = traffic.packets() / kOfOneDatagram;
        const std::size_t at = traffic.random.between(1, 8000);
        const std::size_t units = traffic.random.between(1, 170);
        fragment(traffic, datagram, at, true, traffic.random.bytes(units * kFragmentUnit));
    }
}

void tunnels(Traffic &traffic, std::uint64_t packets) {
    while (traffic.packets() < packets) {
        Bytes datagram = command(traffic.packets() % 1000);
        for (std::size_t depth = traffic.packets() % 24; depth > 0; --depth)
            datagram = ipv4(kIpIp, datagram, client(depth), server());
        traffic.datagram(datagram);
    }
}

struct Field {
    std::size_t at, width;
};

/// Each field that says how long something is, of IPv4, IPv6 and TCP.
constexpr Field kLengths4[] = {{0, 1}, {2, 2}, {6, 2}, {32, 1}};
constexpr Field kLengths6[] = {{0, 1}, {4, 2}, {6, 1}, {52, 1}};

void lying_lengths(Traffic &traffic, std::uint64_t packets) {
    Random &random = traffic.random;
    while (traffic.packets() < packets) {
        const bool v4 = random.chance(0.5);
        Bytes datagram = command(random.below(1000));
        if (!v4) {
            static const Endpoint kSource = endpoint("2001:db8::1", 40000),
                                  kDestination = endpoint("2001:db8::2", 110);
            datagram = ipv6(kTcp, ByteSpan(datagram).subspan(20), kSource, kDestination);
        }
        const auto field = random.pick(v4 ? kLengths4 : kLengths6);
        put_number(datagram, field.at, field.width, random.next());
        if (random.chance(0.3)) datagram.resize(random.below(datagram.size()));
        traffic.datagram(datagram, v4 ? kEtherIpv4 : kEtherIpv6);
    }
}

constexpr Attack kAttacks[] = {
    {"fragments-never-completed", "first fragments of datagrams that never go on",
     fragments_never_completed, "fragments fragments_dropped"},
    {"fragments-tiny", "8 bytes each, backwards, the first one missing", fragments_tiny,
     "fragments fragments_dropped"},
    {"fragments-overlapping", "each over others of the same datagram, with other bytes",
     fragments_overlapping, "fragments fragments_dropped"},
    {"tunnels", "IP in IP, up to 24 times", tunnels, "frames_too_deep"},
    {"lying-lengths", "each length field of IPv4, IPv6 and TCP with any value", lying_lengths,
     "frames_malformed segments_truncated"},
};

} // namespace

std::span<const Attack> packet_attacks() {
    return kAttacks;
}

} // namespace pop3ana_hostile
