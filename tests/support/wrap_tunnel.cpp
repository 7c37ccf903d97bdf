// Tunnels.
// SPDX-License-Identifier: GPL-2.0-or-later
#include "wrap_parts.hpp"

namespace pop3ana_test {

namespace {

constexpr std::uint8_t kUdp = 17, kGre = 47;
constexpr std::uint16_t kEtherBridged = 0x6558, kEtherErspan = 0x88be;

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

Bytes ppp(const Datagram &d) {
    return joined(Bytes{0xff, 0x03, 0, static_cast<std::uint8_t>(d.v4() ? 0x21 : 0x57)}, d.bytes);
}

void add_pptp(Capture &out, const Datagram &d) {
    Bytes gre;
    append_number(gre, 2, 0x3081); // sequence number and acknowledgement
    append_number(gre, 2, 0x880b);
    append_number(gre, 2, ppp(d).size());
    append_number(gre, 2, 7); // call
    append_number(gre, 4, d.number);
    append_number(gre, 4, 0);
    put_in_ip(out, d, 4, kGre, joined(gre, ppp(d)));
}

void add_ether_ip(Capture &out, const Datagram &d) {
    put_in_ip(out, d, 6, 97, joined(Bytes{0x30, 0}, ethernet(d.ether_type(), d.bytes)));
}

void add_mpls_in_ip(Capture &out, const Datagram &d) {
    put_in_ip(out, d, 4, 137, joined(Bytes{0, 1, 1, 64}, d.bytes));
}

void add_l2tp(Capture &out, const Datagram &d) {
    put_in_ip(out, d, 4, kUdp, udp(1701, joined(Bytes{0, 2, 0, 7, 0, 9}, ppp(d))));
}

void add_l2tp_version_3(Capture &out, const Datagram &d) {
    const Bytes header{0, 0, 0, 7, 1, 2, 3, 4, 0x40, 0, 0, 1}; // session, cookie, sublayer
    put_in_ip(out, d, 4, 115, joined(header, ethernet(d.ether_type(), d.bytes)));
}

void add_vxlan_gpe(Capture &out, const Datagram &d) {
    const Bytes header{0x0c, 0, 0, static_cast<std::uint8_t>(d.v4() ? 1 : 2), 0, 0, 42, 0};
    put_in_ip(out, d, 4, kUdp, udp(4790, joined(header, d.bytes)));
}

void add_tzsp(Capture &out, const Datagram &d) {
    const Bytes header{1, 0, 0, 1, 10, 1, 0xc8, 1};
    put_in_ip(out, d, 4, kUdp, udp(37008, joined(header, ethernet(d.ether_type(), d.bytes))));
}

void add_capwap(Capture &out, const Datagram &d) {
    const Bytes header{0, 0x10, 0, 0, 0, 0, 0, 0};
    put_in_ip(out, d, 4, kUdp, udp(5247, joined(header, ethernet(d.ether_type(), d.bytes))));
}

void add_teredo(Capture &out, const Datagram &d) {
    put_in_ip(out, d, 4, kUdp, udp(3544, joined(Bytes{0, 0, 0x12, 0x34, 1, 2, 3, 4}, d.bytes)));
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

constexpr Wrap kWraps[] = {
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
    {"pptp", add_pptp},
    {"ether_ip", add_ether_ip},
    {"mpls_in_ip", add_mpls_in_ip},
    {"l2tp", add_l2tp},
    {"l2tp_version_3", add_l2tp_version_3},
    {"vxlan_gpe", add_vxlan_gpe},
    {"tzsp", add_tzsp},
    {"capwap", add_capwap},
    {"teredo", add_teredo, 6},
    {"three_tunnels", add_three_tunnels},
};

} // namespace

std::span<const Wrap> tunnel_wraps() {
    return kWraps;
}

} // namespace pop3ana_test
