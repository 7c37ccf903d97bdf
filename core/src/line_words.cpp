// SPDX-License-Identifier: GPL-2.0-or-later
#include "line_words.hpp"

namespace pop3ana {
namespace {

constexpr std::string_view kLeadingSpace = " \t\v\f";

bool has_blanks_to_join(std::string_view line) {
    return line.ends_with(' ') || line.find("  ") != std::string_view::npos;
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
    const std::size_t start = line.find_first_not_of(kLeadingSpace);
    if (start == std::string_view::npos) return {};
    line.remove_prefix(start);
    if (has_blanks_to_join(line)) line = join_blanks(line, scratch);

    LineWords result;
    const std::size_t blank = line.find(' ');
    result.word = line.substr(0, blank);
    if (blank != std::string_view::npos) result.argument = line.substr(blank + 1);
    if (result.word.starts_with('+') || result.word.starts_with('-')) result.word.remove_prefix(1);
    return result;
}

} // namespace pop3ana
