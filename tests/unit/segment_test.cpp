// SPDX-License-Identifier: GPL-2.0-or-later
#include "net/segment.hpp"
#include "support.hpp"

using namespace pop3ana;

namespace {

struct End {
    std::uint8_t last_byte; ///< of the address
    std::uint16_t port;
};

Segment segment(std::uint8_t family, End source, End destination) {
    Segment result{};
    // Of an IPv4 address only four bytes count; what is behind them may be left from before.
    result.source.fill(family == 4 ? source.last_byte : 0);
    result.destination.fill(family == 4 ? 0x99 : 0);
    result.source[family == 4 ? 3 : 15] = source.last_byte;
    result.destination[family == 4 ? 3 : 15] = destination.last_byte;
    if (family == 4)
        result.source[0] = result.source[1] = result.source[2] = result.destination[0] =
            result.destination[1] = result.destination[2] = 10;
    result.source_port = source.port;
    result.destination_port = destination.port;
    result.address_family = family;
    return result;
}

struct Row {
    const char *name;
    End client;
    End server;
};

constexpr Row kRows[] = {
    {"the_client_has_the_lower_address", {1, 40000}, {2, 110}},
    {"the_client_has_the_higher_address", {9, 40000}, {2, 110}},
    {"both_ends_have_the_same_address", {7, 40000}, {7, 110}},
    {"both_ends_have_the_same_address_and_the_client_the_lower_port", {7, 90}, {7, 110}},
    {"both_ends_have_the_same_port", {1, 110}, {2, 110}},
    {"an_address_byte_above_127_is_no_negative_number", {0x80, 40000}, {0x7f, 110}},
};

bool both_directions_have_one_key(const Row &row) {
    bool fine = true;
    for (const std::uint8_t family : {std::uint8_t{4}, std::uint8_t{6}}) {
        const SegmentKey there{segment(family, row.client, row.server)};
        const SegmentKey back{segment(family, row.server, row.client)};
        const std::size_t last = family == 4 ? 3 : 15;
        const Address client = there.key.address_of(there.sender);
        fine = unit::holds("one key", there.key == back.key) && fine;
        fine = unit::same("the other end sends", back.sender, 1 - there.sender) && fine;
        fine = unit::same("client", client.bytes[last], row.client.last_byte) && fine;
        fine = unit::same("client port", there.key.port(there.sender), row.client.port) && fine;
        fine = unit::same("server port", there.key.port(back.sender), row.server.port) && fine;
        fine = unit::same("family", client.family, family) && fine;
        for (std::size_t i = last + 1; i < 16; ++i)
            fine = unit::same("unused byte", client.bytes[i], 0) && fine;
    }
    return fine;
}

bool other_ports_and_families_are_other_keys() {
    const SegmentKey key{segment(4, {1, 40000}, {2, 110})};
    return unit::holds("port", SegmentKey{segment(4, {1, 40001}, {2, 110})}.key != key.key) &&
           unit::holds("address", SegmentKey{segment(4, {3, 40000}, {2, 110})}.key != key.key) &&
           unit::holds("swapped ports",
                       SegmentKey{segment(4, {1, 110}, {2, 40000})}.key != key.key) &&
           unit::holds("family", SegmentKey{segment(6, {1, 40000}, {2, 110})}.key != key.key);
}

bool a_connection_to_itself_has_a_key() {
    const SegmentKey key{segment(4, {1, 110}, {1, 110})};
    return unit::same("port", key.key.port(0), 110) && unit::same("port", key.key.port(1), 110);
}

bool flags_are_told_apart() {
    bool fine = true;
    for (unsigned flags = 0; flags < 256; ++flags) {
        Segment each{};
        each.flags = static_cast<std::uint8_t>(flags);
        fine = unit::same("FIN", each.has(kFin), flags & 1U) && fine;
        fine = unit::same("SYN", each.has(kSyn), flags >> 1 & 1U) && fine;
        fine = unit::same("RST", each.has(kRst), flags >> 2 & 1U) && fine;
        fine = unit::same("ACK", each.has(kAck), flags >> 4 & 1U) && fine;
    }
    return fine;
}

} // namespace

int main() {
    std::vector<CMUnitTest> tests{UNIT_TEST(other_ports_and_families_are_other_keys),
                                  UNIT_TEST(a_connection_to_itself_has_a_key),
                                  UNIT_TEST(flags_are_told_apart)};
    unit::add_rows<both_directions_have_one_key>(tests, kRows);
    return unit::run("unit.segment", tests);
}
