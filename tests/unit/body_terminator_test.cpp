// The end of multi-line responses, which LineSplitter finds without cutting them into lines.
// SPDX-License-Identifier: GPL-2.0-or-later
#include "pop3/line_splitter.hpp"
#include "support.hpp"

#include <algorithm>

using namespace pop3ana;
using namespace std::string_view_literals;

namespace {

constexpr std::size_t kNowhere = ~std::size_t{0};

/// A body fed chunk by chunk; then what follows it is cut into lines.
struct Bench {
    Bench() { lines.begin_search(); }

    void feed(std::string_view text) {
        const unit::FlushCopy flush{text};
        Chunk chunk{flush.bytes()};
        if (!ended) ended = lines.find_terminator(chunk, count);
        if (!ended) return;
        while (const auto line = lines.next_line(chunk, pool))
            log.append("[").append(line->is_remainder ? "..." : line->text).append("]");
    }

    TextPool pool;
    BodyCount count;
    LineSplitter lines{false};
    bool ended = false;
    std::string log; ///< lines behind the body
};

struct Row {
    const char *name;
    std::string_view body;
    bool ends;
};

constexpr Row kRows[] = {
    {"an_empty_body", ".\r\n", true},
    {"a_body_of_lines", "a\r\nb\r\n.\r\n", true},
    {"a_terminator_between_lfs", "a\n.\n", true},
    {"a_terminator_between_lone_crs_is_none", "a\r.\r", false},
    {"a_terminator_behind_a_lone_cr_is_none", "a\r.\n", false},
    {"all_crs_before_the_lf_belong_to_the_terminator", "a\r\r\n.\r\r\r\n", true},
    {"a_dot_and_a_cr_inside_a_line_are_no_terminator", "a\n.\rb\n", false},
    {"a_stuffed_dot_is_no_terminator", "a\r\n..\r\n", false},
    {"a_dot_with_a_blank_is_no_terminator", "a\r\n. \r\n", false},
    {"a_dot_behind_a_blank_is_no_terminator", "a\r\n .\r\n", false},
    {"a_dot_at_the_end_of_a_line_is_no_terminator", "a.\r\n", false},
    {"a_line_that_begins_with_a_dot_is_no_terminator", "\r\n.a\r\n", false},
    {"a_dot_without_line_end_is_no_terminator_yet", "a\r\n.", false},
    {"an_empty_line_before_it", "\r\n\r\n.\r\n", true},
    {"two_dots_in_a_line_of_their_own", "..\r\n.\r\n", true},
};

bool ends_at_every_chunk_size(const Row &row) {
    bool fine = true;
    const std::string bytes = std::string{row.body} + "+OK next\r\n";
    for (std::size_t size = 1; size <= bytes.size(); ++size) {
        Bench bench;
        for (std::size_t at = 0; at < bytes.size(); at += size)
            bench.feed(std::string_view{bytes}.substr(at, size));
        fine = unit::same("ended", bench.ended ? 1U : 0U, row.ends ? 1U : 0U) && fine;
        fine = unit::same(row.name, bench.log, row.ends ? "[+OK next]" : "") && fine;
    }
    return fine;
}

// Position after the first line that is exactly a dot.
std::size_t slow_end(std::string_view text) {
    for (std::size_t begin = 0; begin < text.size();) {
        const std::size_t end = text.find('\n', begin);
        if (end == std::string_view::npos) break;
        std::string_view line = text.substr(begin, end - begin);
        while (line.ends_with('\r'))
            line.remove_suffix(1);
        if (line == ".") return end + 1;
        begin = end + 1;
    }
    return kNowhere;
}

// Where find_terminator() stops when `text` comes in chunks; `size` says how big the next one is.
template <class Size>
std::size_t found_end(std::string_view text, Size size, std::uint64_t *bytes = nullptr) {
    LineSplitter lines{false};
    BodyCount count;
    lines.begin_search();
    for (std::size_t at = 0; at < text.size();) {
        const std::string_view part = text.substr(at, size());
        const unit::FlushCopy flush{part};
        Chunk chunk{flush.bytes()};
        const bool ended = lines.find_terminator(chunk, count);
        if (bytes != nullptr) *bytes = count.bytes;
        if (ended) return at + chunk.consumed();
        at += part.size();
    }
    return kNowhere;
}

bool a_terminator_is_found_at_every_offset_around_the_blocks() {
    bool fine = true;
    for (std::size_t offset = 0; offset <= 200; ++offset)
        for (const std::string_view terminator : {"\r\n.\r\n", "\n.\n", "\n.\r\r\n"})
            for (const std::size_t tail : {std::size_t{0}, std::size_t{1}, std::size_t{130}}) {
                const std::string text =
                    std::string(offset, 'a') + std::string{terminator} + std::string(tail, 'b');
                const std::size_t expected = offset + terminator.size();
                const auto whole = [&] { return text.size(); };
                fine = unit::same("end", found_end(text, whole), expected) && fine;
            }
    return fine;
}

bool a_terminator_is_found_where_a_chunk_ends_inside_it() {
    bool fine = true;
    for (const std::size_t offset : {0U, 1U, 62U, 63U, 64U, 65U, 66U, 127U, 128U})
        for (std::size_t cut = 0; cut <= 6; ++cut) {
            const std::string text = std::string(offset, 'a') + "\r\n.\r\n" + std::string(80, 'b');
            bool first = true;
            const auto size = [&] {
                const std::size_t result = first ? offset + cut : text.size();
                first = false;
                return result == 0 ? 1 : result;
            };
            fine = unit::same("end", found_end(text, size), offset + 5) && fine;
        }
    return fine;
}

// Of a body that ends at `end`, its terminator included.
std::uint64_t slow_bytes(std::string_view text, std::size_t end) {
    std::string_view body = text.substr(0, end - 1);
    body = body.substr(0, body.rfind('\n') + 1); // npos + 1: there is no line before the terminator
    std::uint64_t dots = body.starts_with('.') ? 1 : 0;
    for (std::size_t at = 0; (at = body.find("\n.", at)) != std::string_view::npos; ++at)
        ++dots;
    return body.size() - dots;
}

bool random_body_agrees(unit::Random &random) {
    std::string text(random.below(random.chance(0.3) ? 300 : 20), ' ');
    const double other = random.chance(0.5) ? 0.9 : 0.0;
    for (char &c : text)
        c = random.chance(other) ? 'a' : random.pick(std::string_view{".\r\na"});
    const std::size_t most = random.chance(0.5) ? 3 : 200;
    const auto size = [&] { return 1 + random.below(most); };
    std::uint64_t bytes = 0;
    const std::size_t end = slow_end(text);
    return unit::same("end in " + text, found_end(text, size, &bytes), end) &&
           (end == kNowhere || unit::same("bytes of " + text, bytes, slow_bytes(text, end)));
}

bool random_bodies_end_where_the_slow_way_says() {
    return unit::holds_for_rounds("unit.body_terminator", 5'000, random_body_agrees);
}

bool an_unfinished_terminator_is_known() {
    Bench none, dot, cr, after;
    none.feed("a\r\n");
    dot.feed("a\r\n.");
    cr.feed("a\r\n.\r");
    after.feed("a\r\n.x");
    return unit::holds("line start", !none.lines.terminator_unfinished()) &&
           unit::holds("dot", dot.lines.terminator_unfinished()) &&
           unit::holds("dot and CR", cr.lines.terminator_unfinished()) &&
           unit::holds("inside a line", !after.lines.terminator_unfinished());
}

bool bytes_before_a_chunk_are_not_looked_at() {
    LineSplitter lines{false};
    lines.begin_search();
    BodyCount count;
    bool ended = false;
    // Of the second text only the dot is in the chunk.
    for (const std::string_view text : {"a"sv, "\n."sv.substr(1), "\n"sv}) {
        Chunk chunk{as_bytes(text)};
        ended = ended || lines.find_terminator(chunk, count);
    }
    return unit::holds("a dot at the end of a line is no terminator", !ended);
}

bool behind_a_search_the_line_in_progress_has_only_its_end() {
    bool fine = true;
    for (const auto &[body, lines] :
         {std::pair{"a\r\nb", "[...][+OK]"}, {"a\r\n", "[c][+OK]"}, {"a\r\n.", "[.c][+OK]"}}) {
        Bench bench;
        bench.feed(body);
        bench.lines.end_search(bench.pool);
        bench.ended = true;
        bench.feed("c\r\n+OK\r\n");
        fine = unit::same("lines", bench.log, lines) && fine;
    }
    return fine;
}

} // namespace

int main() {
    std::vector<CMUnitTest> tests{
        UNIT_TEST(a_terminator_is_found_at_every_offset_around_the_blocks),
        UNIT_TEST(a_terminator_is_found_where_a_chunk_ends_inside_it),
        UNIT_TEST(random_bodies_end_where_the_slow_way_says),
        UNIT_TEST(an_unfinished_terminator_is_known),
        UNIT_TEST(bytes_before_a_chunk_are_not_looked_at),
        UNIT_TEST(behind_a_search_the_line_in_progress_has_only_its_end)};
    unit::add_rows<ends_at_every_chunk_size>(tests, kRows);
    return unit::run("unit.body_terminator", tests);
}
