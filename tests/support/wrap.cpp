#include "wrap.hpp"

#include <algorithm>
#include <utility>

namespace pop3ana_test {

namespace {

constexpr std::uint8_t kIpIp = 4, kUdp = 17, kIpv6InIp = 41, kGre = 47, kHopByHop = 0,
                       kRouting = 43, kFragment = 44, kAuthentication = 51,
                       kDestinationOptions = 60;
constexpr std::uint16_t kEtherMpls = 0x8847, kEtherBridged = 0x6558, kEtherErspan = 0x88be;
constexpr std::uint16_t kEtherVlan = 0x8100, kEtherQinq = 0x88a8, kEtherPppoe = 0x8864;

const Endpoint &tunnel(std::uint8_t family, bool far) {
    static const Endpoint ends[] = {endpoint("192.0.2.1", 0), endpoint("192.0.2.2", 0),
                                    endpoint("2001:db8::1", 0), endpoint("2001:db8::2", 0)};
    return ends[(family == 4 ? 0 : 2) + (far ? 1 : 0)];
}

void put(Capture &out, const Datagram &datagram, std::uint32_t link_type, Bytes bytes) {
    out.push_back({datagram.ts_ns, link_type, std::move(bytes)});
}

Bytes joined(ByteSpan front, ByteSpan back) {
    Bytes bytes(front.begin(), front.end());
    append(bytes, back);
    return bytes;
}

// ------------------------------------------------------------------ link layers

void add_ethernet(Capture &out, const Datagram &d) {
    put(out, d, kLinkEthernet, ethernet(d.ether_type(), d.bytes));
}

void add_ethernet_with_trailer(Capture &out, const Datagram &d) {
    auto bytes = ethernet(d.ether_type(), d.bytes);
    append_number(bytes, 8, 0x2b4f4b0d0a2b4f4b); // "+OK" and more: padding is no payload
    put(out, d, kLinkEthernet, bytes);
}

void add_null(Capture &out, const Datagram &d) {
    const std::uint8_t family = d.v4() ? 2 : 24;
    put(out, d, kLinkNull, joined(Bytes{family, 0, 0, 0}, d.bytes));
}

void add_loop(Capture &out, const Datagram &d) {
    const std::uint8_t family = d.v4() ? 2 : 24;
    put(out, d, kLinkLoop, joined(Bytes{0, 0, 0, family}, d.bytes));
}

void add_raw(Capture &out, const Datagram &d) {
    put(out, d, kLinkRaw, d.bytes);
}

void add_raw_of_one_family(Capture &out, const Datagram &d) {
    put(out, d, d.v4() ? kLinkIpv4 : kLinkIpv6, d.bytes);
}

void add_sll(Capture &out, const Datagram &d) {
    Bytes header{0, 0, 0, 1, 0, 6, 2, 0, 0, 0, 0, 1, 0, 0};
    append_number(header, 2, d.ether_type());
    put(out, d, kLinkSll, joined(header, d.bytes));
}

void add_sll2(Capture &out, const Datagram &d) {
    Bytes header;
    append_number(header, 2, d.ether_type());
    append(header, Bytes{0, 0, 0, 0, 0, 2, 0, 1, 0, 6, 2, 0, 0, 0, 0, 1, 0, 0});
    put(out, d, kLinkSll2, joined(header, d.bytes));
}

Bytes ppp(const Datagram &d) {
    return joined(Bytes{0, static_cast<std::uint8_t>(d.v4() ? 0x21 : 0x57)}, d.bytes);
}

void add_ppp(Capture &out, const Datagram &d) {
    put(out, d, kLinkPpp, ppp(d));
}

void add_ppp_in_hdlc_framing(Capture &out, const Datagram &d) {
    put(out, d, kLinkPpp, joined(Bytes{0xff, 0x03}, ppp(d)));
}

Bytes ieee80211(const Datagram &d, bool quality_of_service) {
    Bytes bytes{static_cast<std::uint8_t>(quality_of_service ? 0x88 : 0x08), 0x01};
    bytes.resize(24 + (quality_of_service ? 2 : 0));
    append(bytes, Bytes{0xaa, 0xaa, 0x03, 0, 0, 0});
    append_number(bytes, 2, d.ether_type());
    append(bytes, d.bytes);
    return bytes;
}

void add_ieee80211(Capture &out, const Datagram &d) {
    put(out, d, kLinkIeee80211, ieee80211(d, false));
}

void add_ieee80211_qos(Capture &out, const Datagram &d) {
    put(out, d, kLinkIeee80211, ieee80211(d, true));
}

// ------------------------------------------------------------------ tags and labels

Bytes tag(std::uint16_t inner_type, ByteSpan payload, std::uint16_t id) {
    Bytes bytes;
    append_number(bytes, 2, id);
    append_number(bytes, 2, inner_type);
    append(bytes, payload);
    return bytes;
}

void add_vlan(Capture &out, const Datagram &d) {
    put(out, d, kLinkEthernet, ethernet(kEtherVlan, tag(d.ether_type(), d.bytes, 7)));
}

void add_qinq(Capture &out, const Datagram &d) {
    const auto inner = tag(d.ether_type(), d.bytes, 0xe000 | 100);
    put(out, d, kLinkEthernet, ethernet(kEtherQinq, tag(kEtherVlan, inner, 8)));
}

void add_vlan_on_sll(Capture &out, const Datagram &d) {
    Bytes header{0, 0, 0, 1, 0, 6, 2, 0, 0, 0, 0, 1, 0, 0};
    append_number(header, 2, kEtherVlan);
    put(out, d, kLinkSll, joined(header, tag(d.ether_type(), d.bytes, 7)));
}

void add_pppoe(Capture &out, const Datagram &d) {
    Bytes header{0x11, 0, 0, 1};
    append_number(header, 2, ppp(d).size());
    put(out, d, kLinkEthernet, ethernet(kEtherPppoe, joined(header, ppp(d))));
}

void add_mpls(Capture &out, const Datagram &d) {
    Bytes labels;
    append_number(labels, 4, 16U << 12 | 64);
    append_number(labels, 4, 17U << 12 | 1U << 8 | 64); // bottom of the stack
    put(out, d, kLinkEthernet, ethernet(kEtherMpls, joined(labels, d.bytes)));
}

// ------------------------------------------------------------------ tunnels

void put_in_ip(Capture &out, const Datagram &d, std::uint8_t family, std::uint8_t protocol,
               ByteSpan payload) {
    const auto &near = tunnel(family, false), &far = tunnel(family, true);
    const auto outer =
        family == 4 ? ipv4(protocol, payload, near, far) : ipv6(protocol, payload, near, far);
    put(out, d, kLinkEthernet, ethernet(family == 4 ? kEtherIpv4 : kEtherIpv6, outer));
}

void add_ip_in_ip(Capture &out, const Datagram &d) {
    put_in_ip(out, d, 4, d.v4() ? kIpIp : kIpv6InIp, d.bytes); // 6in4 for IPv6
}

void add_ip_in_ipv6(Capture &out, const Datagram &d) {
    put_in_ip(out, d, 6, d.v4() ? kIpIp : kIpv6InIp, d.bytes); // 4in6 for IPv4
}

void add_gre(Capture &out, const Datagram &d) {
    Bytes gre;
    append_number(gre, 2, 0);
    append_number(gre, 2, d.ether_type());
    put_in_ip(out, d, 4, kGre, joined(gre, d.bytes));
}

void add_gre_with_checksum_key_sequence(Capture &out, const Datagram &d) {
    Bytes gre;
    append_number(gre, 2, 0xb000);
    append_number(gre, 2, d.ether_type());
    append_number(gre, 4, 0); // checksum, reserved
    append_number(gre, 4, 0x01020304);
    append_number(gre, 4, d.number);
    auto packet = joined(gre, d.bytes);
    put_number(packet, 4, 2, checksum_end(checksum_add(0, packet)));
    put_in_ip(out, d, 6, kGre, packet);
}

void add_gre_tap_with_key(Capture &out, const Datagram &d) {
    Bytes gre;
    append_number(gre, 2, 0x2000);
    append_number(gre, 2, kEtherBridged);
    append_number(gre, 4, 9);
    put_in_ip(out, d, 4, kGre, joined(gre, ethernet(d.ether_type(), d.bytes)));
}

void add_erspan_2(Capture &out, const Datagram &d) {
    Bytes gre;
    append_number(gre, 2, 0x1000); // the sequence number tells type II from type I
    append_number(gre, 2, kEtherErspan);
    append_number(gre, 4, d.number);
    append_number(gre, 4, 1U << 28 | 7U << 16 | 1); // version 1, VLAN, session
    append_number(gre, 4, 0);
    put_in_ip(out, d, 4, kGre, joined(gre, ethernet(d.ether_type(), d.bytes)));
}

Bytes udp(std::uint16_t port, ByteSpan payload) {
    Bytes bytes;
    append_number(bytes, 2, 50000);
    append_number(bytes, 2, port);
    append_number(bytes, 2, 8 + payload.size());
    append_number(bytes, 2, 0); // no checksum
    append(bytes, payload);
    return bytes;
}

void add_vxlan(Capture &out, const Datagram &d) {
    const auto packet = joined(Bytes{8, 0, 0, 0, 0, 0, 42, 0}, ethernet(d.ether_type(), d.bytes));
    put_in_ip(out, d, 4, kUdp, udp(4789, packet));
}

void add_vxlan_over_ipv6(Capture &out, const Datagram &d) {
    const auto packet = joined(Bytes{8, 0, 0, 0, 0, 0, 42, 0}, ethernet(d.ether_type(), d.bytes));
    put_in_ip(out, d, 6, kUdp, udp(4789, packet));
}

void add_geneve_with_option(Capture &out, const Datagram &d) {
    Bytes header{2, 0}; // eight bytes of options
    append_number(header, 2, kEtherBridged);
    append(header, Bytes{0, 0, 42, 0, 1, 2, 3, 1, 4, 5, 6, 7});
    put_in_ip(out, d, 4, kUdp, udp(6081, joined(header, ethernet(d.ether_type(), d.bytes))));
}

void add_gtp(Capture &out, const Datagram &d) {
    Bytes header{0x30, 0xff};
    append_number(header, 2, d.bytes.size());
    append_number(header, 4, 77); // tunnel
    put_in_ip(out, d, 4, kUdp, udp(2152, joined(header, d.bytes)));
}

void add_gtp_with_extension(Capture &out, const Datagram &d) {
    Bytes header{0x36, 0xff};
    append_number(header, 2, d.bytes.size() + 8);
    append_number(header, 4, 77);
    append_number(header, 2, d.number);
    append(header, Bytes{0, 0x85, 1, 0x10, 9, 0}); // PDU session container
    put_in_ip(out, d, 4, kUdp, udp(2152, joined(header, d.bytes)));
}

void add_three_tunnels(Capture &out, const Datagram &d) {
    const auto inner = d.v4() ? ipv6(kIpIp, d.bytes, tunnel(6, false), tunnel(6, true))
                              : ipv4(kIpv6InIp, d.bytes, tunnel(4, false), tunnel(4, true));
    Bytes gre;
    append_number(gre, 2, 0);
    append_number(gre, 2, d.v4() ? kEtherIpv6 : kEtherIpv4);
    const auto outer = ipv4(kGre, joined(gre, inner), tunnel(4, false), tunnel(4, true));
    const auto vxlan = joined(Bytes{8, 0, 0, 0, 0, 0, 42, 0}, ethernet(kEtherIpv4, outer));
    put_in_ip(out, d, 6, kUdp, udp(4789, vxlan));
}

// ------------------------------------------------------------------ extension headers, fragments

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

void add_fragments_in_tunnel(Capture &out, const Datagram &d) {
    for (const auto &piece : fragments(d, 32)) {
        Datagram fragment = d;
        fragment.bytes = piece;
        add_vxlan(out, fragment);
    }
}

void add_fragmented_tunnel(Capture &out, const Datagram &d) {
    Datagram outer = d;
    outer.bytes = ipv4(d.v4() ? kIpIp : kIpv6InIp, d.bytes, tunnel(4, false), tunnel(4, true));
    put_fragments(out, outer, fragments(outer, 48));
}

constexpr Wrap kWraps[] = {
    {"ethernet", add_ethernet},
    {"ethernet_with_trailer", add_ethernet_with_trailer},
    {"null", add_null},
    {"loop", add_loop},
    {"raw", add_raw},
    {"raw_of_one_family", add_raw_of_one_family},
    {"sll", add_sll},
    {"sll2", add_sll2},
    {"ppp", add_ppp},
    {"ppp_in_hdlc_framing", add_ppp_in_hdlc_framing},
    {"ieee80211", add_ieee80211},
    {"ieee80211_qos", add_ieee80211_qos},
    {"vlan", add_vlan},
    {"qinq", add_qinq},
    {"vlan_on_sll", add_vlan_on_sll},
    {"pppoe", add_pppoe},
    {"mpls", add_mpls},
    {"ip_in_ip", add_ip_in_ip},
    {"ip_in_ipv6", add_ip_in_ipv6},
    {"gre", add_gre},
    {"gre_with_checksum_key_sequence", add_gre_with_checksum_key_sequence},
    {"gre_tap_with_key", add_gre_tap_with_key},
    {"erspan_2", add_erspan_2},
    {"vxlan", add_vxlan},
    {"vxlan_over_ipv6", add_vxlan_over_ipv6},
    {"geneve_with_option", add_geneve_with_option},
    {"gtp", add_gtp},
    {"gtp_with_extension", add_gtp_with_extension},
    {"three_tunnels", add_three_tunnels},
    {"extension_headers", add_extension_headers, 6},
    {"fragments", add_fragments},
    {"reversed_fragments", add_reversed_fragments},
    {"duplicated_fragments", add_duplicated_fragments},
    {"overlapping_fragments", add_overlapping_fragments},
    {"fragments_in_tunnel", add_fragments_in_tunnel},
    {"fragmented_tunnel", add_fragmented_tunnel},
};

} // namespace

std::span<const Wrap> all_wraps() {
    return kWraps;
}

Capture wrapped(const Capture &capture, const Wrap &wrap) {
    Capture result;
    std::uint32_t number = 0;
    for (const auto &frame : capture) {
        ++number;
        const auto packet = find_tcp(frame);
        // Segmentation offload makes datagrams that leave no room for another header.
        constexpr std::size_t kLongest = 65'000;
        const bool suits = packet && !packet->truncated() && frame.bytes.size() < kLongest;
        if (!suits || (wrap.family != 0 && wrap.family != packet->source.family)) {
            result.push_back(frame);
            continue;
        }
        // Without trailer, and with the length that segmentation offload leaves at zero.
        const auto plain = with_segment(frame, *packet, packet->seq, packet->ack, packet->flags,
                                        payload_of(frame, *packet));
        const auto ip = plain.bytes.begin() + static_cast<std::ptrdiff_t>(packet->ip);
        wrap.add(result, {frame.ts_ns, {ip, plain.bytes.end()}, number});
    }
    return result;
}

} // namespace pop3ana_test
