// SPDX-License-Identifier: GPL-2.0-or-later
#include "pop3/line_words.hpp"

#include "base/byte_word.hpp"

namespace pop3ana {
namespace {

// Index of the first blank of `text` from `start` on; text.size() when there is none.
std::size_t find_blank(std::string_view text, std::size_t start) {
    for (; text.size() - start >= sizeof(ByteWord); start += sizeof(ByteWord)) {
        const ByteWord blanks = equal_bytes(load_word(text.data() + start), ' ');
        if (blanks != 0) return start + first_index(blanks);
    }
    const ByteWord blanks = equal_bytes(load_short(text.substr(start)), ' ');
    return blanks != 0 ? start + first_index(blanks) : text.size();
}

// `blank`: where the first one is.
bool has_blanks_to_join(std::string_view line, std::size_t blank) {
    if (line.ends_with(' ')) return true;
    for (; blank < line.size(); blank = find_blank(line, blank + 1))
        if (line[blank + 1] == ' ') return true;
    return false;
}

constexpr bool is_leading_space(char c) {
    return c == ' ' || c == '\t' || c == '\v' || c == '\f';
}

std::string_view join_blanks(std::string_view line, std::string &scratch) {
    scratch.clear();
    for (const char c : line)
        if (c != ' ' || scratch.empty() || scratch.back() != ' ') scratch.push_back(c);
    if (scratch.ends_with(' ')) scratch.pop_back();
    return scratch;
}

} // namespace

LineWords split_words(std::string_view line, std::string &scratch) {
    while (!line.empty() && is_leading_space(line.front()))
        line.remove_prefix(1);
    std::size_t blank = find_blank(line, 0);
    if (has_blanks_to_join(line, blank)) {
        line = join_blanks(line, scratch);
        blank = find_blank(line, 0);
    }
    LineWords result;
    result.word = line.substr(0, blank);
    if (blank != line.size()) result.argument = line.substr(blank + 1);
    if (result.word.starts_with('+') || result.word.starts_with('-')) result.word.remove_prefix(1);
    return result;
}

std::size_t end_of_word(std::string_view text, std::size_t start) {
    while (start < text.size() && text[start] != ' ' && text[start] != '\t')
        ++start;
    return start;
}

} // namespace pop3ana
