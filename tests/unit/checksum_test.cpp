// The slow way: one's complement sums of RFC 1071 by adding with end-around carry.
// SPDX-License-Identifier: GPL-2.0-or-later
#include "net/checksum.hpp"
#include "support.hpp"

#include <array>

using namespace pop3ana;

namespace {

using Buffer = std::vector<std::uint8_t>;

std::uint16_t slow_sum(const Buffer &bytes) {
    std::uint32_t sum = 0;
    for (std::size_t i = 0; i < bytes.size(); ++i) {
        sum += i % 2 == 0 ? bytes[i] * 256U : bytes[i];
        if (sum > 0xffff) sum -= 0xffff;
    }
    return static_cast<std::uint16_t>(sum);
}

void put_checksum(Buffer &bytes, std::size_t at, std::uint16_t sum) {
    const auto checksum = static_cast<std::uint16_t>(~sum);
    bytes[at] = static_cast<std::uint8_t>(checksum >> 8);
    bytes[at + 1] = static_cast<std::uint8_t>(checksum & 0xff);
}

// 4500 0073 0000 4000 4011 b861 c0a8 0001 c0a8 00c7: an example that is often printed.
constexpr std::array<std::uint8_t, 20> kHeader{0x45, 0x00, 0x00, 0x73, 0x00, 0x00, 0x40,
                                               0x00, 0x40, 0x11, 0xb8, 0x61, 0xc0, 0xa8,
                                               0x00, 0x01, 0xc0, 0xa8, 0x00, 0xc7};

bool a_known_ipv4_header_is_right() {
    return unit::holds("right", ipv4_header_checksum_ok(kHeader));
}

bool every_wrong_bit_of_an_ipv4_header_is_seen() {
    bool fine = true;
    for (std::size_t bit = 0; bit < kHeader.size() * 8; ++bit) {
        auto header = kHeader;
        header[bit / 8] = static_cast<std::uint8_t>(header[bit / 8] ^ 1U << bit % 8);
        fine = unit::holds("wrong bit is seen", !ipv4_header_checksum_ok(header)) && fine;
    }
    return fine;
}

bool segment_is_judged(unit::Random &random) {
    const std::size_t address_bytes = random.chance(0.5) ? 4 : 16;
    Buffer segment = random.bytes(20 + random.below(60)); // Odd lengths too.
    Buffer pseudo = random.bytes(2 * address_bytes);
    segment[16] = segment[17] = 0;
    const Buffer addresses = pseudo;
    pseudo.insert(pseudo.end(), {0, 6, 0, static_cast<std::uint8_t>(segment.size())});
    pseudo.insert(pseudo.end(), segment.begin(), segment.end());
    put_checksum(segment, 16, slow_sum(pseudo));
    const unit::FlushCopy flush{Bytes{segment}};
    const auto judge = [&](const Buffer &bytes) {
        return tcp_checksum_ok(bytes, addresses.data(), addresses.data() + address_bytes,
                               address_bytes);
    };
    bool fine =
        unit::holds("right", tcp_checksum_ok(flush.bytes(), addresses.data(),
                                             addresses.data() + address_bytes, address_bytes));
    Buffer wrong = segment;
    const std::size_t at = random.below(wrong.size());
    wrong[at] = static_cast<std::uint8_t>(wrong[at] ^ 1U << random.below(8));
    fine = unit::holds("wrong", !judge(wrong)) && fine;
    segment.push_back(0); // The sum stays; the length of the pseudo-header does not.
    return unit::holds("wrong length", !judge(segment)) && fine;
}

bool tcp_segments_are_judged_as_the_slow_sum_does() {
    return unit::holds_for_rounds("unit.checksum", 2'000, segment_is_judged);
}

} // namespace

int main() {
    return unit::run("unit.checksum", {UNIT_TEST(a_known_ipv4_header_is_right),
                                       UNIT_TEST(every_wrong_bit_of_an_ipv4_header_is_seen),
                                       UNIT_TEST(tcp_segments_are_judged_as_the_slow_sum_does)});
}
