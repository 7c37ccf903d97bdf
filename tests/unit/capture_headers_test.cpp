// SPDX-License-Identifier: GPL-2.0-or-later
#include "base/limits.hpp"
#include "packets.hpp"

using namespace unit;

namespace {

const Buffer kV4 = datagram(4), kV6 = datagram(6);
const Buffer kFrame = ethernet(0x0800, kV4);
const Buffer kWifi =
    hex("0801 0000 000000000000 000000000000 000000000000 0000 aaaa03 000000 0800") + kV4;

Buffer pktap(std::string_view start, const Buffer &frame) {
    Buffer header = hex(start);
    header.resize(108);
    return header + frame;
}

Buffer erf(std::string_view type, std::string_view more, const Buffer &frame) {
    return Buffer(8) + hex(type) + Buffer(7) + hex(more) + frame;
}

const FrameRow kRows[] = {
    {"ppi", 192, hex("00000800 69000000") + kWifi, "segment ok"},
    {"ppi_with_fields", 192, hex("00001000 01000000 0200040000000000") + kFrame, "segment ok"},
    {"ppi_of_raw", 192, hex("00000800 0c000000") + kV6, "segment ok"},
    {"ppi_of_another_link_type", 192, hex("00000800 93000000") + kFrame, "undecodable"},
    {"pktap", 258, pktap("6c000000 01000000 01000000", kFrame), "segment ok"},
    {"pktap_of_raw", 258, pktap("6c000000 01000000 0c000000", kV6), "segment ok"},
    {"pktap_with_a_longer_header", 258,
     pktap("70000000 01000000 01000000", hex("00000000") + kFrame), "segment ok"},
    {"pktap_without_packet", 258, pktap("6c000000 00000000 01000000", kFrame), "other"},
    {"nflog", 239, hex("02000001 0800 0100 08000000 3800 0900") + kV4, "segment ok"},
    {"nflog_of_a_big_endian_machine", 239, hex("0a000001 0005 000a 61000000 004c 0009") + kV6,
     "segment ok"},
    {"nflog_padding_is_no_packet", 239, hex("02000001 3800 0900") + kV4 + hex("00000000"),
     "segment ok"},
    {"nflog_without_packet", 239, hex("02000001 0800 0100 08000000"), "other"},
    {"nflog_of_nothing", 239, hex("02000001"), "other"},
    {"pflog", 117, hex("3d020000") + Buffer(60) + kV4, "segment ok"},
    {"pflog_of_openbsd", 117, hex("64180000") + Buffer(96) + kV6, "segment ok"},
    {"enc", 109, hex("02000000 00001234 00000000") + kV4, "segment ok"},
    {"ipnet", 226, hex("0102 0000 00000034") + Buffer(16) + kV4, "segment ok"},
    {"erf_ethernet", 197, erf("02", "0000", kFrame), "segment ok"},
    {"erf_ethernet_with_extension_headers", 197,
     erf("82", "8c00000000000000 0c00000000000000 0000", kFrame), "segment ok"},
    {"erf_color_ethernet", 197, erf("0b", "0000", kFrame), "segment ok"},
    {"erf_ipv4", 197, erf("16", "", kV4), "segment ok"},
    {"erf_ipv6", 197, erf("17", "", kV6), "segment ok"},
    {"erf_hdlc", 197, erf("01", "0f00 0800", kV4), "other"},
};

struct CutRow {
    const char *name;
    std::uint32_t link_type;
    Buffer frame;
};

const CutRow kCutRows[] = {
    {"cut_ppi", 192, hex("00000800 690000")},
    {"ppi_longer_than_the_frame", 192, hex("0000ffff 01000000") + kFrame},
    {"ppi_shorter_than_its_header_is_not", 192, hex("00000000 01000000")},
    {"cut_pktap", 258, hex("6c000000 01000000 01000000")},
    {"pktap_shorter_than_its_header", 258, pktap("6b000000 01000000 01000000", kFrame)},
    {"pktap_longer_than_the_frame", 258, pktap("ffffffff 01000000 01000000", kFrame)},
    {"cut_nflog", 239, hex("020000")},
    {"nflog_value_of_no_length", 239, hex("02000001 0000 0100") + kV4},
    {"nflog_without_bytes", 239, hex("02000001 0400 0900")},
    {"nothing_of_pflog", 117, {}},
    {"pflog_shorter_than_any", 117, hex("04020000") + kV4},
    {"cut_pflog", 117, hex("3d020000")},
    {"cut_enc", 109, hex("02000000 00001234 000000")},
    {"cut_ipnet", 226, hex("0102 0000 00000034")},
    {"cut_erf", 197, Buffer(15)},
    {"cut_erf_extension_header", 197, erf("82", "8c0000", {})},
    {"erf_without_frame", 197, erf("02", "0000", {})},
};

bool is_malformed(const CutRow &row) {
    return same(row.name, decoded(row.link_type, row.frame), "malformed");
}

bool nested_headers_are_bounded() {
    Buffer frame = kFrame; // One header: IP.
    bool fine = true;
    for (int headers = 1; headers <= pop3ana::kMaxEncapsulations + 1; ++headers) {
        const bool allowed = headers <= pop3ana::kMaxEncapsulations;
        const std::uint32_t link_type = headers == 1 ? 1 : 192;
        fine = same("ppi", decoded(link_type, frame), allowed ? "segment ok" : "too deep") && fine;
        frame = hex(headers == 1 ? "00000800 01000000" : "00000800 c0000000") + frame;
    }
    return fine;
}

} // namespace

int main() {
    std::vector<CMUnitTest> tests{UNIT_TEST(nested_headers_are_bounded)};
    add_rows<decodes>(tests, kRows);
    add_rows<is_malformed>(tests, kCutRows);
    return run("unit.capture_headers", tests);
}
