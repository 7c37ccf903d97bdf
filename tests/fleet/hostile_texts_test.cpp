// Texts that no pop3dump and no server of a fleet writes: found by fuzzing (tests/fuzz).
// SPDX-License-Identifier: GPL-2.0-or-later
#include "fleet/entry.hpp"
#include "fleet/log_event.hpp"
#include "fleet/server_url.hpp"
#include "fleet/warning_line.hpp"

#include "cmocka.hpp"

#include <limits>
#include <pop3ana/pop3ana.h>
#include <simdjson.h>
#include <string>

namespace {

using namespace pop3fleet;
using Result = LogEventReader::Result;

const std::string kEnds =
    R"("session":1,"id.orig_h":"192.0.2.1","id.orig_p":1,"id.resp_h":"192.0.2.2","id.resp_p":110,)"
    R"("event":"reply","status":"ERR","errors":1})";

void a_warning_is_json_whatever_members_there_are(void ** /*state*/) {
    for (const char *const begin :
         {R"({"ts":1.000000,"phase":"x",)", R"({"phase":"none is common","ts":1.000000,)",
          R"({"ts":1.000000,"a\"b\\c\u0007":{"d\"":[1]},)"}) {
        LogEventReader reader;
        LogEvent event;
        assert_true(reader.read(begin + kEnds, event) == Result::kEvent);
        const std::string line = warning_line("mx1", event, POP3ANA_ALERT_ERRORS, 4);
        const std::string json = warning_json("mx1", event, POP3ANA_ALERT_ERRORS, 4, line);
        simdjson::dom::parser parser;
        simdjson::dom::object object;
        assert_true(parser.parse(json).get(object) == simdjson::SUCCESS);
        std::string_view text;
        assert_true(object["line"].get(text) == simdjson::SUCCESS);
        assert_string_equal(std::string{text}.c_str(), line.c_str());
    }
}

void a_warning_is_one_printable_line(void ** /*state*/) {
    LogEvent event;
    event.client.family = event.server.family = 4;
    event.user = event.detail = "a\nb\x1b[2J\xd7";
    for (const auto alert : {POP3ANA_ALERT_BREACH, POP3ANA_ALERT_STLS})
        for (const char byte : warning_line("mx1", event, alert, 4))
            assert_true(byte >= ' ' && byte <= '~');
}

void what_is_not_counted_has_its_time(void ** /*state*/) {
    LogEventReader reader;
    LogEvent event;
    assert_true(reader.read(R"({"ts":7.500000,"event":"tls","alert":"x"})", event) ==
                Result::kOther);
    assert_int_equal(event.time_us, 7'500'000);
    assert_true(reader.read(R"({"event":"tls","alert":"x"})", event) == Result::kNotAnEvent);
}

std::string packed(double position, char alert, double count) {
    std::string text;
    append_big_endian(text, std::bit_cast<std::uint64_t>(position), 8);
    append_big_endian(text += alert, std::bit_cast<std::uint64_t>(count), 8);
    return text;
}

void numbers_of_a_verdict_are_whole(void ** /*state*/) {
    const Verdict good = unpack_verdict(packed(9e14, '\2', 12));
    assert_true(good.position == 900'000'000'000'000 && good.alert == 2 && good.count == 12);
    using Limits = std::numeric_limits<double>;
    for (const double number : {-1.0, 1e30, Limits::infinity(), Limits::quiet_NaN()}) {
        const Verdict bad = unpack_verdict(packed(number, '\2', number));
        assert_true(bad.position == 0 && bad.count == 0);
    }
}

void brackets_are_of_ipv6(void ** /*state*/) {
    std::string error;
    const auto url = parse_server_url("redis://[2001:db8::1]:7000", error);
    const ServerAddress expected{"2001:db8::1", 7000};
    assert_true(url && url->addresses.front() == expected);
    for (const char *const text : {"redis://[[a]", "redis://[]", "redis://[::1", "redis://[mx]:1"})
        assert_true(!parse_server_url(text, error));
}

} // namespace

int main() {
    const CMUnitTest tests[] = {
        cmocka_unit_test(a_warning_is_json_whatever_members_there_are),
        cmocka_unit_test(a_warning_is_one_printable_line),
        cmocka_unit_test(what_is_not_counted_has_its_time),
        cmocka_unit_test(numbers_of_a_verdict_are_whole),
        cmocka_unit_test(brackets_are_of_ipv6),
    };
    return cmocka_run_group_tests_name("hostile_texts", tests, nullptr, nullptr);
}
