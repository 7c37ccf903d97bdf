// SPDX-License-Identifier: GPL-2.0-or-later
#include "base/limits.hpp"
#include "pop3/line_splitter.hpp"
#include "slow_lines.hpp"
#include "support.hpp"

using namespace pop3ana;
using namespace std::string_literals;
using namespace std::string_view_literals;

namespace {

/// One direction, fed in chunks; `log` gets "[line]" for each, with "?" when it follows a gap.
struct Bench {
    explicit Bench(bool after_gap = false) : lines(after_gap) {}

    void feed(std::string_view text) {
        const unit::FlushCopy flush{text};
        Chunk chunk{flush.bytes()};
        while (const auto line = lines.next_line(chunk, pool))
            note(*line);
    }
    void end() {
        if (const auto line = lines.last_line(pool)) note(*line);
    }
    void note(const LineSplitter::Line &line) {
        log.append(line.after_gap ? "?[" : "[").append(line.text).append("]");
        dropped += line.dropped_bytes;
    }

    TextPool pool;
    LineSplitter lines;
    std::string log;
    std::uint64_t dropped = 0;
};

struct Row {
    const char *name;
    std::string_view bytes;
    const char *lines; ///< with the unfinished one, which the end of the direction completes
};

constexpr Row kRows[] = {
    {"a_line_ends_at_lf", "a\nb\n", "[a][b]"},
    {"a_cr_alone_is_a_byte_of_the_line", "a\rb\n", "[a\rb]"},
    {"a_line_ends_at_crlf", "a\r\nb\r\n", "[a][b]"},
    {"all_crs_before_the_lf_belong_to_the_end", "a\r\r\nb\r\r\r\n", "[a][b]"},
    {"a_cr_behind_the_lf_belongs_to_the_next_line", "a\n\rb", "[a][\rb]"},
    {"crs_of_an_unfinished_line_go", "a\rb\r\r", "[a\rb]"},
    {"crlf_crlf_is_an_empty_line", "a\r\n\r\nb", "[a][][b]"},
    {"an_unfinished_line_is_completed_by_the_end", "a\r\nbc", "[a][bc]"},
    {"nothing_is_no_line", "", ""},
    {"a_whole_line_leaves_none_unfinished", "a\r\n", "[a]"},
    {"nul_is_an_ordinary_byte", {"a\0b\r\n", 5}, "[a\0b]"},
    {"a_mix_of_ends", "a\nb\rc\r\nd\n\ne\r\r\nf", "[a][b\rc][d][][e][f]"},
    {"a_byte_order_mark_is_no_part_of_the_first_line",
     "\xef\xbb\xbf"
     "a\nb\n",
     "[a][b]"},
    {"elsewhere_it_is",
     "a\n\xef\xbb\xbf"
     "b\n",
     "[a][\xef\xbb\xbf"
     "b]"},
    {"a_byte_order_mark_alone_is_an_empty_line", "\xef\xbb\xbf", "[]"},
};

bool cuts_at_every_chunk_size(const Row &row) {
    bool fine = true;
    const std::string expected =
        row.bytes.find('\0') == std::string_view::npos ? row.lines : "[a\0b]"s;
    for (std::size_t size = 1; size <= row.bytes.size() + 1; ++size) {
        Bench bench;
        for (std::size_t at = 0; at < row.bytes.size(); at += size)
            bench.feed(row.bytes.substr(at, size));
        bench.end();
        fine = unit::same(row.name, bench.log, expected) && fine;
    }
    return fine;
}

bool random_bytes_agree(unit::Random &random) {
    std::string text(random.below(60), ' ');
    for (char &c : text)
        c = random.pick(".\r\na"sv);
    Bench bench;
    for (std::size_t at = 0; at < text.size();) {
        const std::size_t size = 1 + random.below(12);
        bench.feed(std::string_view{text}.substr(at, size));
        at += size;
    }
    bench.end();
    return unit::same("lines", bench.log, unit::slow_lines(text));
}

bool random_bytes_are_cut_as_the_slow_way_does() {
    return unit::holds_for_rounds("unit.line_splitter", 10'000, random_bytes_agree);
}

bool keeps_no_more_than_the_limit(std::size_t length, std::size_t chunk) {
    Bench bench;
    const std::string line(length, 'x');
    for (std::size_t at = 0; at < line.size(); at += chunk)
        bench.feed(std::string_view{line}.substr(at, chunk));
    bench.feed("\r\nnext\r\n");
    const std::size_t kept = length < kLineBytes ? length : kLineBytes;
    return unit::same("lines", bench.log, '[' + std::string(kept, 'x') + "][next]") &&
           unit::same("dropped", bench.dropped, length - kept);
}

bool a_line_of_64_KiB_is_kept_and_the_rest_dropped() {
    bool fine = true;
    for (const std::size_t length : {kLineBytes - 1, kLineBytes, kLineBytes + 1, 3 * kLineBytes})
        for (const std::size_t chunk : {std::size_t{1'460}, kLineBytes, 4 * kLineBytes})
            fine = keeps_no_more_than_the_limit(length, chunk) && fine;
    return fine;
}

bool a_long_line_in_one_chunk_is_cut_too() {
    Bench bench;
    bench.feed(std::string(kLineBytes + 5, 'x') + "\r\n");
    return unit::same("kept", bench.log.size(), kLineBytes + 2) &&
           unit::same("dropped", bench.dropped, 5);
}

bool of_a_line_that_was_cut_only_the_end_is_seen() {
    Bench bench;
    bench.feed("XYZZY ");
    const bool costs = unit::holds("it costs something", bench.lines.cost() > 6);
    bench.lines.cut(bench.pool);
    const bool gone = unit::same("cost", bench.lines.cost(), 0);
    bench.feed("USER al");
    bench.feed("ice\r\nnext\n");
    return unit::same("lines", bench.log, "?[][next]") && costs && gone;
}

bool the_line_at_a_gap_is_lost_and_the_next_is_marked() {
    Bench bench;
    bench.feed("first\r\nsec");
    bench.lines.gap(bench.pool);
    const bool marked = bench.lines.after_gap();
    bench.feed("ond\r\nthird\r\n");
    return unit::same("lines", bench.log, "[first]?[ond][third]") &&
           unit::holds("marked", marked && !bench.lines.after_gap());
}

bool crs_that_belong_to_the_end_are_not_dropped_bytes() {
    bool fine = true;
    for (const auto &[more, dropped] :
         {std::pair{"\r\r", 0U}, {"x\r", 1U}, {"\rx\r\r", 2U}, {"xyz", 3U}})
        for (const std::size_t chunk : {std::size_t{1}, std::size_t{1'000}, 2 * kLineBytes}) {
            Bench bench;
            const std::string text = std::string(kLineBytes, 'a') + more + '\n';
            for (std::size_t at = 0; at < text.size(); at += chunk)
                bench.feed(std::string_view{text}.substr(at, chunk));
            fine = unit::same("kept", bench.log.size(), kLineBytes + 2) &&
                   unit::same("dropped", bench.dropped, dropped) && fine;
        }
    return fine;
}

bool a_byte_order_mark_behind_a_gap_is_text() {
    Bench bench;
    bench.lines.gap(bench.pool);
    bench.feed("\xef\xbb\xbfline\n");
    return unit::same("lines", bench.log, "?[\xef\xbb\xbfline]");
}

bool what_is_held_comes_back() {
    Bench bench;
    bench.lines.hold("PRO", bench.pool);
    bench.lines.hold("XY", bench.pool);
    const std::string start = bench.lines.take_held(bench.pool);
    bench.feed("USER al\n");
    return unit::same("start", start, "PROXY") && unit::same("lines", bench.log, "[USER al]");
}

bool a_capture_that_starts_inside_is_marked() {
    Bench bench{true};
    bench.feed("tail\r\nline\r\n");
    return unit::same("lines", bench.log, "?[tail][line]");
}

bool a_view_is_handed_out_where_a_line_is_whole() {
    TextPool pool;
    LineSplitter lines{false};
    Chunk chunk{as_bytes("whole\r\n")};
    const auto line = lines.next_line(chunk, pool);
    return unit::holds("a line", line.has_value()) && unit::same("text", line->text, "whole") &&
           unit::same("dropped", line->dropped_bytes, 0);
}

} // namespace

int main() {
    std::vector<CMUnitTest> tests{UNIT_TEST(a_line_of_64_KiB_is_kept_and_the_rest_dropped),
                                  UNIT_TEST(a_long_line_in_one_chunk_is_cut_too),
                                  UNIT_TEST(of_a_line_that_was_cut_only_the_end_is_seen),
                                  UNIT_TEST(the_line_at_a_gap_is_lost_and_the_next_is_marked),
                                  UNIT_TEST(crs_that_belong_to_the_end_are_not_dropped_bytes),
                                  UNIT_TEST(a_byte_order_mark_behind_a_gap_is_text),
                                  UNIT_TEST(what_is_held_comes_back),
                                  UNIT_TEST(a_capture_that_starts_inside_is_marked),
                                  UNIT_TEST(a_view_is_handed_out_where_a_line_is_whole),
                                  UNIT_TEST(random_bytes_are_cut_as_the_slow_way_does)};
    unit::add_rows<cuts_at_every_chunk_size>(tests, kRows);
    return unit::run("unit.line_splitter", tests);
}
