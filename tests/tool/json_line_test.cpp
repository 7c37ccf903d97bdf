// Lines of JSON in buffers of exactly the size that is asked for: AddressSanitizer sees when that
// is not enough.
// SPDX-License-Identifier: GPL-2.0-or-later
#include "cmocka.hpp"
#include "output/community_id.hpp"
#include "output/json_line.hpp"

#include <algorithm>
#include <limits>
#include <memory>
#include <string>
#include <string_view>

using namespace pop3dump;

namespace {

constexpr std::uint32_t kTypesAndMore = POP3ANA_EVENT_TLS + 3;

pop3ana_slice slice(std::string_view text) {
    return {text.data(), text.size()};
}

/// Everything as long as it gets, but for the texts.
constexpr std::uint64_t kLargest = std::numeric_limits<std::uint64_t>::max();

pop3ana_session_summary largest_summary(std::string_view text) {
    pop3ana_session_summary summary{};
    for (auto *const times : {&summary.first_ts_ns, &summary.last_ts_ns, &summary.greeting_ns,
                              &summary.login_ns, &summary.reply_ns, &summary.longest_reply_ns})
        *times = std::numeric_limits<std::int64_t>::max();
    for (auto *const count :
         {&summary.first_frame, &summary.last_frame, &summary.failed_logins, &summary.commands,
          &summary.replies_ok, &summary.replies_err, &summary.anomalies, &summary.gaps,
          &summary.gap_bytes, &summary.retr, &summary.retr_bytes, &summary.top, &summary.top_bytes,
          &summary.originator_bytes, &summary.responder_bytes})
        *count = kLargest;
    summary.user = summary.mechanism = slice(text);
    summary.why = POP3ANA_END_REPLACED;
    summary.stls_offered = summary.stls_refused = summary.stls_used = 1;
    return summary;
}

pop3ana_event largest_event(std::uint32_t type) {
    pop3ana_event event{};
    event.struct_size = sizeof(event);
    event.type = type;
    event.session = event.frame = event.request_frame = event.error_count = kLargest;
    event.lost_bytes = event.lost_commands = event.left_out = kLargest;
    event.ts_ns = std::numeric_limits<std::int64_t>::max();
    event.phase = POP3ANA_PHASE_AUTHORIZATION;
    event.status = POP3ANA_STATUS_ERR;
    event.originator_port = event.responder_port = 65'535;
    std::fill_n(event.originator_address, 16, std::uint8_t{0xfe});
    std::fill_n(event.responder_address, 16, std::uint8_t{0xfe});
    event.address_family = event.originator_family = 6;
    event.in_log = event.truncated = 1;
    return event;
}

std::string line_of(const pop3ana_event &event, std::string_view log_line) {
    const std::size_t longest = JsonLineWriter::longest(event, {}, log_line);
    const auto buffer = std::make_unique_for_overwrite<char[]>(longest);
    return {buffer.get(), JsonLineWriter().write(buffer.get(), event, {}, log_line)};
}

void the_bound_suffices(void **) {
    for (const std::string &text : {std::string(), std::string(7, '\0'), std::string(1000, '\0'),
                                    std::string(65'536, '\x01')}) {
        for (std::uint32_t type = 0; type < kTypesAndMore; ++type) {
            for (std::uint32_t anomaly = 0; anomaly < 64; ++anomaly) {
                if (anomaly > 0 && (type != POP3ANA_EVENT_ANOMALY || text.size() > 7)) continue;
                pop3ana_event event = largest_event(type);
                event.anomaly = anomaly;
                const pop3ana_session_summary summary = largest_summary(text);
                event.summary = type == POP3ANA_EVENT_SESSION_END ? &summary : nullptr;
                event.command = event.text = event.user = event.password = slice(text);
                const std::string line = line_of(event, text);
                assert_int_equal(line.front(), '{');
                assert_true(line.ends_with("\"}\n"));
            }
        }
    }
}

void a_line_has_its_members_in_order(void **) {
    pop3ana_event event{};
    event.struct_size = sizeof(event);
    event.type = POP3ANA_EVENT_LOGIN_FAILURE;
    event.ts_ns = 1'700'000'000'000'999'999;
    event.session = 7;
    event.frame = 12;
    event.request_frame = 10;
    event.phase = POP3ANA_PHASE_AUTHORIZATION;
    event.command = slice("PASS");
    event.mechanism = slice("USER");
    event.reason = POP3ANA_REASON_UNKNOWN;
    event.user = slice("zo\xc3\xab\xff");
    constexpr std::uint8_t kClient[] = {10, 0, 200, 3}, kServer[] = {255, 99, 100, 9};
    std::copy(std::begin(kClient), std::end(kClient), event.originator_address);
    std::copy(std::begin(kServer), std::end(kServer), event.responder_address);
    event.address_family = event.originator_family = 4;
    event.originator_port = 40'000;
    event.responder_port = 110;
    const std::string members =
        R"({"ts":1700000000.000999,"time":"2023-11-14T22:13:20.000999Z",)"
        R"("event":"login_failure","session":7,"frame":12,)"
        R"("id.orig_h":"10.0.200.3","id.orig_p":40000,"id.resp_h":"255.99.100.9","id.resp_p":110,)"
        R"("uid":"78af7866e92bc24011ef558a",)"
        R"("community_id":"1:FTNYfndE5+5H7xp42LBZ1ycAyl8=","phase":"authorization",)"
        R"("command":"PASS","user":"zo\u00EB\\xff","password":null,)"
        R"("success":false,"mechanism":"USER","cleartext":false,"reason":"unknown",)"
        R"("request_frame":10)";
    assert_string_equal(line_of(event, "").c_str(), (members + "}\n").c_str());
    event.in_log = 1;
    assert_string_equal(line_of(event, "a \"line\"").c_str(),
                        (members + R"(,"line":"a \"line\""})" + "\n").c_str());
}

void what_repeats_is_not_taken_from_another_event(void **) {
    JsonLineWriter writer;
    pop3ana_event event = largest_event(POP3ANA_EVENT_REQUEST);
    const auto same_as_alone = [&] {
        const auto buffer =
            std::make_unique_for_overwrite<char[]>(JsonLineWriter::longest(event, {}, ""));
        const std::string line(buffer.get(), writer.write(buffer.get(), event, {}, ""));
        assert_string_equal(line.c_str(), line_of(event, "").c_str());
    };
    same_as_alone();
    same_as_alone();
    event.ts_ns -= 1000, same_as_alone();
    event.session = 8, same_as_alone();
    event.frame = 9, same_as_alone();
    event.connection = 1, same_as_alone();
    event.connection = 1 + 1024, same_as_alone(); // in the same place
    // XCLIENT changes the client within a connection.
    event.originator_address[15] ^= 1, same_as_alone();
    event.originator_address[0] ^= 1, same_as_alone();
    event.responder_address[7] ^= 1, same_as_alone();
    event.responder_address[8] ^= 1, same_as_alone();
    event.originator_port = 1, same_as_alone();
    event.responder_port = 110, same_as_alone();
    event.address_family = 4, same_as_alone();
    event.originator_family = 4, same_as_alone();
    event.proxy_family = 6, same_as_alone();
    event.proxy_address[8] = 1, same_as_alone();
    event.proxy_port = 2, same_as_alone();
}

int prepare(void **) {
    std::string error;
    return prepare_community_ids(error) ? 0 : -1;
}

} // namespace

int main() {
    const CMUnitTest tests[] = {
        cmocka_unit_test(the_bound_suffices),
        cmocka_unit_test(a_line_has_its_members_in_order),
        cmocka_unit_test(what_repeats_is_not_taken_from_another_event),
    };
    return cmocka_run_group_tests_name("json_line", tests, prepare, nullptr);
}
