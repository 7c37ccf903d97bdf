// SPDX-License-Identifier: GPL-2.0-or-later
#include "support.hpp"

#undef skip // A macro of CMocka.

using namespace pop3ana;

namespace {

constexpr std::uint8_t kBytes[] = {0x00, 0x01, 0x7f, 0x80, 0xff, 0xfe};

bool two_bytes_are_big_endian() {
    return unit::same("0001", be16(&kBytes[0]), 0x0001) &&
           unit::same("7f80", be16(&kBytes[2]), 0x7f80) &&
           unit::same("fffe", be16(&kBytes[4]), 0xfffe);
}

bool four_bytes_are_big_endian() {
    return unit::same("00017f80", be32(&kBytes[0]), 0x00017f80) &&
           unit::same("7f80fffe", be32(&kBytes[2]), 0x7f80fffe);
}

bool numbers_at_the_very_end_read_no_further() {
    const unit::FlushCopy flush{Bytes{kBytes}};
    return unit::same("two", be16(&flush.bytes()[4]), 0xfffe) &&
           unit::same("four", be32(&flush.bytes()[2]), 0x7f80fffe);
}

bool skipping_more_than_there_is_leaves_nothing() {
    bool fine = true;
    for (std::size_t count = 0; count < 9; ++count) {
        const Bytes rest = skip(kBytes, count);
        fine = unit::same("size", rest.size(), count < 6 ? 6 - count : 0) && fine;
        fine = unit::holds("same place", rest.empty() || rest.data() == kBytes + count) && fine;
    }
    return fine && unit::holds("all of nothing", skip({}, 3).empty());
}

bool text_and_bytes_are_views_of_each_other() {
    const std::string_view text{"a\0b", 3};
    return unit::same("there and back", as_text(as_bytes(text)), text) &&
           unit::holds("no copy", as_text(as_bytes(text)).data() == text.data());
}

} // namespace

int main() {
    return unit::run("unit.bytes",
                     {UNIT_TEST(two_bytes_are_big_endian), UNIT_TEST(four_bytes_are_big_endian),
                      UNIT_TEST(numbers_at_the_very_end_read_no_further),
                      UNIT_TEST(skipping_more_than_there_is_leaves_nothing),
                      UNIT_TEST(text_and_bytes_are_views_of_each_other)});
}
