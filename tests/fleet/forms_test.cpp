// Times, the nesting of fields, and what leaves the output as it was.
// SPDX-License-Identifier: GPL-2.0-or-later
#include "fleet/forms/fields.hpp"
#include "fleet/forms/form.hpp"
#include "fleet/forms/moment.hpp"

#include "cmocka.hpp"

#include <cstdint>
#include <string>
#include <string_view>

namespace {

using namespace pop3fleet;

std::string utc(std::int64_t microseconds) {
    std::string text;
    append_utc(text, microseconds, "Z");
    return text;
}

void times_are_read_and_written(void ** /*state*/) {
    struct Row {
        const char *text;
        std::int64_t microseconds;
    };
    constexpr Row kRows[] = {
        {"1970-01-01T00:00:00.000000Z", 0},
        {"2000-02-29T23:59:59.999999Z", 951868799999999},
        {"2026-11-23T08:37:35.102722Z", 1795423055102722},
        {"9999-12-31T23:59:59.999999Z", 253402300799999999},
    };
    for (const Row &row : kRows) {
        assert_true(parse_utc(row.text) == row.microseconds);
        assert_string_equal(utc(row.microseconds).c_str(), row.text);
    }
}

void what_is_no_time_is_refused(void ** /*state*/) {
    constexpr const char *kTexts[] = {
        "",
        "2026-11-23",
        "2026-11-23T08:37:35Z",
        "2026-11-23T08:37:35.1Z",
        "2026-11-23T08:37:35.1027221Z",
        "2026-11-23T08:37:35.102722Z ",
        "2026-11-23T08:37:35.102722+",
        "2026-02-30T08:37:35.102722Z",
        "2026-00-01T08:37:35.102722Z",
        "2026-11-23T24:37:35.102722Z",
        "1969-12-31T23:59:59.999999Z",
        "-026-11-23T08:37:35.102722Z",
    };
    for (const char *const text : kTexts)
        assert_false(parse_utc(text).has_value());
}

void microseconds_survive_a_double(void ** /*state*/) {
    constexpr std::int64_t kLast = std::int64_t{1} << 32; // seconds
    for (std::int64_t i = 0; i < 100'000; ++i) {
        const std::int64_t microseconds = kLast * 10 * i + i * 7919 % kMicrosecondsPerSecond;
        std::string text;
        append_seconds(text, microseconds);
        assert_true(microseconds_of(std::stod(text)) == microseconds);
    }
    assert_false(microseconds_of(-0.001).has_value());
    assert_false(microseconds_of(1e300).has_value());
}

void fields_are_nested(void ** /*state*/) {
    Fields fields;
    fields.text("a.b", "x");
    fields.number("c", -1);
    fields.boolean("a.d.e", true);
    fields.list("f[].g", "y");
    fields.number("f[].h", 2);
    fields.text("c", "the first counts");
    std::string out;
    fields.write_nested(out);
    assert_string_equal(out.c_str(),
                        R"({"a":{"b":"x","d":{"e":true}},"c":-1,"f":[{"g":["y"],"h":2}]})");
    out.clear();
    fields.write_flat(out);
    assert_string_equal(out.c_str(), R"({"a.b":"x","c":-1,"a.d.e":true,"f[].g":["y"],"f[].h":2})");
}

void texts_are_ascii(void ** /*state*/) {
    std::string out;
    append_json_text(out, "\"\\\n\x7f\xc2\x80\xe2\x82\xac\xf0\x9f\x93\xa7");
    assert_string_equal(out.c_str(), R"("\"\\\u000A\u007F\u0080\u20AC\uD83D\uDCE7")");
    out.clear();
    append_json_text(out, "\xe2\x82"); // cut off
    assert_string_equal(out.c_str(), R"("\uFFFD")");
}

void forms_have_names(void ** /*state*/) {
    assert_true(find_form("eve") == Form::kEve);
    assert_true(find_form("ocsf") == Form::kOcsf);
    assert_false(find_form("EVE").has_value());
    assert_false(find_form("").has_value());
}

/// What a form makes of a request, behind what was there.
std::string request_in(Form form) {
    simdjson::dom::parser parser;
    const simdjson::dom::object event = parser.parse(std::string_view(
        R"({"time":"2026-11-23T08:37:35.102722Z","event":"request","id.orig_h":"192.0.2.1",)"
        R"("id.orig_p":1,"id.resp_h":"192.0.2.2","id.resp_p":110,"uid":"0123456789abcdef01234567",)"
        R"("command":"TOP","arg":" 1  2"})"));
    std::string out = "before\n";
    const bool is_written = write_in_form(form, event, out);
    assert_int_equal(is_written, out != "before\n");
    return out;
}

void a_line_is_appended(void ** /*state*/) {
    assert_string_equal(
        request_in(Form::kEve).c_str(),
        "before\n"
        R"({"event_type":"pop3","ip_v":4,"proto":"TCP","app_proto":"pop3",)"
        R"("timestamp":"2026-11-23T08:37:35.102722+0000","src_ip":"192.0.2.1","src_port":1,)"
        R"("dest_ip":"192.0.2.2","dest_port":110,"flow_id":1250999896491,)"
        R"("pop3":{"request":{"command":"TOP","args":["1","2"]}}})"
        "\n");
}

void nothing_is_appended_where_a_form_has_nothing_to_say(void ** /*state*/) {
    assert_string_equal(request_in(Form::kOcsf).c_str(), "before\n");
}

} // namespace

int main() {
    const CMUnitTest tests[] = {
        cmocka_unit_test(times_are_read_and_written),
        cmocka_unit_test(what_is_no_time_is_refused),
        cmocka_unit_test(microseconds_survive_a_double),
        cmocka_unit_test(fields_are_nested),
        cmocka_unit_test(texts_are_ascii),
        cmocka_unit_test(forms_have_names),
        cmocka_unit_test(a_line_is_appended),
        cmocka_unit_test(nothing_is_appended_where_a_form_has_nothing_to_say),
    };
    return cmocka_run_group_tests(tests, nullptr, nullptr);
}
