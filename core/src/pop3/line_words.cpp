// SPDX-License-Identifier: GPL-2.0-or-later
#include "pop3/line_words.hpp"

#include "base/byte_word.hpp"

namespace pop3ana {
namespace {

constexpr bool is_leading_space(char c) {
    return c == ' ' || c == '\t' || c == '\v' || c == '\f';
}

// Blanks that follow another one in a word, as high bits.
constexpr ByteWord second_blanks(ByteWord blanks) {
    return blanks & blanks << 8;
}

// Whether one does in a line of at least eight bytes.
bool has_second_blank(std::string_view line) {
    const auto second_blanks_at = [&](std::size_t index) {
        return second_blanks(equal_bytes(load_word(line.data() + index), ' '));
    };
    const std::size_t last = line.size() - sizeof(ByteWord);
    ByteWord found = second_blanks_at(last);
    for (std::size_t index = sizeof(ByteWord) - 1; index < last; index += sizeof(ByteWord) - 1)
        found |= second_blanks_at(index);
    return found != 0;
}

// `blank`: index of the first one; the size of the line, or more, when there is none.
LineWords words_around(std::string_view line, std::size_t blank) {
    const std::size_t argument = blank < line.size() ? blank + 1 : line.size();
    LineWords result{line.substr(0, blank), {line.data() + argument, line.size() - argument}};
    if (result.word.starts_with('+') || result.word.starts_with('-')) result.word.remove_prefix(1);
    return result;
}

// Any line. Not inlined, so that ordinary ones do not pay for it.
[[gnu::noinline]] LineWords split_odd(std::string_view line, std::string &scratch) {
    while (!line.empty() && is_leading_space(line.front()))
        line.remove_prefix(1);
    if (line.ends_with(' ') || line.find("  ") != std::string_view::npos) {
        scratch.clear();
        for (const char c : line)
            if (c != ' ' || scratch.empty() || scratch.back() != ' ') scratch.push_back(c);
        if (scratch.ends_with(' ')) scratch.pop_back();
        line = scratch;
    }
    return words_around(line, line.find(' '));
}

} // namespace

// An ordinary line has a first word of less than eight bytes, and nothing that goes.
LineWords split_words(std::string_view line, std::string &scratch) {
    if (line.empty()) return {};
    const bool is_short = line.size() < sizeof(ByteWord);
    const ByteWord blanks = equal_bytes(is_short ? load_short(line) : load_word(line.data()), ' ');
    if (is_leading_space(line.front()) || line.back() == ' ' || second_blanks(blanks) != 0 ||
        (!is_short && (blanks == 0 || has_second_blank(line))))
        return split_odd(line, scratch);
    return words_around(line, blanks != 0 ? first_index(blanks) : line.size());
}

std::size_t end_of_word(std::string_view text, std::size_t start) {
    while (start < text.size() && text[start] != ' ' && text[start] != '\t')
        ++start;
    return start;
}

} // namespace pop3ana
