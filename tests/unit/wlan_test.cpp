// SPDX-License-Identifier: GPL-2.0-or-later
#include "packets.hpp"

using namespace unit;

namespace {

const Buffer kV4 = datagram(4), kV6 = datagram(6);
const Buffer kSnap = hex("aaaa 0300 0000 0800") + kV4, kSnap6 = hex("aaaa 0300 0000 86dd") + kV6;

// Of an 802.11 header only its control bytes and its length matter here.
const Buffer kTail = hex("0000 000000000000 000000000000 000000000000 0000");

Buffer wifi(std::string_view control, std::string_view more = "", const Buffer &body = kSnap) {
    return hex(control) + kTail + hex(more) + body;
}

const Buffer kWifi = wifi("0801");

Buffer subframe(const Buffer &body) {
    Buffer bytes = ethernet(0, body);
    bytes[12] = static_cast<std::uint8_t>(body.size() >> 8);
    bytes[13] = static_cast<std::uint8_t>(body.size());
    return bytes;
}

/// As all but the last are.
Buffer padded(Buffer frame) {
    frame.resize((frame.size() + 3) / 4 * 4);
    return frame;
}

const FrameRow kRows[] = {
    {"data", 105, kWifi, "segment ok"},
    {"quality_of_service", 105, wifi("8802", "0000"), "segment ok"},
    {"four_addresses", 105, wifi("0803", "000000000000"), "segment ok"},
    {"both", 105, wifi("8803", "000000000000 0000"), "segment ok"},
    {"ht_control", 105, wifi("8881", "0000 00000000"), "segment ok"},
    {"four_addresses_and_ht_control", 105, wifi("8883", "000000000000 0000 00000000"),
     "segment ok"},
    {"strictly_ordered_without_quality_of_service", 105, wifi("0881"), "segment ok"},
    {"ipv6", 105, wifi("0801", "", kSnap6), "segment ok"},
    {"frame_check_sequence_is_no_payload", 105, kWifi + hex("01020304"), "segment ok"},
    {"aggregate", 105, wifi("8801", "8000", subframe(kSnap)), "segment ok"},
    {"aggregate_with_ht_control", 105, wifi("8881", "8000 00000000", subframe(kSnap)),
     "segment ok"},
    {"aggregate_of_a_long_packet", 105, wifi("8801", "8000", subframe(kSnap + Buffer(2000))),
     "segment ok"},
    {"aggregate_with_padding", 105, wifi("8801", "8000", subframe(kSnap) + hex("000000")),
     "segment ok"},
    {"aggregate_of_several", 105,
     wifi("8801", "8000", padded(subframe(kSnap)) + padded(subframe(kSnap6)) + subframe(kSnap)),
     "segment ok segment ok segment ok"},
    {"aggregate_with_a_frame_check_sequence", 105,
     wifi("8801", "8000", padded(subframe(kSnap)) + subframe(kSnap6) + hex("01020304")),
     "segment ok segment ok"},
    {"aggregate_of_other_packets_too", 105,
     wifi("8801", "8000", padded(subframe(hex("424203"))) + subframe(kSnap)), "other segment ok"},
    {"aggregate_without_its_bit", 105, wifi("8801", "0000", subframe(kSnap)), "other"},
    {"aggregate_of_nothing", 105, wifi("8801", "8000", subframe({})), "other"},
    {"encrypted_data_is_opaque", 105, wifi("0841"), "other"},
    {"data_without_data", 105, wifi("4801"), "other"},
    {"management", 105, wifi("8000"), "other"},
    {"control", 105, wifi("b400"), "other"},
    {"another_version", 105, wifi("0901"), "other"},
    {"without_snap", 105, hex("0801") + kTail + hex("4242 0300 0000 0800") + kV4, "other"},
    {"radiotap", 127, hex("0000 0900 00000000 05") + kWifi, "segment ok"},
    {"radiotap_tells_padding", 127, hex("0000 0900 02000000 20") + wifi("8801", "0000 0000"),
     "segment ok"},
    {"radiotap_tells_padding_behind_a_time", 127,
     hex("0000 1100 03000000 0000000000000000 20") + wifi("8801", "0000 0000"), "segment ok"},
    {"radiotap_tells_padding_behind_more_words_and_a_time", 127,
     hex("0000 1900 03000080 01000000 00000000 0000000000000000 20") + wifi("8801", "0000 0000"),
     "segment ok"},
    {"radiotap_tells_padding_where_none_is_needed", 127, hex("0000 0900 02000000 20") + kWifi,
     "segment ok"},
    {"radiotap_tells_no_padding", 127, hex("0000 0900 02000000 10") + wifi("8801", "0000"),
     "segment ok"},
    {"radiotap_with_words_beyond_its_end", 127, hex("0000 0c00 02000080 ffffffff") + kWifi,
     "segment ok"},
    {"radiotap_with_flags_beyond_its_end", 127, hex("0000 0800 02000000") + kWifi, "segment ok"},
    {"prism", 119, hex("44000000 90000000") + Buffer(136) + kWifi, "segment ok"},
    {"avs_as_prism", 119, hex("80211001 00000040") + Buffer(56) + kWifi, "segment ok"},
    {"avs", 163, hex("80211001 00000040") + Buffer(56) + kWifi, "segment ok"},
};

struct CutRow {
    const char *name;
    std::uint32_t link_type;
    Buffer frame;
};

const CutRow kCutRows[] = {
    {"cut", 105, hex("0801 0000")},
    {"cut_quality_of_service", 105, wifi("8801", "00", {})},
    {"cut_snap", 105, wifi("0801", "", hex("aaaa03 0000"))},
    {"cut_aggregate", 105, wifi("8801", "8000", hex("0200 0000 0001"))},
    {"cut_radiotap", 127, hex("0000 08")},
    {"radiotap_longer_than_the_frame", 127, hex("0000 ffff 00000000") + kV4},
    {"radiotap_shorter_than_its_header", 127, hex("0000 0400 00000000") + kWifi},
    {"cut_prism", 119, hex("440000")},
    {"prism_without_frame", 119, hex("44000000 90000000") + Buffer(136)},
    {"cut_avs", 163, hex("80211001 000000")},
    {"avs_longer_than_the_frame", 163, hex("80211001 ffffffff") + kWifi},
};

bool is_malformed(const CutRow &row) {
    return same(row.name, decoded(row.link_type, row.frame), "malformed");
}

// Its bytes are those of the datagram, which the next fragment may overwrite.
bool of_an_aggregate_in_fragments_only_the_first_is_decoded() {
    const Buffer frame = wifi("8801", "8000", padded(subframe(kSnap)) + subframe(kSnap));
    const Buffer whole = ipv4(17, udp(5247, hex("00 100300 00000000") + frame));
    const Buffer payload{whole.begin() + 20, whole.end()};
    Buffer first = ipv4(17, {payload.begin(), payload.begin() + 64});
    Buffer second = ipv4(17, {payload.begin() + 64, payload.end()});
    first[6] = 0x20;    // more fragments
    second[7] = 64 / 8; // offset
    return same("whole", decoded(101, whole), "segment ok segment ok") &&
           same("in fragments",
                decoded_in_turn({ethernet(0x0800, first), ethernet(0x0800, second)}),
                "fragment segment ok");
}

} // namespace

int main() {
    std::vector<CMUnitTest> tests{
        UNIT_TEST(of_an_aggregate_in_fragments_only_the_first_is_decoded)};
    add_rows<decodes>(tests, kRows);
    add_rows<is_malformed>(tests, kCutRows);
    return run("unit.wlan", tests);
}
