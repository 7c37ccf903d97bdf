// What the packet stage hands on: one TCP segment and the connection that it names.
// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include "base/address.hpp"
#include "base/bytes.hpp"
#include "base/hash.hpp"

#include <array>
#include <bit>
#include <compare>
#include <cstring>
#include <optional>

namespace pop3ana {

/// TCP control bits (RFC 9293 s.3.1).
enum TcpFlag : std::uint8_t { kFin = 1, kSyn = 2, kRst = 4, kAck = 16 };

/// A TCP segment inside a captured frame. The payload is borrowed from the frame, or from the
/// datagram that was reassembled for it.
struct Segment {
    std::array<std::uint8_t, 16> source; ///< address; its first 4 bytes, or all 16
    std::array<std::uint8_t, 16> destination;
    Bytes payload;                   ///< what was captured of it
    std::uint32_t payload_bytes = 0; ///< what was sent
    std::uint32_t sequence_number = 0;
    std::uint32_t acknowledgement = 0;
    std::uint16_t source_port = 0;
    std::uint16_t destination_port = 0;
    std::uint8_t flags = 0;
    std::uint8_t address_family = 0; ///< 4 or 6

    [[nodiscard]] bool has(TcpFlag flag) const { return (flags & flag) != 0; }
    [[nodiscard]] std::optional<std::uint32_t> ack() const {
        return has(kAck) ? std::optional{acknowledgement} : std::nullopt;
    }
};

/// Both ends of a connection, in an order that does not depend on who sends.
struct FlowKey {
    std::array<std::array<std::uint8_t, 16>, 2> address{};
    std::uint64_t ports_and_family = 0; ///< 16 bits each: port of end 0, port of end 1, 4 or 6

    friend bool operator==(const FlowKey &a, const FlowKey &b) {
        return std::memcmp(&a, &b, sizeof(FlowKey)) == 0;
    }

    [[nodiscard]] std::uint16_t port(unsigned end) const {
        return static_cast<std::uint16_t>(ports_and_family >> 16 * end);
    }
    [[nodiscard]] std::uint8_t family() const {
        return static_cast<std::uint8_t>(ports_and_family >> 32);
    }
    [[nodiscard]] Address address_of(unsigned end) const { return {address[end], family()}; }
};
static_assert(sizeof(FlowKey) == 40 && std::has_unique_object_representations_v<FlowKey>,
              "the key is hashed as plain bytes");

/// Replaces the hash of plain bytes. Most keys are IPv4, and a hash of their parts does not wait
/// until the key as a whole is in memory.
inline std::size_t seeded_hash(const FlowKey &key, std::uint64_t seed) {
    if (key.family() != 4) return seeded_hash<FlowKey>(key, seed);
    std::array<std::uint32_t, 2> address;
    for (unsigned end : {0U, 1U})
        std::memcpy(&address[end], key.address[end].data(), sizeof(address[end]));
    return seeded_hash(std::array<std::uint64_t, 2>{std::uint64_t{address[0]} << 32 | address[1],
                                                    key.ports_and_family},
                       seed);
}

/// The key of a segment, and which of its two ends sent it. Address and port together decide: both
/// hosts may have the same address.
struct SegmentKey {
    using AddressBytes = std::array<std::uint8_t, 16>;

    FlowKey key;
    unsigned sender = 0;

    [[gnu::always_inline]] explicit SegmentKey(const Segment &segment) {
        const bool ipv4 = segment.address_family == 4;
        int order = ipv4 ? compare_ipv4(segment.source.data(), segment.destination.data())
                         : std::memcmp(segment.source.data(), segment.destination.data(), 16);
        if (order == 0) order = segment.source_port < segment.destination_port ? -1 : 1;
        sender = order < 0 ? 0 : 1;
        // By index: which end sends is not to be guessed by the processor.
        const AddressBytes *const ends[] = {&segment.source, &segment.destination};
        const AddressBytes &first = *ends[sender];
        const AddressBytes &second = *ends[1 - sender];
        key.address = {ipv4 ? whole_ipv4(first) : first, ipv4 ? whole_ipv4(second) : second};
        key.ports_and_family = std::uint64_t{segment.source_port} << 16 * sender |
                               std::uint64_t{segment.destination_port} << 16 * (1 - sender) |
                               std::uint64_t{segment.address_family} << 32;
    }

private:
    // As memcmp(3), which is a call even for four bytes.
    static int compare_ipv4(const std::uint8_t *a, const std::uint8_t *b) {
        return static_cast<int>(be32(a) > be32(b)) - static_cast<int>(be32(a) < be32(b));
    }

    // Written in one piece: a processor waits for bytes that it reads in larger pieces than it has
    // just written them in.
    static AddressBytes whole_ipv4(const AddressBytes &address) {
        std::uint32_t word;
        std::memcpy(&word, address.data(), sizeof(word));
        return std::bit_cast<AddressBytes>(std::array<std::uint32_t, 4>{word, 0, 0, 0});
    }
};

} // namespace pop3ana
