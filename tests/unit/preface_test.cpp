// Prefaces of balancers, at every cut (docs/semantics.md section 2, K15).
// SPDX-License-Identifier: GPL-2.0-or-later
#include "pop3/preface.hpp"
#include "support.hpp"

using namespace pop3ana;
using namespace std::string_view_literals;

namespace {

constexpr std::string_view kVersion2 = "\r\n\r\n\0\r\nQUIT\n\x21\x11\0\x0c\xcb\0\x71\x09\xc0\0\x02"
                                       "\x01\x30\x39\0\x6e"sv;

struct Row {
    const char *name;
    std::string_view preface; ///< followed by a command
};

constexpr Row kWhole[] = {
    {"proxy_version_1", "PROXY TCP4 203.0.113.9 192.0.2.1 12345 110\r\n"},
    {"proxy_version_1_unknown", "PROXY UNKNOWN\r\n"},
    {"proxy_version_1_with_lf_alone", "PROXY UNKNOWN\n"},
    {"proxy_version_2", kVersion2},
    {"proxy_version_2_local_without_addresses", "\r\n\r\n\0\r\nQUIT\n\x20\0\0\0"sv},
    {"sslproxy", "SSLproxy: [127.0.0.1]:8110,[203.0.113.9]:4000,[192.0.2.1]:995,s\r\n"},
};

bool is_whole_at_its_end_and_unfinished_before(const Row &row) {
    bool fine = true;
    const std::string bytes = std::string{row.preface} + "USER al\r\n";
    for (std::size_t size = 1; size <= bytes.size(); ++size) {
        const Preface found = find_preface(std::string_view{bytes}.substr(0, size));
        const bool is_whole = size >= row.preface.size();
        const auto expected = is_whole ? Preface::State::kWhole : Preface::State::kUnfinished;
        fine = unit::holds(row.name, found.state == expected) && fine;
        if (is_whole) fine = unit::same(row.name, found.bytes, row.preface.size()) && fine;
    }
    return fine;
}

constexpr Row kNone[] = {
    {"a_command", "USER al\r\n"},
    {"an_empty_line", "\r\nUSER al\r\n"},
    {"a_word_that_begins_alike", "PROXYX\r\n"},
    {"a_small_letter", "proxy TCP4\r\n"},
    {"the_word_alone", "PROXY\r\n"},
    {"no_signature", "\r\n\r\n\0\r\nQUIT\r\n"sv},
    {"sslproxy_without_bracket", "SSLproxy: 1\r\n"},
};

bool is_none(const Row &row) {
    return unit::holds(row.name, find_preface(row.preface).state == Preface::State::kNone);
}

bool a_line_that_is_too_long_is_none() {
    bool fine = true;
    for (const auto &[start, longest] : {std::pair{"PROXY "sv, 107U}, {"SSLproxy: ["sv, 256U}})
        for (const std::size_t size : {longest - 1, longest, longest + 1}) {
            const std::string line =
                std::string{start} + std::string(size - start.size() - 1, 'x') + '\n';
            const auto expected = size <= longest ? Preface::State::kWhole : Preface::State::kNone;
            fine = unit::holds(start, find_preface(line).state == expected) && fine;
        }
    return fine;
}

} // namespace

int main() {
    std::vector<CMUnitTest> tests{UNIT_TEST(a_line_that_is_too_long_is_none)};
    unit::add_rows<is_whole_at_its_end_and_unfinished_before>(tests, kWhole);
    unit::add_rows<is_none>(tests, kNone);
    return unit::run("unit.preface", tests);
}
