// Link layers, tags and labels.
// SPDX-License-Identifier: GPL-2.0-or-later
#include "wrap_parts.hpp"

namespace pop3ana_test {

namespace {

constexpr std::uint16_t kEtherMpls = 0x8847, kEtherVlan = 0x8100, kEtherQinq = 0x88a8,
                        kEtherPppoe = 0x8864;

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

void add_pseudowire(Capture &out, const Datagram &d) {
    Bytes labels;
    append_number(labels, 4, 16U << 12 | 1U << 8 | 64);
    append_number(labels, 4, d.number & 0xffff); // control word
    put(out, d, kLinkEthernet,
        ethernet(kEtherMpls, joined(labels, ethernet(d.ether_type(), d.bytes))));
}

/// A tag of other EtherTypes than VLAN's: `content`, then the type that it hides.
void add_tag(Capture &out, const Datagram &d, std::uint16_t type, Bytes content) {
    append_number(content, 2, d.ether_type());
    put(out, d, kLinkEthernet, ethernet(type, joined(content, d.bytes)));
}

void add_vn_tag(Capture &out, const Datagram &d) {
    add_tag(out, d, 0x8926, {0, 0, 0, 1});
}

void add_e_tag(Capture &out, const Datagram &d) {
    add_tag(out, d, 0x893f, {0, 0, 0, 1, 0, 0});
}

void add_snap(Capture &out, const Datagram &d) {
    Bytes llc{0xaa, 0xaa, 0x03, 0, 0, 0};
    append_number(llc, 2, d.ether_type());
    append(llc, d.bytes);
    constexpr std::size_t kLongest = 0x05dc; // what is longer has no length that fits
    put(out, d, kLinkEthernet,
        ethernet(static_cast<std::uint16_t>(llc.size() <= kLongest ? llc.size() : 0), llc));
}

void add_provider_backbone(Capture &out, const Datagram &d) {
    put(out, d, kLinkEthernet,
        ethernet(0x88e7, joined(Bytes{0, 0, 0, 1}, ethernet(d.ether_type(), d.bytes))));
}

void add_cisco_hdlc(Capture &out, const Datagram &d) {
    Bytes header{0x0f, 0};
    append_number(header, 2, d.ether_type());
    put(out, d, 104, joined(header, d.bytes));
}

void add_ppp_with_direction(Capture &out, const Datagram &d) {
    put(out, d, 204, joined(Bytes{1, 0xff, 0x03}, ppp(d)));
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
    {"pseudowire", add_pseudowire},
    {"vn_tag", add_vn_tag},
    {"e_tag", add_e_tag},
    {"snap", add_snap},
    {"provider_backbone", add_provider_backbone},
    {"cisco_hdlc", add_cisco_hdlc},
    {"ppp_with_direction", add_ppp_with_direction},
};

} // namespace

std::span<const Wrap> link_wraps() {
    return kWraps;
}

} // namespace pop3ana_test
