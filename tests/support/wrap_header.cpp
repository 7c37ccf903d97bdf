// Headers that systems and wireless cards put in front of what they capture, and 802.11 behind
// them.
// SPDX-License-Identifier: GPL-2.0-or-later
#include "wrap_parts.hpp"

namespace pop3ana_test {

namespace {

constexpr std::uint32_t kLinkEnc = 109, kLinkPflog = 117, kLinkPrism = 119, kLinkRadiotap = 127,
                        kLinkAvs = 163, kLinkPpi = 192, kLinkErf = 197, kLinkIpnet = 226,
                        kLinkNflog = 239, kLinkPktap = 258;

Bytes ethernet_frame(const Datagram &d) {
    return ethernet(d.ether_type(), d.bytes);
}

Bytes snap(const Datagram &d) {
    Bytes bytes{0xaa, 0xaa, 0x03, 0, 0, 0};
    append_number(bytes, 2, d.ether_type());
    append(bytes, d.bytes);
    return bytes;
}

/// A frame of 802.11 with these control bytes; `more` ends its header.
Bytes wifi(std::uint16_t control, const Bytes &more, ByteSpan body) {
    Bytes bytes;
    append_number(bytes, 2, control);
    bytes.resize(24);
    append(bytes, more);
    append(bytes, body);
    return bytes;
}

/// Something of this size that begins so.
Bytes header(Bytes bytes, std::size_t size) {
    bytes.resize(size);
    return bytes;
}

void add_nflog(Capture &out, const Datagram &d) {
    Bytes bytes{static_cast<std::uint8_t>(d.v4() ? 2 : 10), 0, 0, 1, 8, 0, 1, 0, 8, 0, 0, 0};
    const std::size_t value_bytes = 4 + d.bytes.size();
    append(bytes, Bytes{static_cast<std::uint8_t>(value_bytes),
                        static_cast<std::uint8_t>(value_bytes >> 8), 9, 0});
    put(out, d, kLinkNflog, joined(bytes, d.bytes));
}

void add_pflog(Capture &out, const Datagram &d) {
    put(out, d, kLinkPflog, joined(header({61, 2}, 64), d.bytes));
}

void add_enc(Capture &out, const Datagram &d) {
    put(out, d, kLinkEnc, joined(header({2}, 12), d.bytes));
}

void add_ipnet(Capture &out, const Datagram &d) {
    put(out, d, kLinkIpnet, joined(header({1, 2}, 24), d.bytes));
}

void add_pktap(Capture &out, const Datagram &d) {
    put(out, d, kLinkPktap,
        joined(header({108, 0, 0, 0, 1, 0, 0, 0, kLinkEthernet}, 108), ethernet_frame(d)));
}

void add_erf(Capture &out, const Datagram &d) {
    Bytes bytes = header({0, 0, 0, 0, 0, 0, 0, 0, 0x82, 4}, 16);
    append(bytes, header({0x0c}, 8 + 2)); // an extension header, offset and padding of Ethernet
    put(out, d, kLinkErf, joined(bytes, ethernet_frame(d)));
}

void add_ppi(Capture &out, const Datagram &d) {
    put(out, d, kLinkPpi,
        joined(Bytes{0, 0, 8, 0, kLinkIeee80211, 0, 0, 0}, wifi(0x0801, {}, snap(d))));
}

void add_prism(Capture &out, const Datagram &d) {
    put(out, d, kLinkPrism, joined(header({0x44, 0, 0, 0, 144}, 144), wifi(0x0801, {}, snap(d))));
}

void add_avs(Capture &out, const Datagram &d) {
    put(out, d, kLinkAvs,
        joined(header({0x80, 0x21, 0x10, 1, 0, 0, 0, 64}, 64), wifi(0x0801, {}, snap(d))));
}

void add_padded_radiotap(Capture &out, const Datagram &d) {
    // Flags: padding, and a frame check sequence.
    const Bytes radiotap{0, 0, 9, 0, 2, 0, 0, 0, 0x30};
    auto bytes = joined(radiotap, wifi(0x8801, Bytes(2 + 2), snap(d)));
    append_number(bytes, 4, 0x01020304);
    put(out, d, kLinkRadiotap, bytes);
}

void add_aggregate(Capture &out, const Datagram &d) {
    Bytes subframe(12);
    append_number(subframe, 2, snap(d).size());
    append(subframe, snap(d));
    put(out, d, kLinkIeee80211, wifi(0x8881, {0x80, 0, 0, 0, 0, 0}, subframe)); // HT Control
}

constexpr Wrap kWraps[] = {
    {"nflog", add_nflog},
    {"pflog", add_pflog},
    {"enc", add_enc},
    {"ipnet", add_ipnet},
    {"pktap", add_pktap},
    {"erf", add_erf},
    {"ppi", add_ppi},
    {"prism", add_prism},
    {"avs", add_avs},
    {"padded_radiotap", add_padded_radiotap},
    {"aggregate", add_aggregate},
};

} // namespace

std::span<const Wrap> header_wraps() {
    return kWraps;
}

} // namespace pop3ana_test
