// SPDX-License-Identifier: GPL-2.0-or-later
#include "packets.hpp"

using namespace unit;

namespace {

const Buffer kTcp = tcp_segment();
const Buffer kV4 = datagram(4), kV6 = datagram(6);

Buffer with(Buffer bytes, std::size_t at, std::size_t width, std::uint64_t value) {
    pop3ana_test::put_number(bytes, at, width, value);
    return bytes;
}

Buffer without_tail(const Buffer &bytes, std::ptrdiff_t count) {
    return {bytes.begin(), bytes.end() - count};
}

Buffer with_ipv4_options(const Buffer &packet) {
    Buffer bytes = with(with(packet, 0, 1, 0x46), 2, 2, packet.size() + 4);
    const Buffer no_operations = hex("01010100");
    bytes.insert(bytes.begin() + 20, no_operations.begin(), no_operations.end());
    return bytes;
}

Buffer with_tcp_options(const Buffer &packet) {
    Buffer bytes = with(with(packet, 32, 1, 0x60), 2, 2, packet.size() + 4);
    const Buffer no_operations = hex("01010100");
    bytes.insert(bytes.begin() + 40, no_operations.begin(), no_operations.end());
    return bytes;
}

// An ICMP error quotes the packet that it is about.
const Buffer kIcmpError = ipv4(1, hex("03010000 00000000") + kV4);
const Buffer kIcmpv6Error = ipv6(58, hex("01000000 00000000") + kV6);

const FrameRow kRows[] = {
    {"urgent_bytes_stay_in_the_stream", 101, with(with(kV4, 33, 1, 0x38), 38, 2, 3),
     "segment head? 12:USER alice\r\n"},
    {"a_time_to_live_of_1_is_not_looked_at", 101, with(kV4, 8, 1, 1), "segment ok"},
    {"ipv4_with_options", 101, with_ipv4_options(kV4), "segment ok"},
    {"tcp_with_options", 101, with_tcp_options(kV4), "segment ok"},
    {"cut_by_the_capture", 101, without_tail(kV4, 7), "segment 12:USER "},
    {"cut_by_the_capture_in_ipv6", 101, without_tail(kV6, 12), "segment 12:"},
    {"cut_inside_the_tcp_options", 101, without_tail(with_tcp_options(kV4), 14), "segment 12:"},
    {"cut_inside_the_tcp_header", 101, without_tail(kV4, 13), "malformed"},
    {"another_ip_version", 101, with(kV4, 0, 1, 0x55), "other"},
    {"tcp_in_an_icmp_error_is_no_tcp", 101, kIcmpError, "other"},
    {"tcp_in_an_icmpv6_error_is_no_tcp", 101, kIcmpv6Error, "other"},
    {"udp_that_is_no_tunnel", 101, ipv4(17, udp(53, kV4)), "other"},
    {"sctp", 101, ipv4(132, kTcp), "other"},
    {"encrypted", 101, ipv6(50, kTcp), "other"},
    {"hop_by_hop", 101, ipv6(0, hex("0600 010400000000") + kTcp), "segment ok"},
    {"routing", 101, ipv6(43, hex("0601 000000000000 0000000000000000") + kTcp), "segment ok"},
    {"destination_options", 101, ipv6(60, hex("0600 010400000000") + kTcp), "segment ok"},
    {"mobility", 101, ipv6(135, hex("0600 000000000000") + kTcp), "segment ok"},
    {"authentication_counts_in_words", 101,
     ipv6(51, hex("0604 0000 00000001 00000001") + hex("000000000000000000000000") + kTcp),
     "segment ok"},
    {"atomic_fragment", 101, ipv6(44, hex("0600 0000 00000001") + kTcp), "segment ok"},
    {"all_extension_headers", 101,
     ipv6(0,
          hex("2b00 010400000000 3c00 000000000000 2c00 010400000000 0600 0000 00000007") + kTcp),
     "segment ok"},
    {"no_next_header", 101, ipv6(59, kTcp), "other"},
    {"extension_headers_to_the_end", 101, ipv6(0, hex("0000 010400000000")), "malformed"},
};

struct BadRow {
    const char *name;
    Buffer packet;
};

const BadRow kBadRows[] = {
    {"ipv4_header_length_below_five", with(kV4, 0, 1, 0x44)},
    {"ipv4_header_length_beyond_the_packet", without_tail(with(kV4, 0, 1, 0x4f), 20)},
    {"ipv4_total_length_below_the_header", with(kV4, 2, 2, 19)},
    {"ipv4_total_length_leaves_no_tcp_header", with(kV4, 2, 2, 39)},
    {"tcp_header_length_below_five", with(kV4, 32, 1, 0x40)},
    {"tcp_header_length_beyond_what_was_sent", with(kV4, 32, 1, 0xf0)},
    {"ipv6_payload_length_leaves_no_tcp_header", with(kV6, 4, 2, 19)},
    {"ipv6_hop_by_hop_beyond_the_packet", ipv6(0, hex("06ff 010400000000") + kTcp)},
    {"ipv6_options_beyond_the_packet_before_udp", ipv6(60, hex("11ff 010400000000") + kTcp)},
    {"ipv6_authentication_beyond_the_packet", ipv6(51, hex("06ff 010400000000") + kTcp)},
    {"ipv6_cut_fragment_header", ipv6(44, hex("0600 0000 000000"))},
    {"cut_ipv4", hex("4500 0034")},
    {"cut_ipv6", hex("6000 0000")},
};

bool is_malformed(const BadRow &row) {
    return same(row.name, decoded(101, row.packet), "malformed");
}

// Segmentation offload: the length is not known yet when the sending host captures.
bool a_packet_without_length_takes_all_that_was_captured() {
    return same("IPv4", decoded(101, with(kV4, 2, 2, 0)), "segment ok") &&
           same("IPv6", decoded(101, with(kV6, 4, 2, 0)), "segment ok");
}

Buffer ipv4_fragment(std::uint16_t id, std::size_t offset, bool more, const Buffer &payload,
                     std::uint8_t protocol = 6) {
    const std::size_t field = offset / 8 | (more ? 0x2000 : 0);
    return ethernet(0x0800, with(with(ipv4(protocol, payload), 4, 2, id), 6, 2, field));
}

Buffer ipv6_fragment(std::size_t offset, bool more, const Buffer &payload) {
    Buffer header = with(hex("0600 0000 12345678"), 2, 2, offset | (more ? 1 : 0));
    return ethernet(0x86dd, ipv6(44, header + payload));
}

const Buffer kFirst{kTcp.begin(), kTcp.begin() + 24}, kRest{kTcp.begin() + 24, kTcp.end()};

bool fragments_are_put_together() {
    return same("IPv4",
                decoded_in_turn({ipv4_fragment(7, 24, false, kRest),
                                 ipv4_fragment(8, 0, true, kFirst),
                                 ipv4_fragment(7, 0, true, kFirst)}),
                "fragment fragment segment ok") &&
           same("IPv6",
                decoded_in_turn({ipv6_fragment(0, true, kFirst), ipv6_fragment(24, false, kRest)}),
                "fragment segment ok");
}

bool a_fragment_cut_by_the_capture_never_completes() {
    Buffer cut = ipv4_fragment(7, 24, false, kRest);
    cut.pop_back();
    return same("results", decoded_in_turn({ipv4_fragment(7, 0, true, kFirst), cut}),
                "fragment fragment");
}

bool fragments_of_other_protocols_are_not_kept() {
    return same("results", decoded_in_turn({ipv4_fragment(7, 0, true, kFirst, 1)}), "other");
}

bool a_tunnel_may_be_fragmented() {
    const Buffer inner = kV4;
    const Buffer first{inner.begin(), inner.begin() + 16}, rest{inner.begin() + 16, inner.end()};
    return same("results",
                decoded_in_turn(
                    {ipv4_fragment(7, 0, true, first, 4), ipv4_fragment(7, 16, false, rest, 4)}),
                "fragment segment ok");
}

bool checksums_are_verified_when_asked() {
    const Buffer wrong_header = with(kV4, 10, 2, 0x1234), wrong_tcp = with(kV4, 36, 2, 0x1234),
                 wrong_tcp6 = with(kV6, 56, 2, 0x1234);
    return same("right", decoded(101, kV4, true), "segment ok") &&
           same("right", decoded(101, kV6, true), "segment ok") &&
           same("wrong IPv4 header", decoded(101, wrong_header, true), "checksum") &&
           same("wrong TCP", decoded(101, wrong_tcp, true), "checksum") &&
           same("wrong TCP in IPv6", decoded(101, wrong_tcp6, true), "checksum") &&
           same("not asked", decoded(101, wrong_tcp), "segment ok") &&
           same("a cut segment cannot be checked", decoded(101, without_tail(wrong_tcp, 7), true),
                "segment 12:USER ");
}

} // namespace

int main() {
    std::vector<CMUnitTest> tests{UNIT_TEST(a_packet_without_length_takes_all_that_was_captured),
                                  UNIT_TEST(fragments_are_put_together),
                                  UNIT_TEST(a_fragment_cut_by_the_capture_never_completes),
                                  UNIT_TEST(fragments_of_other_protocols_are_not_kept),
                                  UNIT_TEST(a_tunnel_may_be_fragmented),
                                  UNIT_TEST(checksums_are_verified_when_asked)};
    add_rows<decodes>(tests, kRows);
    add_rows<is_malformed>(tests, kBadRows);
    return run("unit.ip", tests);
}
