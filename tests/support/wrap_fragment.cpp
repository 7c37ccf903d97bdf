// IPv6 extension headers and fragments.
// SPDX-License-Identifier: GPL-2.0-or-later
#include "wrap_parts.hpp"

#include <algorithm>

namespace pop3ana_test {

namespace {

constexpr std::uint8_t kHopByHop = 0, kRouting = 43, kFragment = 44, kAuthentication = 51,
                       kDestinationOptions = 60;

constexpr std::size_t kIpv6Header = 40;

void add_extension_headers(Capture &out, const Datagram &d) {
    const Bytes options{1, 4, 0, 0, 0, 0}; // PadN
    Bytes chain;
    const auto add = [&](std::uint8_t next, std::uint8_t length, ByteSpan rest) {
        append(chain, joined(Bytes{next, length}, rest));
    };
    add(kRouting, 0, options);
    add(kAuthentication, 0, Bytes{0, 0, 0, 0, 0, 0});
    add(kDestinationOptions, 4, Bytes(22)); // its length is in units of four bytes, less two
    add(d.bytes[6], 0, options);
    auto bytes = joined(ByteSpan(d.bytes).first(kIpv6Header), chain);
    bytes[6] = kHopByHop;
    append(bytes, ByteSpan(d.bytes).subspan(kIpv6Header));
    put_number(bytes, 4, 2, bytes.size() - kIpv6Header);
    put(out, d, kLinkEthernet, ethernet(kEtherIpv6, bytes));
}

/// The fragments of a datagram; the payload of each but the last is a multiple of eight.
std::vector<Bytes> fragments(const Datagram &d, std::size_t bytes_each) {
    const std::size_t header = d.v4() ? (d.bytes[0] & 15U) * std::size_t{4} : kIpv6Header;
    const auto payload = ByteSpan(d.bytes).subspan(header);
    std::vector<Bytes> result;
    for (std::size_t at = 0; at < payload.size(); at += bytes_each) {
        const auto piece = payload.subspan(at, std::min(bytes_each, payload.size() - at));
        const bool more = at + piece.size() < payload.size();
        Bytes bytes(d.bytes.begin(), d.bytes.begin() + static_cast<std::ptrdiff_t>(header));
        if (d.v4()) {
            put_number(bytes, 2, 2, header + piece.size());
            put_number(bytes, 4, 2, d.number);
            put_number(bytes, 6, 2, (more ? 0x2000U : 0U) | at / 8);
            put_number(bytes, 10, 2, 0);
            put_number(bytes, 10, 2, checksum_end(checksum_add(0, bytes)));
        } else {
            put_number(bytes, 4, 2, 8 + piece.size());
            bytes[6] = kFragment;
            append_number(bytes, 2, std::size_t{d.bytes[6]} << 8);
            append_number(bytes, 2, at | (more ? 1U : 0U));
            append_number(bytes, 4, d.number);
        }
        append(bytes, piece);
        result.push_back(bytes);
    }
    return result;
}

void put_fragments(Capture &out, const Datagram &d, const std::vector<Bytes> &pieces) {
    for (const auto &piece : pieces)
        put(out, d, kLinkEthernet, ethernet(d.ether_type(), piece));
}

void add_fragments(Capture &out, const Datagram &d) {
    put_fragments(out, d, fragments(d, 24));
}

void add_reversed_fragments(Capture &out, const Datagram &d) {
    auto pieces = fragments(d, 16);
    std::reverse(pieces.begin(), pieces.end());
    put_fragments(out, d, pieces);
}

void add_duplicated_fragments(Capture &out, const Datagram &d) {
    std::vector<Bytes> pieces;
    for (const auto &piece : fragments(d, 8))
        pieces.insert(pieces.end(), 2, piece);
    pieces.pop_back(); // behind the last fragment a copy would open a new datagram
    put_fragments(out, d, pieces);
}

void add_overlapping_fragments(Capture &out, const Datagram &d) {
    auto pieces = fragments(d, 8);
    const auto larger = fragments(d, 16);
    pieces.insert(pieces.begin(), larger.begin(), larger.end() - 1);
    put_fragments(out, d, pieces);
}

Bytes in_ipv4(const Datagram &d, ByteSpan payload) {
    return ipv4(d.v4() ? kIpIp : kIpv6InIp, payload, tunnel(4, false), tunnel(4, true));
}

void add_fragments_in_tunnel(Capture &out, const Datagram &d) {
    for (const auto &piece : fragments(d, 32))
        put(out, d, kLinkEthernet, ethernet(kEtherIpv4, in_ipv4(d, piece)));
}

void add_fragmented_tunnel(Capture &out, const Datagram &d) {
    Datagram outer = d;
    outer.bytes = in_ipv4(d, d.bytes);
    put_fragments(out, outer, fragments(outer, 48));
}

constexpr Wrap kWraps[] = {
    {"extension_headers", add_extension_headers, 6},
    {"fragments", add_fragments},
    {"reversed_fragments", add_reversed_fragments},
    {"duplicated_fragments", add_duplicated_fragments},
    {"overlapping_fragments", add_overlapping_fragments},
    {"fragments_in_tunnel", add_fragments_in_tunnel},
    {"fragmented_tunnel", add_fragmented_tunnel},
};

} // namespace

std::span<const Wrap> fragment_wraps() {
    return kWraps;
}

} // namespace pop3ana_test
