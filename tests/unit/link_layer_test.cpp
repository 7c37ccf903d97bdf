// SPDX-License-Identifier: GPL-2.0-or-later
#include "base/limits.hpp"
#include "net/link_types.hpp"
#include "packets.hpp"

using namespace unit;

namespace {

const Buffer kV4 = datagram(4), kV6 = datagram(6);
const Buffer kFrame = ethernet(0x0800, kV4);

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
    {"cisco_hdlc", 104, hex("0f00 0800") + kV4, "segment ok"},
    {"cisco_hdlc_broadcast", 104, hex("8f00 86dd") + kV6, "segment ok"},
    {"cisco_hdlc_among_ppp", 50, hex("0f00 0800") + kV4, "segment ok"},
    {"cisco_hdlc_slarp", 104, hex("8f00 8035 00000002 00000001"), "other"},
    {"ppp_with_direction", 204, hex("01 ff03 0021") + kV4, "segment ok"},
    {"ppp_with_direction_without_address", 204, hex("00 0057") + kV6, "segment ok"},
    {"pppoe_as_link_type", 51, hex("1100 0001 0036 0021") + kV4, "segment ok"},
    {"snap", 1, ethernet(0x003c, hex("aaaa03 000000 0800") + kV4), "segment ok"},
    {"snap_over_a_bridge", 1, ethernet(0x003c, hex("aaaa03 0000f8 86dd") + kV6), "segment ok"},
    {"snap_in_vlan", 1, ethernet(0x8100, hex("0007 003c aaaa03 000000 0800") + kV4), "segment ok"},
    {"snap_of_another_organization", 1, ethernet(0x003c, hex("aaaa03 00000c 0800") + kV4), "other"},
    {"llc_without_snap", 1, ethernet(0x0026, hex("424203 0000000000")), "other"},
    {"llc_of_ipx", 1, ethernet(0x0026, hex("ffff 0026 0000")), "other"},
    {"length_without_llc", 1, ethernet(0x0000, {}), "other"},
    {"vlan", 1, ethernet(0x8100, hex("0007 0800") + kV4), "segment ok"},
    {"vlan_in_vlan", 1, ethernet(0x88a8, hex("0008 8100 0007 86dd") + kV6), "segment ok"},
    {"vlan_with_the_outer_tags_of_older_switches", 1,
     ethernet(0x9100, hex("0008 9200 0007 0800") + kV4), "segment ok"},
    {"vlan_with_others", 1, ethernet(0x9300, hex("0008 8200 0007 86dd") + kV6), "segment ok"},
    {"vn_tag", 1, ethernet(0x8926, hex("00000001 0800") + kV4), "segment ok"},
    {"vn_tag_in_vlan", 1, ethernet(0x8100, hex("0005 8926 00000001 86dd") + kV6), "segment ok"},
    {"e_tag", 1, ethernet(0x893f, hex("0000 0001 0000 0800") + kV4), "segment ok"},
    {"vlan_in_e_tag", 1, ethernet(0x893f, hex("0000 0001 0000 8100 0007 0800") + kV4),
     "segment ok"},
    {"cisco_metadata", 1, ethernet(0x8909, hex("01 01 0001 0002 0800") + kV4), "segment ok"},
    {"time_stamp_tag", 1, ethernet(0x8988, hex("000000000001 0800") + kV4), "segment ok"},
    {"provider_backbone", 1, ethernet(0x88e7, hex("00000001") + ethernet(0x0800, kV4)),
     "segment ok"},
    {"provider_backbone_with_tags", 1,
     ethernet(0x88a8, hex("0008 88e7 00000001") + ethernet(0x8100, hex("0007 86dd") + kV6)),
     "segment ok"},
    {"pppoe", 1, ethernet(0x8864, hex("1100 0001 0036 0021") + kV4), "segment ok"},
    {"pppoe_in_vlan", 1, ethernet(0x8100, hex("0007 8864 1100 0001 0036 0057") + kV6),
     "segment ok"},
    {"mpls", 1, ethernet(0x8847, hex("00010140") + kV4), "segment ok"},
    {"mpls_multicast", 1, ethernet(0x8848, hex("00010140") + kV6), "segment ok"},
    {"mpls_with_several_labels", 1, ethernet(0x8847, hex("00010040 00020040 00030140") + kV6),
     "segment ok"},
    {"mpls_over_something_else", 1, ethernet(0x8847, hex("00010140 00000000")), "other"},
    {"pseudowire", 1, ethernet(0x8847, hex("00010140") + kFrame), "segment ok"},
    {"pseudowire_with_control_word", 1, ethernet(0x8847, hex("00010140 00000007") + kFrame),
     "segment ok"},
    {"pseudowire_with_vlan", 1,
     ethernet(0x8847, hex("00010140 00000000") + ethernet(0x8100, hex("0007 86dd") + kV6)),
     "segment ok"},
    {"pseudowire_with_pppoe", 1,
     ethernet(0x8847, hex("00010140") + ethernet(0x8864, hex("1100 0001 0036 0021") + kV4)),
     "segment ok"},
    {"pseudowire_without_ip", 1, ethernet(0x8847, hex("00010140") + ethernet(0x0806, kV4)),
     "other"},
    {"pseudowire_whose_ip_has_no_length", 1,
     ethernet(0x8847, hex("00010140") + ethernet(0x0800, hex("4500 0000") + kV4)), "other"},
    {"pseudowire_with_another_version_of_ip", 1,
     ethernet(0x8847, hex("00010140") + ethernet(0x86dd, kV4)), "other"},
    {"pseudowire_with_another_control_word", 1, ethernet(0x8847, hex("00010140 00100007") + kFrame),
     "other"},
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
    {"mpls_without_labels", 1, ethernet(0x8847, {})},
    {"mpls_without_packet", 1, ethernet(0x8847, hex("00010140"))},
    {"cut_cisco_hdlc", 104, hex("0f00 08")},
    {"cut_ppp_with_direction", 204, hex("01")},
    {"cut_pppoe_as_link_type", 51, hex("1100 0001 0036 00")},
    {"cut_snap", 1, ethernet(0x003c, hex("aaaa03 000000 08"))},
    {"cut_vn_tag", 1, ethernet(0x8926, hex("00000001 08"))},
    {"cut_e_tag", 1, ethernet(0x893f, hex("0000 0001 0000 08"))},
    {"cut_cisco_metadata", 1, ethernet(0x8909, hex("01 01 0001 0002 08"))},
    {"cut_time_stamp_tag", 1, ethernet(0x8988, hex("000000000001 08"))},
    {"cut_provider_backbone", 1, ethernet(0x88e7, hex("000000"))},
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

/// Each of `layer` in front of the last, until the limit is reached and one beyond.
bool is_bounded(const char *name, Buffer (*layer)(const Buffer &), int headers_each) {
    Buffer frame = kFrame; // One header: IP.
    bool fine = true;
    for (int headers = 1; headers <= pop3ana::kMaxEncapsulations + headers_each;
         headers += headers_each) {
        const bool allowed = headers <= pop3ana::kMaxEncapsulations;
        fine = same(name, decoded(1, frame), allowed ? "segment ok" : "too deep") && fine;
        frame = layer(frame);
    }
    return fine;
}

bool nested_backbones_are_bounded() {
    const auto layer = [](const Buffer &inner) {
        return ethernet(0x88e7, hex("00000001") + inner);
    };
    return is_bounded("backbone", layer, 1);
}

bool nested_pseudowires_are_bounded() {
    const auto layer = [](const Buffer &inner) {
        return ethernet(0x8847, hex("00010140") + inner);
    };
    // What holds no IP itself is no pseudowire: two of them are none already.
    return same("pseudowires", decoded(1, layer(layer(kFrame))), "other") &&
           is_bounded(
               "gre in pseudowire",
               [](const Buffer &inner) {
                   return ethernet(0x8847,
                                   hex("00010140") +
                                       ethernet(0x0800, ipv4(47, hex("0000 6558") + inner)));
               },
               3);
}

bool nested_lengths_are_bounded() {
    const auto layer = [](const Buffer &inner) {
        Buffer body{inner.begin() + 12, inner.end()}; // SNAP with a VLAN tag, and again a length
        return ethernet(0x0400, hex("aaaa03 000000 8100 0007") + body);
    };
    return is_bounded("snap", layer, 1);
}

} // namespace

int main() {
    std::vector<CMUnitTest> tests;
    add_rows<decodes>(tests, kRows);
    add_rows<is_malformed>(tests, kCutRows);
    tests.push_back(UNIT_TEST(nested_backbones_are_bounded));
    tests.push_back(UNIT_TEST(nested_pseudowires_are_bounded));
    tests.push_back(UNIT_TEST(nested_lengths_are_bounded));
    tests.push_back(UNIT_TEST(decodes_the_link_types_of_the_list_and_no_other));
    return run("unit.link_layer", tests);
}
