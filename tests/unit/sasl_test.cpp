// SPDX-License-Identifier: GPL-2.0-or-later
#include "pop3/sasl.hpp"
#include "support.hpp"

using namespace pop3ana;

namespace {

struct DecodeRow {
    const char *name;
    std::string_view text;
    const char *decoded; ///< NULL: no base64
};

constexpr DecodeRow kDecodeRows[] = {
    {"nothing_decodes_to_nothing", "", ""},
    {"a_whole_group", "YWJj", "abc"},
    {"one_padding", "YWI=", "ab"},
    {"two_paddings", "YQ==", "a"},
    {"three_paddings_leave_nothing", "Y===", ""},
    {"padding_alone_is_nothing", "====", ""},
    {"a_short_last_group_of_three_is_filled", "YWI", "ab"},
    {"a_short_last_group_of_two_is_filled", "YQ", "a"},
    {"a_short_last_group_of_one_is_nothing", "Y", ""},
    {"a_short_group_behind_a_whole_one", "YWJjZA", "abcd"},
    {"padding_inside_a_group_takes_one_octet_off", "Y=Jj", "`\x02"},
    {"padding_in_front_of_a_group", "=WJj",
     "\x01"
     "b"},
    {"groups_behind_padding_are_ignored", "YQ==YWJj", "a"},
    {"groups_behind_one_padding_are_ignored", "YWI=YWJj", "ab"},
    {"the_whole_alphabet_counts", "+/9A", "\xfb\xff\x40"},
    {"a_blank_is_outside_of_the_alphabet", "YW Jj", nullptr},
    {"a_star_is_outside_of_the_alphabet", "*", nullptr},
    {"a_minus_is_outside_of_the_alphabet", "YWJ-", nullptr},
    {"a_high_byte_is_outside_of_the_alphabet", "YWJ\xff", nullptr},
    {"nul_is_outside_of_the_alphabet", {"YW\0j", 4}, nullptr},
    {"a_wrong_byte_behind_padding_counts_too", "YQ==*", nullptr},
};

bool decodes(const DecodeRow &row) {
    const unit::FlushCopy flush{row.text};
    std::string decoded = "left from before";
    const bool fine = decode_base64(flush.text(), decoded);
    return unit::same("base64", fine ? 1U : 0U, row.decoded != nullptr ? 1U : 0U) &&
           unit::same("decoded", decoded, row.decoded != nullptr ? row.decoded : "");
}

bool exactly_the_65_bytes_of_the_alphabet_are_taken() {
    std::string taken, decoded;
    for (unsigned byte = 0; byte < 256; ++byte) {
        const char c = static_cast<char>(byte);
        if (decode_base64({&c, 1}, decoded)) taken.push_back(c);
    }
    return unit::same("taken", taken,
                      "+/0123456789=ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz");
}

bool random_bytes_survive(unit::Random &random) {
    constexpr std::string_view kAlphabet =
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    const auto bytes = random.bytes(random.below(40));
    std::string text;
    for (std::size_t i = 0; i < bytes.size(); i += 3) {
        std::uint32_t group = 0;
        for (std::size_t k = i; k < i + 3; ++k)
            group = group << 8 | (k < bytes.size() ? bytes[k] : 0U);
        for (std::size_t k = 0; k < 4; ++k)
            text.push_back(k <= bytes.size() - i ? kAlphabet[group >> (18 - 6 * k) & 63] : '=');
    }
    std::string decoded;
    return unit::holds("base64", decode_base64(text, decoded)) &&
           unit::same("decoded", decoded, as_text(bytes));
}

bool what_was_encoded_comes_back() {
    return unit::holds_for_rounds("unit.sasl", 5'000, random_bytes_survive);
}

/// Lines separated by commas; `names` is "user/password", then "!" for each line that is no
/// base64, "?" for each malformed one, and "more" when the exchange takes another line.
struct ExchangeRow {
    const char *name;
    const char *mechanism;
    const char *lines;
    std::string_view names;
};

constexpr ExchangeRow kExchangeRows[] = {
    {"plain", "PLAIN", "AHVzZXIAcGFzcw==", "user/pass"},
    {"plain_in_any_case", "pLaIn", "AHVzZXIAcGFzcw==", "user/pass"},
    {"plain_with_an_authorization_name", "PLAIN", "YQB1c2VyAHBhc3M=", "user/pass"},
    {"plain_with_an_empty_password", "PLAIN", "AHVzZXIA", "user/"},
    {"plain_with_an_empty_user", "PLAIN", "AABwYXNz", "/pass"},
    {"plain_keeps_all_behind_the_second_nul", "PLAIN", "AHUAcABx", {"u/p\0q", 5}},
    {"plain_without_nuls_is_malformed", "PLAIN", "dXNlcg==", "/?"},
    {"plain_with_one_nul_is_malformed", "PLAIN", "AHVzZXI=", "/?"},
    {"plain_of_nothing_is_malformed", "PLAIN", "", "/?"},
    {"plain_that_is_no_base64", "PLAIN", "user pass", "/!"},
    {"login", "LOGIN", "dXNlcg==,cGFzcw==", "user/pass"},
    {"login_after_one_line", "LOGIN", "dXNlcg==", "user/more"},
    {"login_with_an_empty_password", "LOGIN", "dXNlcg==,", "user/"},
    {"login_counts_a_line_that_is_no_base64", "LOGIN", "!,cGFzcw==", "/pass!"},
    {"cram_md5", "CRAM-MD5", "dGltIGI5MTNhNjAyYzdlZGE=", "tim/"},
    {"cram_md5_with_a_tab", "CRAM-MD5", "dGltCWI5MTM=", "tim/"},
    {"cram_md5_without_digest", "CRAM-MD5", "dGlt", "tim/"},
    {"another_mechanism_takes_no_line_without_challenge", "XOAUTH2", "", "/"},
    {"another_mechanism_gives_no_names", "GSSAPI", "dXNlcg==", "/"},
    {"a_prefix_of_a_mechanism_is_another_one", "PLAI", "AHVzZXIAcGFzcw==", "/"},
    {"more_than_a_mechanism_is_another_one", "PLAINX", "AHVzZXIAcGFzcw==", "/"},
    {"a_star_cancels", "LOGIN", "dXNlcg==,*", "/"},
    {"a_star_cancels_at_once", "PLAIN", "*", "/"},
};

bool exchanges(const ExchangeRow &row) {
    SaslExchange exchange{find_mechanism(row.mechanism)};
    Credentials names;
    std::string marks;
    for (const std::string_view line : unit::split(row.lines, ",")) {
        if (row.lines[0] == '\0' && !exchange.takes_line()) break;
        switch (exchange.take_line(line, names)) {
        case SaslExchange::Result::kFine: break;
        case SaslExchange::Result::kBadBase64: marks += '!'; break;
        case SaslExchange::Result::kMalformed: marks += '?'; break;
        }
    }
    if (exchange.takes_line()) marks += "more";
    return unit::same(row.name, names.user + '/' + names.password + marks, row.names);
}

unsigned lines_taken(SaslExchange exchange) {
    Credentials names;
    unsigned lines = 0;
    for (; exchange.takes_line() && lines < 100; ++lines)
        exchange.take_line("YQ==", names);
    return lines;
}

bool each_mechanism_takes_its_number_of_lines() {
    SaslExchange challenged{find_mechanism("X-OTHER")};
    for (int i = 0; i < 3; ++i)
        challenged.challenge();
    return unit::same("none", lines_taken(SaslExchange{}), 0) &&
           unit::same("PLAIN", lines_taken(SaslExchange{find_mechanism("PLAIN")}), 1) &&
           unit::same("CRAM", lines_taken(SaslExchange{find_mechanism("CRAM-MD5")}), 1) &&
           unit::same("LOGIN", lines_taken(SaslExchange{find_mechanism("LOGIN")}), 2) &&
           unit::same("other", lines_taken(SaslExchange{find_mechanism("X-OTHER")}), 0) &&
           unit::same("challenges", lines_taken(challenged), 3);
}

bool only_other_mechanisms_count_challenges() {
    SaslExchange other{find_mechanism("X-OTHER")};
    Credentials names;
    const bool before = other.challenge();
    other.take_line("*", names);
    return unit::holds("other", before) && unit::holds("not once cancelled", !other.challenge()) &&
           unit::holds("LOGIN", !SaslExchange{find_mechanism("LOGIN")}.challenge());
}

bool lines_are_compared_with_challenges() {
    Credentials names;
    SaslExchange asked{find_mechanism("PLAIN")}, at_once{find_mechanism("PLAIN")},
        unasked{find_mechanism("PLAIN")}, asked_again{find_mechanism("PLAIN")};
    asked.challenge();
    at_once.initial_response();
    asked_again.initial_response();
    asked_again.challenge();
    for (SaslExchange *exchange : {&asked, &at_once, &unasked, &asked_again})
        exchange->take_line("AHVzZXIAcGFzcw==", names);
    for (SaslExchange *exchange : {&asked, &at_once, &unasked, &asked_again})
        exchange->on_line_behind();
    return unit::holds("challenge", !asked.has_unasked_lines() && !asked.lacks_line()) &&
           unit::holds("initial response", !at_once.has_unasked_lines() && !at_once.lacks_line()) &&
           unit::holds("neither", unasked.has_unasked_lines() && !unasked.lacks_line()) &&
           unit::holds("both", !asked_again.has_unasked_lines() && asked_again.lacks_line());
}

bool a_user_that_cannot_be_seen_needs_a_line() {
    Credentials names;
    bool fine = true;
    for (const std::string_view name : {"GSSAPI", "GSS-SPNEGO", "KERBEROS_V4", "EXTERNAL"}) {
        SaslExchange exchange{find_mechanism(name)};
        fine = unit::holds(name, !exchange.may_hide_user()) && fine;
        exchange.take_line("YWJj", names);
        fine = unit::holds(name, exchange.may_hide_user()) && fine;
        exchange.take_line("*", names);
        fine = unit::holds(name, !exchange.may_hide_user()) && fine;
    }
    SaslExchange plain{find_mechanism("PLAIN")};
    plain.take_line("", names);
    return unit::holds("PLAIN", !plain.may_hide_user()) && fine;
}

bool after_loss_all_lines_are_taken_and_none_decoded() {
    SaslExchange exchange{find_mechanism("PLAIN")};
    exchange.take_all_lines();
    Credentials names;
    exchange.take_line("AHVzZXIAcGFzcw==", names);
    exchange.challenge();
    return unit::same("lines", lines_taken(exchange), 100) && unit::same("user", names.user, "") &&
           unit::same("password", names.password, "");
}

} // namespace

int main() {
    std::vector<CMUnitTest> tests{UNIT_TEST(exactly_the_65_bytes_of_the_alphabet_are_taken),
                                  UNIT_TEST(what_was_encoded_comes_back),
                                  UNIT_TEST(each_mechanism_takes_its_number_of_lines),
                                  UNIT_TEST(only_other_mechanisms_count_challenges),
                                  UNIT_TEST(lines_are_compared_with_challenges),
                                  UNIT_TEST(a_user_that_cannot_be_seen_needs_a_line),
                                  UNIT_TEST(after_loss_all_lines_are_taken_and_none_decoded)};
    unit::add_rows<decodes>(tests, kDecodeRows);
    unit::add_rows<exchanges>(tests, kExchangeRows);
    return unit::run("unit.sasl", tests);
}
