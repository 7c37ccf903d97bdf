// SPDX-License-Identifier: GPL-2.0-or-later
#include "pop3/line_words.hpp"
#include "support.hpp"

using namespace pop3ana;

namespace {

struct Row {
    const char *name;
    std::string_view line;
    std::string_view word;
    std::string_view argument;
};

constexpr Row kRows[] = {
    {"word_and_argument", "USER alice", "USER", "alice"},
    {"a_word_alone", "QUIT", "QUIT", ""},
    {"nothing", "", "", ""},
    {"blanks_alone", "    ", "", ""},
    {"white_space_of_all_kinds_alone", " \t\v\f ", "", ""},
    {"leading_white_space_goes", " \t\v\f USER alice", "USER", "alice"},
    {"a_trailing_blank_goes", "USER alice ", "USER", "alice"},
    {"trailing_blanks_go", "USER alice   ", "USER", "alice"},
    {"a_word_with_trailing_blanks_is_alone", "LIST   ", "LIST", ""},
    {"runs_of_blanks_become_one", "PASS  a   b    c", "PASS", "a b c"},
    {"a_trailing_tab_stays", "USER alice\t", "USER", "alice\t"},
    {"a_tab_does_not_end_a_word", "USER\talice bob", "USER\talice", "bob"},
    {"runs_of_tabs_stay", "USER a\t\tb", "USER", "a\t\tb"},
    {"a_blank_between_tabs_stays", "USER a\t \tb", "USER", "a\t \tb"},
    {"plus_is_taken_off", "+OK ready", "OK", "ready"},
    {"minus_is_taken_off", "-ERR no", "ERR", "no"},
    {"only_one_sign_is_taken_off", "++OK ready", "+OK", "ready"},
    {"a_sign_alone_leaves_no_word", "+ challenge", "", "challenge"},
    {"a_sign_behind_white_space_counts", " +OK ready", "OK", "ready"},
    {"the_argument_keeps_its_sign", "USER +alice", "USER", "+alice"},
    {"case_stays", "uSeR Alice", "uSeR", "Alice"},
    {"nul_is_an_ordinary_byte", {"PA\0SS a\0b", 9}, {"PA\0SS", 5}, {"a\0b", 3}},
    {"high_bytes_are_ordinary", "USER \xe4\xff", "USER", "\xe4\xff"},
};

bool splits(const Row &row) {
    const unit::FlushCopy flush{row.line};
    std::string scratch = "left from before";
    const LineWords words = split_words(flush.text(), scratch);
    return unit::same("word", words.word, row.word) &&
           unit::same("argument", words.argument, row.argument);
}

bool an_ordinary_line_is_not_copied() {
    std::string scratch;
    const std::string_view line = "RETR 1";
    const LineWords words = split_words(line, scratch);
    return unit::holds("views", words.word.data() == line.data() &&
                                    words.argument.data() == line.data() + 5);
}

std::string slowly_joined(std::string line) {
    line.erase(0, line.find_first_not_of(" \t\v\f"));
    for (std::size_t at; (at = line.find("  ")) != std::string::npos;)
        line.erase(at, 1);
    if (line.ends_with(' ')) line.pop_back();
    return line;
}

bool random_line_agrees(unit::Random &random) {
    constexpr std::string_view kAlphabet = "   ab\t+-\v";
    std::string line(random.below(30), ' ');
    for (char &c : line)
        c = random.pick(kAlphabet);
    const bool blank = line.find_first_not_of(" \t\v\f") == std::string::npos;
    const std::string joined = blank ? "" : slowly_joined(line);
    const std::size_t end = joined.find(' ');
    std::string word = joined.substr(0, end);
    if (word.starts_with('+') || word.starts_with('-')) word.erase(0, 1);
    std::string scratch;
    const unit::FlushCopy flush{line};
    const LineWords words = split_words(flush.text(), scratch);
    return unit::same("word of " + line, words.word, word) &&
           unit::same("argument of " + line, words.argument,
                      end == std::string::npos ? "" : joined.substr(end + 1));
}

bool random_lines_are_split_as_the_slow_way_does() {
    return unit::holds_for_rounds("unit.line_words", 20'000, random_line_agrees);
}

} // namespace

int main() {
    std::vector<CMUnitTest> tests{UNIT_TEST(an_ordinary_line_is_not_copied),
                                  UNIT_TEST(random_lines_are_split_as_the_slow_way_does)};
    unit::add_rows<splits>(tests, kRows);
    return unit::run("unit.line_words", tests);
}
