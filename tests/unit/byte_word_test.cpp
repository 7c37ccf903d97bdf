// SPDX-License-Identifier: GPL-2.0-or-later
#include "base/byte_word.hpp"
#include "support.hpp"

#include <algorithm>
#include <array>
#include <cctype>

using namespace pop3ana;

namespace {

constexpr std::size_t kRounds = 20'000;

/// Bytes near those that the code looks for, where carries between them would show.
std::string near_bytes(unit::Random &random, std::size_t size) {
    constexpr std::array<std::uint8_t, 22> kBytes{0,   1,    9,   10,   11,   13,   14,   0x1f,
                                                  ' ', 0x21, '.', 'A',  'Z',  0x5b, 0x60, 'a',
                                                  'z', 0x7b, '~', 0x7f, 0x80, 0xff};
    std::string text(size, '\0');
    for (char &byte : text)
        byte = static_cast<char>(random.below(4) == 0 ? random.below(256)
                                                      : kBytes[random.below(kBytes.size())]);
    return text;
}

bool a_word_is_loaded_and_stored_in_order() {
    const unit::FlushCopy flush{"abcdefgh"};
    const ByteWord word = load_word(flush.bytes().data());
    std::string stored(8, '\0');
    store_word(stored.data(), word);
    return unit::same("first", word & 0xff, 'a') && unit::same("last", word >> 56, 'h') &&
           unit::same("stored", stored, "abcdefgh");
}

bool a_short_word_is_loaded_and_nothing_behind_it() {
    bool fine = true;
    for (std::size_t size = 0; size < 8; ++size) {
        const unit::FlushCopy flush{std::string_view{"abcdefgh"}.substr(0, size)};
        std::string padded{flush.text()};
        padded.resize(8);
        fine = unit::same("word", load_short(flush.text()), load_word(padded.data())) && fine;
    }
    return fine;
}

bool finds_what_a_loop_finds() {
    return unit::holds_for_rounds("unit.byte_word", kRounds, [](unit::Random &random) {
        const std::string text = near_bytes(random, 8);
        const auto wanted = static_cast<std::uint8_t>(text[random.below(8)]);
        const ByteWord found = equal_bytes(load_word(text.data()), wanted);
        bool fine = unit::same("first", first_index(found), text.find(static_cast<char>(wanted)));
        for (std::size_t i = 0; i < 8; ++i)
            fine = unit::same("byte", found >> 8 * i & 0xff,
                              static_cast<std::uint8_t>(text[i]) == wanted ? 0x80U : 0U) &&
                   fine;
        return fine;
    });
}

bool printing_is_what_isprint_says() {
    return unit::holds_for_rounds("unit.byte_word", kRounds, [](unit::Random &random) {
        std::string text(8, 'x');
        text[random.below(8)] = near_bytes(random, 1)[0];
        text[random.below(8)] = near_bytes(random, 1)[0];
        const bool printing = std::all_of(text.begin(), text.end(), [](char c) {
            return std::isprint(static_cast<unsigned char>(c)) != 0;
        });
        return unit::same("printing", all_printing(load_word(text.data())) ? 1U : 0U,
                          printing ? 1U : 0U);
    });
}

bool capitals_are_what_toupper_says() {
    return unit::holds_for_rounds("unit.byte_word", kRounds, [](unit::Random &random) {
        std::string text = near_bytes(random, 8);
        const ByteWord capitals = in_capitals(load_word(text.data()));
        for (char &c : text)
            c = static_cast<char>(std::toupper(static_cast<unsigned char>(c)));
        return unit::same("capitals", capitals, load_word(text.data()));
    });
}

} // namespace

int main() {
    return unit::run("unit.byte_word",
                     {UNIT_TEST(a_word_is_loaded_and_stored_in_order),
                      UNIT_TEST(a_short_word_is_loaded_and_nothing_behind_it),
                      UNIT_TEST(finds_what_a_loop_finds), UNIT_TEST(printing_is_what_isprint_says),
                      UNIT_TEST(capitals_are_what_toupper_says)});
}
