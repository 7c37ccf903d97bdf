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

Buffer from_udp(std::uint16_t port, std::string_view header, const Buffer &payload,
                std::uint16_t to = 0xc001) {
    Buffer datagram = udp(to, hex(header) + payload);
    pop3ana_test::put_number(datagram, 0, 2, port);
    return ipv4(17, datagram);
}

constexpr std::uint16_t kVxlan = 4789, kVxlanGpe = 4790, kGeneve = 6081, kGtp = 2152, kL2tp = 1701,
                        kTeredo = 3544, kCapwap = 5247, kTzsp = 37008;

const Buffer kWifiBody =
    hex("0000 000000000000 000000000000 000000000000 0000 aaaa03 000000 0800") + kV4;
const Buffer kWifi = hex("0801") + kWifiBody, kSwappedWifi = hex("0108") + kWifiBody;

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
    {"gre_of_version_2_is_another_protocol", 101, gre("3002 880b", kV4), "other"},
    {"pptp", 101, gre("3001 880b 0038 0001 00000001", hex("ff03 0021") + kV4), "segment ok"},
    {"pptp_with_acknowledgement", 101,
     gre("3081 880b 0035 0001 00000001 00000001", hex("21") + kV4), "segment ok"},
    {"pptp_that_only_acknowledges", 101, gre("2081 880b 0000 0001 00000001", {}), "other"},
    {"pptp_encrypted", 101, gre("3001 880b 0038 0001 00000001", hex("ff03 00fd 1234")), "other"},
    {"cut_pptp", 101, gre("3001 880b 0038 0001 000000", {}), "malformed"},
    {"ether_ip", 101, ipv4(97, hex("3000") + kFrame), "segment ok"},
    {"ether_ip_in_ipv6", 101, ipv6(97, hex("3000") + kFrame), "segment ok"},
    {"ether_ip_of_another_version", 101, ipv4(97, hex("2000") + kFrame), "other"},
    {"cut_ether_ip", 101, ipv4(97, hex("30")), "malformed"},
    {"mpls_in_ip", 101, ipv4(137, hex("00010140") + kV6), "segment ok"},
    {"mpls_in_udp", 101, in_udp(6635, "00010040 00020140", kV4), "segment ok"},
    {"pseudowire_in_udp", 101, in_udp(6635, "00020140 00000000", kFrame), "segment ok"},
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
    {"vxlan_on_the_port_of_linux", 101, in_udp(8472, "08000000 00000700", kFrame), "segment ok"},
    {"vxlan_gpe_with_ethernet", 101, in_udp(kVxlanGpe, "0c000003 00000700", kFrame), "segment ok"},
    {"vxlan_gpe_with_ipv4", 101, in_udp(kVxlanGpe, "0c000001 00000700", kV4), "segment ok"},
    {"vxlan_gpe_with_ipv6", 101, in_udp(kVxlanGpe, "0c000002 00000700", kV6), "segment ok"},
    {"vxlan_gpe_as_vxlan", 101, in_udp(kVxlanGpe, "08000000 00000700", kFrame), "segment ok"},
    {"vxlan_gpe_with_another_protocol", 101, in_udp(kVxlanGpe, "0c000004 00000700", kFrame),
     "other"},
    {"vxlan_gpe_without_flags", 101, in_udp(kVxlanGpe, "00000003 00000700", kFrame), "other"},
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
    {"l2tp", 101, in_udp(kL2tp, "0002 0007 0009", hex("ff03 0021") + kV4), "segment ok"},
    {"l2tp_from_the_port", 101, from_udp(kL2tp, "0002 0007 0009", hex("0057") + kV6), "segment ok"},
    {"l2tp_with_everything", 101,
     in_udp(kL2tp, "4a02 0044 0007 0009 0001 0002 0003 000000", hex("ff03 0021") + kV4),
     "segment ok"},
    {"l2tp_control", 101, in_udp(kL2tp, "c802 000c 0007 0000 0000 0001", {}), "other"},
    {"l2tp_of_version_1", 101, in_udp(kL2tp, "0001 0007 0009", hex("ff03 0021") + kV4), "other"},
    {"cut_l2tp", 101, in_udp(kL2tp, "0002 0007 00", {}), "other"},
    {"cut_l2tp_offset", 101, in_udp(kL2tp, "4a02 0044 0007 0009 0001 0002", {}), "malformed"},
    {"l2tp_version_3_in_udp", 101, in_udp(kL2tp, "0003 0000 00000007", kFrame), "segment ok"},
    {"l2tp_version_3_in_udp_with_another_frame", 101,
     in_udp(kL2tp, "0003 0000 00000007", ethernet(0x0806, kV4)), "other"},
    {"l2tp_version_3", 101, ipv4(115, hex("00000007") + kFrame), "segment ok"},
    {"l2tp_version_3_with_cookie", 101, ipv4(115, hex("00000007 0102030405060708") + kFrame),
     "segment ok"},
    {"l2tp_version_3_with_cookie_and_sublayer", 101,
     ipv4(115, hex("00000007 0102030405060708 40000001") + kFrame), "segment ok"},
    {"l2tp_version_3_control", 101, ipv4(115, hex("00000000 c803 0014") + kFrame), "other"},
    {"l2tp_version_3_with_another_frame", 101, ipv4(115, hex("00000007 ff03 0021") + kV4), "other"},
    {"cut_l2tp_version_3", 101, ipv4(115, hex("000000")), "malformed"},
    {"teredo", 101, in_udp(kTeredo, "", kV6), "segment ok"},
    {"teredo_from_the_port", 101, from_udp(kTeredo, "", kV6), "segment ok"},
    {"teredo_with_origin", 101, in_udp(kTeredo, "0000 1234 0a000001", kV6), "segment ok"},
    {"teredo_with_authentication", 101,
     in_udp(kTeredo, "0001 02 03 0102 010203 0000000000000001 00", kV6), "segment ok"},
    {"teredo_with_both", 101,
     in_udp(kTeredo, "0001 00 00 0000000000000001 00 0000 1234 0a000001", kV6), "segment ok"},
    {"teredo_without_packet", 101, in_udp(kTeredo, "0000 1234 0a000001", {}), "other"},
    {"teredo_never_holds_ipv4", 101, in_udp(kTeredo, "", kV4), "other"},
    {"the_port_that_it_goes_to_rules", 101, from_udp(kTeredo, "08000000 00000700", kFrame, kVxlan),
     "segment ok"},
    {"capwap", 101, in_udp(kCapwap, "00 100000 00000000", kFrame), "segment ok"},
    {"capwap_from_the_port", 101, from_udp(kCapwap, "00 100000 00000000", kFrame), "segment ok"},
    {"capwap_with_an_address", 101,
     in_udp(kCapwap, "00 200010 00000000 06 020000000001 00", kFrame), "segment ok"},
    {"capwap_with_wifi", 101, in_udp(kCapwap, "00 100300 00000000", kWifi), "segment ok"},
    {"capwap_with_swapped_wifi", 101, in_udp(kCapwap, "00 100300 00000000", kSwappedWifi),
     "segment ok"},
    {"capwap_with_another_binding", 101, in_udp(kCapwap, "00 100500 00000000", kWifi), "other"},
    {"capwap_fragment", 101, in_udp(kCapwap, "00 100080 00010000", kFrame), "other"},
    {"capwap_keep_alive", 101, in_udp(kCapwap, "00 100008 00000000", kFrame), "other"},
    {"capwap_under_dtls", 101, in_udp(kCapwap, "01 000000 16fefd00", kFrame), "other"},
    {"capwap_shorter_than_its_header", 101, in_udp(kCapwap, "00 080000 00000000", kFrame), "other"},
    {"cut_capwap_wifi", 101, in_udp(kCapwap, "00 100300 00000000", hex("0801")), "malformed"},
    {"hp_mirror", 101, in_udp(7932, "0000000000000000 00000000", kFrame), "segment ok"},
    {"cut_hp_mirror", 101, in_udp(7932, "0000000000000000 000000", {}), "malformed"},
    {"tzsp", 101, in_udp(kTzsp, "01 00 0001 01", kFrame), "segment ok"},
    {"tzsp_with_fields", 101, in_udp(kTzsp, "01 01 0001 00 0a 01 c8 00 01", kFrame), "segment ok"},
    {"tzsp_with_wifi", 101, in_udp(kTzsp, "01 00 0012 01", kWifi), "segment ok"},
    {"tzsp_with_prism", 101,
     in_udp(kTzsp, "01 00 0077 01", hex("44000000 90000000") + Buffer(136) + kWifi), "segment ok"},
    {"tzsp_with_avs", 101, in_udp(kTzsp, "01 00 007f 01", hex("80211001 00000008") + kWifi),
     "segment ok"},
    {"tzsp_with_another_link_type", 101, in_udp(kTzsp, "01 00 0003 01", kFrame), "other"},
    {"tzsp_keep_alive", 101, in_udp(kTzsp, "01 04 0000 01", {}), "other"},
    {"tzsp_without_end", 101, in_udp(kTzsp, "01 00 0001 00 0a 01 c8", {}), "malformed"},
    {"cut_tzsp_field", 101, in_udp(kTzsp, "01 00 0001 0a", {}), "malformed"},
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

bool comes_in_fragments(std::uint8_t protocol, std::string_view header) {
    const Buffer payload = hex(header) + kFrame;
    Buffer first = ipv4(protocol, {payload.begin(), payload.begin() + 32});
    Buffer second = ipv4(protocol, {payload.begin() + 32, payload.end()});
    first[6] = 0x20; // more fragments
    second[7] = 32 / 8;
    return same("fragments", decoded_in_turn({ethernet(0x0800, first), ethernet(0x0800, second)}),
                "fragment segment ok");
}

bool tunnels_come_in_fragments() {
    return comes_in_fragments(97, "3000") && comes_in_fragments(115, "00000007") &&
           comes_in_fragments(137, "00010140");
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
        UNIT_TEST(tunnels_come_in_fragments), UNIT_TEST(nesting_is_bounded),
        UNIT_TEST(nested_frames_are_bounded_too)};
    add_rows<decodes>(tests, kRows);
    return run("unit.tunnel", tests);
}
