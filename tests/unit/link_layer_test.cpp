// SPDX-License-Identifier: GPL-2.0-or-later
#include "net/link_types.hpp"
#include "packets.hpp"

using namespace unit;

namespace {

const Buffer kV4 = datagram(4), kV6 = datagram(6);

Buffer wifi(std::string_view header) {
    return hex(header) + hex("aaaa 0300 0000 0800") + kV4;
}

// Of an 802.11 header only its control bytes and its length matter here.
constexpr std::string_view kTail = "0000 000000000000 000000000000 000000000000 0000";

const FrameRow kRows[] = {
    {"ethernet_holds_ipv4", 1, ethernet(0x0800, kV4), "segment ok"},
    {"ethernet_holds_ipv6", 1, ethernet(0x86dd, kV6), "segment ok"},
    {"ethernet_padding_is_no_payload", 1, ethernet(0x0800, kV4) + hex("2b4f4b0d0a"), "segment ok"},
    {"ethernet_padding_after_ipv6_is_no_payload", 1, ethernet(0x86dd, kV6) + hex("0000"),
     "segment ok"},
    {"raw_is_ipv4", 101, kV4, "segment ok"},
    {"raw_is_ipv6", 101, kV6, "segment ok"},
    {"raw_of_bsd", 12, kV4, "segment ok"},
    {"raw_of_openbsd", 14, kV6, "segment ok"},
    {"linktype_ipv4", 228, kV4, "segment ok"},
    {"linktype_ipv6", 229, kV6, "segment ok"},
    {"null_in_little_endian", 0, hex("02000000") + kV4, "segment ok"},
    {"null_in_big_endian", 0, hex("00000002") + kV4, "segment ok"},
    {"null_with_any_systems_number_for_ipv6", 0, hex("1e000000") + kV6, "segment ok"},
    {"loop_of_openbsd", 108, hex("00000018") + kV6, "segment ok"},
    {"linux_cooked", 113, hex("0004 0001 0006 000102030405 0000 0800") + kV4, "segment ok"},
    {"linux_cooked_with_vlan", 113, hex("0004 0001 0006 000102030405 0000 8100 0007 86dd") + kV6,
     "segment ok"},
    {"linux_cooked_version_2", 276, hex("86dd 0000 00000001 0001 00 06 0001020304050000") + kV6,
     "segment ok"},
    {"ppp_with_ipv4", 9, hex("0021") + kV4, "segment ok"},
    {"ppp_with_ipv6", 9, hex("0057") + kV6, "segment ok"},
    {"ppp_in_hdlc_framing", 50, hex("ff03 0021") + kV4, "segment ok"},
    {"ppp_with_a_compressed_protocol", 9, hex("21") + kV4, "segment ok"},
    {"ppp_with_both_compressions_undone", 9, hex("ff03 57") + kV6, "segment ok"},
    {"ppp_with_another_protocol", 9, hex("c021 0101 0004"), "other"},
    {"wifi_data", 105, wifi("0801" + std::string{kTail}), "segment ok"},
    {"wifi_data_with_quality_of_service", 105, wifi("8802" + std::string{kTail} + "0000"),
     "segment ok"},
    {"wifi_data_with_four_addresses", 105, wifi("0803" + std::string{kTail} + "0000 0000 0000"),
     "segment ok"},
    {"wifi_data_with_both", 105, wifi("8803" + std::string{kTail} + "0000 0000 0000 0000"),
     "segment ok"},
    {"wifi_encrypted_data_is_opaque", 105, wifi("0841" + std::string{kTail}), "other"},
    {"wifi_data_without_data", 105, wifi("4801" + std::string{kTail}), "other"},
    {"wifi_management", 105, wifi("8000" + std::string{kTail}), "other"},
    {"wifi_control", 105, wifi("b400" + std::string{kTail}), "other"},
    {"wifi_without_snap", 105, hex("0801" + std::string{kTail} + "4242 0300 0000 0800") + kV4,
     "other"},
    {"wifi_behind_radiotap", 127, hex("0000 0900 00000000 05") + wifi("0801" + std::string{kTail}),
     "segment ok"},
    {"vlan", 1, ethernet(0x8100, hex("0007 0800") + kV4), "segment ok"},
    {"vlan_in_vlan", 1, ethernet(0x88a8, hex("0008 8100 0007 86dd") + kV6), "segment ok"},
    {"vlan_with_the_outer_tags_of_older_switches", 1,
     ethernet(0x9100, hex("0008 9200 0007 0800") + kV4), "segment ok"},
    {"pppoe", 1, ethernet(0x8864, hex("1100 0001 0036 0021") + kV4), "segment ok"},
    {"pppoe_in_vlan", 1, ethernet(0x8100, hex("0007 8864 1100 0001 0036 0057") + kV6),
     "segment ok"},
    {"mpls", 1, ethernet(0x8847, hex("00010140") + kV4), "segment ok"},
    {"mpls_multicast", 1, ethernet(0x8848, hex("00010140") + kV6), "segment ok"},
    {"mpls_with_several_labels", 1, ethernet(0x8847, hex("00010040 00020040 00030140") + kV6),
     "segment ok"},
    {"mpls_over_something_else", 1, ethernet(0x8847, hex("00010140 00000000")), "other"},
    {"another_ether_type", 1, ethernet(0x0806, kV4), "other"},
    {"another_link_type", 147, kV4, "undecodable"},
};

struct CutRow {
    const char *name;
    std::uint32_t link_type;
    Buffer frame;
};

const CutRow kCutRows[] = {
    {"nothing_at_all", 1, {}},
    {"nothing_raw", 101, {}},
    {"cut_ethernet", 1, hex("0200 0000 0001 0200 0000 0002 08")},
    {"ethernet_without_packet", 1, ethernet(0x0800, {})},
    {"cut_null", 0, hex("020000")},
    {"cut_loop", 108, {}},
    {"cut_linux_cooked", 113, hex("0004 0001 0006 000102030405 0000 08")},
    {"cut_linux_cooked_version_2", 276, hex("0800 0000 00000001 0001 00 06 00010203040500")},
    {"cut_ppp", 9, hex("00")},
    {"cut_ppp_in_hdlc_framing", 9, hex("ff03 00")},
    {"cut_vlan", 1, ethernet(0x8100, hex("0007 08"))},
    {"cut_pppoe", 1, ethernet(0x8864, hex("1100 0001 0036 00"))},
    {"cut_mpls", 1, ethernet(0x8847, hex("000101"))},
    {"mpls_without_bottom", 1, ethernet(0x8847, hex("00010040 00020040"))},
    {"cut_wifi", 105, hex("0801 0000")},
    {"cut_radiotap", 127, hex("0000 08")},
    {"radiotap_longer_than_the_frame", 127, hex("0000 ffff") + kV4},
};

bool is_malformed(const CutRow &row) {
    return same(row.name, decoded(row.link_type, row.frame), "malformed");
}

bool decodes_the_link_types_of_the_list_and_no_other() {
    std::vector<std::uint32_t> link_types;
    for (const pop3ana::LinkType type : pop3ana::kLinkTypes)
        link_types.push_back(static_cast<std::uint32_t>(type));
    std::vector<std::uint32_t> decodable;
    for (std::uint32_t type = 0; type <= 0xffff; ++type) {
        if (decoded(type, {}) != "undecodable") decodable.push_back(type);
    }
    return holds("the decoder's link types are those of the list, in its order",
                 decodable == link_types);
}

} // namespace

int main() {
    std::vector<CMUnitTest> tests;
    add_rows<decodes>(tests, kRows);
    add_rows<is_malformed>(tests, kCutRows);
    tests.push_back(UNIT_TEST(decodes_the_link_types_of_the_list_and_no_other));
    return run("unit.link_layer", tests);
}
