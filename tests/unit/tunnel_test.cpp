// SPDX-License-Identifier: GPL-2.0-or-later
#include "base/limits.hpp"
#include "packets.hpp"

using namespace unit;

namespace {

const Buffer kV4 = datagram(4), kV6 = datagram(6);
const Buffer kFrame = ethernet(0x0800, kV4);

Buffer gre(std::string_view header, const Buffer &payload) {
    return ipv4(47, hex(header) + payload);
}

Buffer in_udp(std::uint16_t port, std::string_view header, const Buffer &payload) {
    return ipv4(17, udp(port, hex(header) + payload));
}

constexpr std::uint16_t kVxlan = 4789, kGeneve = 6081, kGtp = 2152;

const FrameRow kRows[] = {
    {"ipv4_in_ipv4", 101, ipv4(4, kV4), "segment ok"},
    {"ipv6_in_ipv4", 101, ipv4(41, kV6), "segment ok"},
    {"ipv4_in_ipv6", 101, ipv6(4, kV4), "segment ok"},
    {"ipv6_in_ipv6", 101, ipv6(41, kV6), "segment ok"},
    {"gre", 101, gre("0000 0800", kV4), "segment ok"},
    {"gre_in_ipv6", 101, ipv6(47, hex("0000 86dd") + kV6), "segment ok"},
    {"gre_with_checksum", 101, gre("8000 0800 00000000", kV4), "segment ok"},
    {"gre_with_key", 101, gre("2000 0800 00000007", kV4), "segment ok"},
    {"gre_with_sequence_number", 101, gre("1000 86dd 00000001", kV6), "segment ok"},
    {"gre_with_all_of_them", 101, gre("b000 0800 00000000 00000007 00000001", kV4), "segment ok"},
    {"gre_of_version_1_is_another_protocol", 101, gre("0001 0800", kV4), "other"},
    {"gre_with_an_ethernet_frame", 101, gre("0000 6558", kFrame), "segment ok"},
    {"gre_with_vlan", 101, gre("0000 8100 0007 0800", kV4), "segment ok"},
    {"gre_with_mpls", 101, gre("0000 8847 00010140", kV4), "segment ok"},
    {"gre_with_another_protocol", 101, gre("0000 0806", kV4), "other"},
    {"cut_gre", 101, ipv4(47, hex("0000 08")), "malformed"},
    {"erspan_type_1_has_no_header", 101, gre("0000 88be", kFrame), "segment ok"},
    {"erspan_type_2", 101, gre("1000 88be 00000001 1007 0001 00000000", kFrame), "segment ok"},
    {"erspan_type_3", 101, gre("1000 22eb 00000001 2007 0001 00000000 0000 0000", kFrame),
     "segment ok"},
    {"erspan_type_3_with_platform_header", 101,
     gre("1000 22eb 00000001 2007 0001 00000000 0000 0001 0000000000000000", kFrame), "segment ok"},
    {"cut_erspan_type_3", 101, gre("1000 22eb 00000001 2007 0001 00000000 0000 00", {}),
     "malformed"},
    {"vxlan", 101, in_udp(kVxlan, "08000000 00000700", kFrame), "segment ok"},
    {"vxlan_in_ipv6", 101, ipv6(17, udp(kVxlan, hex("08000000 00000700") + kFrame)), "segment ok"},
    {"vxlan_without_its_flag", 101, in_udp(kVxlan, "00000000 00000700", kFrame), "other"},
    {"vxlan_without_frame", 101, in_udp(kVxlan, "08000000 00000700", {}), "other"},
    {"geneve_with_ethernet", 101, in_udp(kGeneve, "0000 6558 00000700", kFrame), "segment ok"},
    {"geneve_with_ip", 101, in_udp(kGeneve, "0000 86dd 00000700", kV6), "segment ok"},
    {"geneve_with_options", 101, in_udp(kGeneve, "0200 6558 00000700 0000000000000000", kFrame),
     "segment ok"},
    {"geneve_with_more_options_than_bytes", 101, in_udp(kGeneve, "3f00 6558 00000700", kFrame),
     "malformed"},
    {"gtp", 101, in_udp(kGtp, "30ff 0034 00000001", kV4), "segment ok"},
    {"gtp_with_sequence_number", 101, in_udp(kGtp, "32ff 0038 00000001 0001 00 00", kV4),
     "segment ok"},
    {"gtp_with_extension_header", 101,
     in_udp(kGtp, "34ff 003c 00000001 0000 00 85 01 0900 00", kV4), "segment ok"},
    {"gtp_with_two_extension_headers", 101,
     in_udp(kGtp, "34ff 0040 00000001 0000 00 85 01 0900 c0 01 0000 00", kV6), "segment ok"},
    {"gtp_extension_header_of_no_length_ends_the_search", 101,
     in_udp(kGtp, "34ff 003c 00000001 0000 00 85 00 0900 00", kV4), "other"},
    {"gtp_extension_header_beyond_the_packet", 101,
     in_udp(kGtp, "34ff 003c 00000001 0000 00 85 ff 0900 00", kV4), "malformed"},
    {"gtp_that_is_no_user_data", 101, in_udp(kGtp, "3001 0034 00000001", kV4), "other"},
    {"gtp_of_nothing", 101, in_udp(kGtp, "30ff 0000 00000001", {}), "other"},
    {"cut_udp", 101, ipv4(17, hex("c000 12b5 0000 00")), "other"},
    {"tunnel_in_tunnel", 101,
     ipv4(47, hex("0000 86dd") +
                  ipv6(17, udp(kVxlan, hex("08000000 00000700") +
                                           ethernet(0x8100, hex("0007 0800") + ipv4(41, kV6))))),
     "segment ok"},
};

bool an_inner_length_rules_over_an_outer_one() {
    const Buffer padded = kV4 + hex("2b4f4b0d0a");
    return same("padding inside a tunnel", decoded(101, ipv4(4, padded)), "segment ok");
}

bool a_tunnel_cut_by_the_capture_keeps_the_length_that_was_sent() {
    Buffer cut = in_udp(kVxlan, "08000000 00000700", kFrame);
    cut.erase(cut.end() - 8, cut.end());
    return same("cut", decoded(101, cut), "segment 12:USER");
}

bool nesting_is_bounded() {
    Buffer packet = kV4; // The innermost packet counts too.
    bool fine = true;
    for (int depth = 1; depth <= pop3ana::kMaxEncapsulations + 2; ++depth) {
        const bool allowed = depth <= pop3ana::kMaxEncapsulations;
        fine = same("depth", decoded(101, packet), allowed ? "segment ok" : "too deep") && fine;
        packet = ipv4(4, packet);
    }
    return fine;
}

bool nested_frames_are_bounded_too() {
    Buffer packet = gre("0000 6558", kFrame); // Counts as three: IP, the frame, IP.
    bool fine = true;
    for (int depth = 3; depth <= pop3ana::kMaxEncapsulations + 3; ++depth) {
        const bool allowed = depth <= pop3ana::kMaxEncapsulations;
        fine = same("depth", decoded(101, packet), allowed ? "segment ok" : "too deep") && fine;
        packet = ipv4(4, packet);
    }
    return fine;
}

} // namespace

int main() {
    std::vector<CMUnitTest> tests{
        UNIT_TEST(an_inner_length_rules_over_an_outer_one),
        UNIT_TEST(a_tunnel_cut_by_the_capture_keeps_the_length_that_was_sent),
        UNIT_TEST(nesting_is_bounded), UNIT_TEST(nested_frames_are_bounded_too)};
    add_rows<decodes>(tests, kRows);
    return run("unit.tunnel", tests);
}
