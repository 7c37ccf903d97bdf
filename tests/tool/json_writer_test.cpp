// JSON beside what a plain loop over characters makes of the same. Buffers have the size that the
// writer asks for, so that a build with AddressSanitizer sees when that is not enough.
// SPDX-License-Identifier: GPL-2.0-or-later
#include "cmocka.hpp"
#include "output/json_writer.hpp"
#include "seed.hpp"

#include <cstdio>
#include <limits>
#include <memory>
#include <string>
#include <string_view>

using namespace pop3dump;
using pop3ana_test::Random;

namespace {

constexpr JsonKey kKey("k");
constexpr JsonKey kLongest("a_name_of_21_letters_");

/// The object with the members that `write` puts into it, which hold so many bytes of text.
template <class Write> std::string object(int members, std::size_t text_bytes, Write write) {
    const std::size_t most = sizeof("{}") - 1 +
                             static_cast<std::size_t>(members) * JsonWriter::kMemberBytes +
                             JsonWriter::kLongestEscape * text_bytes + JsonWriter::kSlack;
    const auto buffer = std::make_unique_for_overwrite<char[]>(most);
    JsonWriter json(buffer.get());
    json.begin_object();
    write(json);
    json.end_object();
    return {buffer.get(), json.end()};
}

std::string code_unit(unsigned long unit) {
    char text[16];
    std::snprintf(text, sizeof(text), "\\u%04lX", unit);
    return text;
}

std::string foreign(char byte) {
    char text[16];
    std::snprintf(text, sizeof(text), "\\\\x%02x",
                  static_cast<unsigned>(static_cast<unsigned char>(byte)));
    return text;
}

std::string utf8(unsigned long code_point) {
    const auto bits = [&](unsigned shift, unsigned mark, unsigned mask) {
        return static_cast<char>(mark | (code_point >> shift & mask));
    };
    if (code_point < 0x80) return {bits(0, 0, 0x7f)};
    if (code_point < 0x800) return {bits(6, 0xc0, 0x1f), bits(0, 0x80, 0x3f)};
    if (code_point < 0x10000)
        return {bits(12, 0xe0, 0x0f), bits(6, 0x80, 0x3f), bits(0, 0x80, 0x3f)};
    return {bits(18, 0xf0, 0x07), bits(12, 0x80, 0x3f), bits(6, 0x80, 0x3f), bits(0, 0x80, 0x3f)};
}

std::string escaped_code_point(unsigned long code_point) {
    switch (code_point) {
    case '\b': return "\\b";
    case '\t': return "\\t";
    case '\n': return "\\n";
    case '\f': return "\\f";
    case '\r': return "\\r";
    case '"': return "\\\"";
    case '\\': return "\\\\";
    case 0x7f: return "\\u007f";
    default: break;
    }
    if (code_point >= 0x20 && code_point < 0x7f) return {static_cast<char>(code_point)};
    if (code_point < 0x10000) return code_unit(code_point);
    const unsigned long beyond = code_point - 0x10000;
    return code_unit(0xd800 + beyond / 0x400) + code_unit(0xdc00 + beyond % 0x400);
}

/// Whether `text` begins with a character of UTF-8: with what its code point is encoded as.
bool take_character(std::string_view text, std::size_t length, unsigned long &code_point) {
    if (text.size() < length) return false;
    constexpr unsigned kLeadBits[] = {0, 0x7f, 0x1f, 0x0f, 0x07};
    code_point = static_cast<unsigned char>(text[0]) & kLeadBits[length];
    for (const char byte : text.substr(1, length - 1))
        code_point = code_point * 0x40 + (static_cast<unsigned char>(byte) & 0x3fU);
    const bool is_surrogate = code_point >= 0xd800 && code_point <= 0xdfff;
    return code_point <= 0x10ffff && !is_surrogate && utf8(code_point) == text.substr(0, length);
}

std::string expected_text(std::string_view text) {
    std::string expected;
    while (!text.empty()) {
        unsigned long code_point = 0;
        std::size_t length = 1;
        while (length <= 4 && !take_character(text, length, code_point))
            ++length;
        if (length <= 4) {
            expected += escaped_code_point(code_point);
        } else {
            length = 1;
            expected += foreign(text[0]);
        }
        text.remove_prefix(length);
    }
    return R"({"k":")" + expected + "\"}";
}

bool is_written(std::string_view text) {
    // A copy without a byte behind it.
    const auto copy = std::make_unique_for_overwrite<char[]>(text.size());
    text.copy(copy.get(), text.size());
    const std::string got = object(1, text.size(), [&](JsonWriter &json) {
        json.text(kKey, {copy.get(), text.size()});
    });
    const std::string expected = expected_text(text);
    if (got != expected) std::printf("got      %s\nexpected %s\n", got.c_str(), expected.c_str());
    return got == expected;
}

void each_byte_is_escaped_wherever_it_is(void **) {
    for (int byte = 0; byte < 256; ++byte) {
        for (std::size_t before = 0; before < 18; ++before) {
            for (std::size_t behind = 0; behind < 10; ++behind) {
                std::string text(before, 'a');
                text += static_cast<char>(byte);
                text.append(behind, '~');
                assert_true(is_written(text));
            }
        }
    }
}

void each_character_is_escaped(void **) {
    for (unsigned long code_point = 0; code_point < 0x120000; ++code_point)
        if (code_point < 0x3000 || code_point % 61 == 0 || (code_point & 0xfff) < 2)
            assert_true(is_written(utf8(code_point)));
    for (const char *text : {"\xc0\x80", "\xe0\x9f\xbf", "\xf0\x8f\xbf\xbf", "\xf4\x90\x80\x80",
                             "\xed\x9f\xbf", "\xed\xa0\x80", "\xed\xbf\xbf", "\xee\x80\x80",
                             "\xe2\x82", "\xf0\x9f\x98", "\xff", "\xe2\x82\xac\x82"})
        assert_true(is_written(text));
}

/// Pieces that are right, and bytes between them that need not be.
std::string random_text(Random &random) {
    std::string text;
    const std::size_t pieces = random.below(12);
    for (std::size_t i = 0; i < pieces; ++i) {
        switch (random.below(5)) {
        case 0: text += random.word(random.below(20)); break;
        case 1: text += utf8(random.below(0x110000)); break;
        case 2: text += static_cast<char>(random.below(256)); break;
        case 3: text += "\"\\\x7f\x1f\n\x80\xe2\xf0"[random.below(8)]; break;
        default: text.append(random.below(10), static_cast<char>(random.below(256))); break;
        }
    }
    return text;
}

void random_texts_are_escaped(void **) {
    assert_true(pop3ana_test::holds_for_rounds("tool.json_writer", 20'000, [](Random &random) {
        return is_written(random_text(random));
    }));
}

bool number_is_written(std::uint64_t value) {
    const std::string got = object(1, 0, [&](JsonWriter &json) { json.number(kKey, value); });
    return got == R"({"k":)" + std::to_string(value) + "}";
}

bool seconds_are_written(std::uint64_t microseconds) {
    const std::string got =
        object(1, 0, [&](JsonWriter &json) { json.seconds(kKey, microseconds); });
    const std::string decimals = std::to_string(1'000'000 + microseconds % 1'000'000).substr(1);
    return got == R"({"k":)" + std::to_string(microseconds / 1'000'000) + "." + decimals + "}";
}

void numbers_of_every_width_are_written(void **) {
    constexpr std::uint64_t kLargest = std::numeric_limits<std::uint64_t>::max();
    for (std::uint64_t power = 1;; power *= 10) {
        for (const std::uint64_t value :
             {power - 1, power, power + 1, power * 3, kLargest / power}) {
            assert_true(number_is_written(value));
            assert_true(seconds_are_written(value));
        }
        if (power > kLargest / 10) break;
    }
    for (std::uint64_t value = 0; value < 20'000; ++value)
        assert_true(number_is_written(value) && seconds_are_written(value));
}

void random_numbers_are_written(void **) {
    assert_true(pop3ana_test::holds_for_rounds("tool.json_writer", 100'000, [](Random &random) {
        const std::uint64_t value = random.next() >> random.below(64);
        return number_is_written(value) && seconds_are_written(value);
    }));
}

void members_are_separated(void **) {
    const std::string all = object(6, 3, [](JsonWriter &json) {
        json.boolean(kLongest, false);
        json.boolean(kKey, true);
        json.null(kLongest);
        json.text(kKey, "");
        json.text(kKey, "a,b");
        json.number(kLongest, std::numeric_limits<std::uint64_t>::max());
    });
    assert_string_equal(all.c_str(), R"({"a_name_of_21_letters_":false,"k":true,)"
                                     R"("a_name_of_21_letters_":null,"k":"","k":"a,b",)"
                                     R"("a_name_of_21_letters_":18446744073709551615})");
    assert_string_equal(object(0, 0, [](JsonWriter &) {}).c_str(), "{}");
}

} // namespace

int main() {
    const CMUnitTest tests[] = {
        cmocka_unit_test(each_byte_is_escaped_wherever_it_is),
        cmocka_unit_test(each_character_is_escaped),
        cmocka_unit_test(random_texts_are_escaped),
        cmocka_unit_test(numbers_of_every_width_are_written),
        cmocka_unit_test(random_numbers_are_written),
        cmocka_unit_test(members_are_separated),
    };
    return cmocka_run_group_tests_name("json_writer", tests, nullptr, nullptr);
}
