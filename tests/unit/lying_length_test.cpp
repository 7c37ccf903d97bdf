// Every byte of a header, and so every length in it, takes every value; all frames end at an
// unmapped page.
// SPDX-License-Identifier: GPL-2.0-or-later
#include "packets.hpp"

using namespace unit;

namespace {

const Buffer kV4 = datagram(4), kV6 = datagram(6), kTcp = tcp_segment();

struct Row {
    const char *name;
    std::uint32_t link_type;
    Buffer frame;
};

const Row kRows[] = {
    {"ethernet_with_tags_and_ipv4", 1, ethernet(0x88a8, hex("0008 8100 0007 0800") + kV4)},
    {"pppoe_with_ipv6", 1, ethernet(0x8864, hex("1100 0001 0036 0057") + kV6)},
    {"mpls", 1, ethernet(0x8847, hex("00010040 00020140") + kV4)},
    {"linux_cooked", 113, hex("0004 0001 0006 000102030405 0000 0800") + kV4},
    {"linux_cooked_version_2", 276, hex("86dd 0000 00000001 0001 0006 0001020304050000") + kV6},
    {"ppp", 50, hex("ff03 0021") + kV4},
    {"wifi_behind_radiotap", 127,
     hex("0000 0900 00000000 05 8803 0000 000000000000 000000000000 000000000000 0000"
         "000000000000 0000 aaaa 0300 0000 0800") +
         kV4},
    {"extension_headers", 101,
     ipv6(0, hex("3300 010400000000 2b01 0000 00000001 00000001 2c00 000000000000"
                 "0600 0000 00000007") +
                 kTcp)},
    {"gre_with_erspan", 101,
     ipv4(47, hex("b000 22eb 00000000 00000007 00000001 2007 0001 00000000 0000 0001"
                  "0000000000000000") +
                  ethernet(0x0800, kV4))},
    {"vxlan", 101, ipv4(17, udp(4789, hex("08000000 00000700") + ethernet(0x86dd, kV6)))},
    {"geneve", 101,
     ipv4(17, udp(6081, hex("0200 6558 00000700 0000000000000000") + ethernet(0x0800, kV4)))},
    {"gtp", 101, ipv6(17, udp(2152, hex("34ff 003c 00000001 0000 0085 010900 00") + kV4))},
    {"l2tp", 101,
     ipv4(17, udp(1701, hex("4a02 0044 0007 0009 0001 0002 0003 000000 ff03 0021") + kV4))},
    {"teredo", 101, ipv4(17, udp(3544, hex("0001 02 03 0102 010203 0000000000000001 00") + kV6))},
    {"capwap", 101,
     ipv4(17, udp(5247, hex("00 200310 00000000 06 020000000001 00 8801 0000 000000000000"
                            "000000000000 000000000000 0000 0000 aaaa03 000000 0800") +
                            kV4))},
    {"tzsp", 101, ipv4(17, udp(37008, hex("01 01 0001 00 0a 01 c8 01") + ethernet(0x0800, kV4)))},
    {"pseudowire", 101,
     ipv4(137, hex("00010140 00000007") + ethernet(0x8100, hex("0007 0800") + kV4))},
    {"pptp", 101, ipv4(47, hex("3081 880b 0035 0001 00000001 00000001 ff03 0021") + kV4)},
    {"ppi_with_aggregate", 192,
     hex("00000800 69000000 8881 0000 000000000000 000000000000 000000000000 0000 8000 00000000"
         "000000000000 000000000000 003c aaaa03 000000 0800") +
         kV4},
    {"aggregate_of_two", 105,
     hex("8801 0000 000000000000 000000000000 000000000000 0000 8000"
         "000000000000 000000000000 000a aaaa03 000000 0800 45 00 0000"
         "000000000000 000000000000 003c aaaa03 000000 0800") +
         kV4},
    {"radiotap_with_padding", 127,
     hex("0000 1900 03000080 01000000 00000000 0000000000000000 20 8801 0000 000000000000"
         "000000000000 000000000000 0000 0000 0000 aaaa03 000000 0800") +
         kV4},
    {"nflog", 239, hex("02000001 0800 0100 08000000 3800 0900") + kV4},
    {"pflog", 117, hex("3d020000") + Buffer(60) + kV4},
    {"erf", 197,
     Buffer(8) + hex("82") + Buffer(7) + hex("8c00000000000000 0c00000000000000 0000") +
         ethernet(0x0800, kV4)},
    {"ipv6_in_ipv4", 101, ipv4(41, kV6)},
};

bool is_believed_in_nothing(const Row &row) {
    return survives_lies(row.link_type, row.frame);
}

bool random_frame_is_survived(Random &random) {
    const Row &row = random.pick(kRows);
    Buffer frame = row.frame;
    for (std::size_t changes = random.below(6); changes > 0; --changes)
        frame[random.below(frame.size())] = static_cast<std::uint8_t>(random.number());
    frame.resize(random.below(frame.size() + 1));
    return !decoded(row.link_type, frame, random.chance(0.2)).empty();
}

bool random_damage_is_survived() {
    return holds_for_rounds("unit.lying_length", 5'000, random_frame_is_survived);
}

} // namespace

int main() {
    std::vector<CMUnitTest> tests{UNIT_TEST(random_damage_is_survived)};
    add_rows<is_believed_in_nothing>(tests, kRows);
    return run("unit.lying_length", tests);
}
