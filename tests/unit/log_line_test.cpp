// SPDX-License-Identifier: GPL-2.0-or-later
#include "pop3ana/pop3ana.h"
#include "support.hpp"

#include <algorithm>
#include <array>
#include <cstdio>
#include <cstring>

namespace {

pop3ana_slice slice(std::string_view text) {
    return {text.data(), text.size()};
}

pop3ana_event event_of(std::uint32_t type, std::string_view command = {},
                       std::string_view text = {}) {
    pop3ana_event event{};
    event.struct_size = sizeof(event);
    event.type = type;
    event.in_log = 1;
    event.session = 7;
    event.ts_ns = 1'234'567'890'123'456'789;
    event.command = slice(command);
    event.text = slice(text);
    event.address_family = event.originator_family = 4;
    event.originator_port = 40'000;
    event.responder_port = 110;
    constexpr std::array<std::uint8_t, 4> kClient{10, 0, 200, 3}, kServer{192, 0, 2, 255};
    std::copy(kClient.begin(), kClient.end(), event.originator_address);
    std::copy(kServer.begin(), kServer.end(), event.responder_address);
    return event;
}

std::string line_of(const pop3ana_event &event) {
    std::array<char, 512> buffer{};
    const std::size_t length = pop3ana_format_log_line(&event, buffer.data(), buffer.size());
    return length == std::strlen(buffer.data()) ? buffer.data() : "wrong length";
}

pop3ana_event login(std::uint32_t type, std::string_view user, std::string_view password) {
    pop3ana_event event = event_of(type);
    event.user = slice(user);
    event.password = slice(password);
    return event;
}

pop3ana_event reply(std::uint32_t status, std::string_view text) {
    pop3ana_event event = event_of(POP3ANA_EVENT_REPLY, "STAT", text);
    event.status = status;
    return event;
}

struct Row {
    const char *name;
    pop3ana_event event;
    const char *line; ///< behind time and number
};

const Row kRows[] = {
    {"new_connection", event_of(POP3ANA_EVENT_NEW_CONNECTION),
     "10.0.200.3/40000 > 192.0.2.255/110: new connection"},
    {"request", event_of(POP3ANA_EVENT_REQUEST, "USER", "alice"), "> USER alice"},
    {"request_without_argument_ends_in_a_blank", event_of(POP3ANA_EVENT_REQUEST, "QUIT"),
     "> QUIT "},
    {"ok", reply(POP3ANA_STATUS_OK, "ready"), "< OK ready"},
    {"ok_without_text_ends_in_a_blank", reply(POP3ANA_STATUS_OK, ""), "< OK "},
    {"err", reply(POP3ANA_STATUS_ERR, "[AUTH] no"), "< ERR [AUTH] no"},
    {"login_successful", login(POP3ANA_EVENT_LOGIN_SUCCESS, "al", "pw"),
     "> login successful: user al password: pw"},
    {"login_successful_without_password", login(POP3ANA_EVENT_LOGIN_SUCCESS, "al", ""),
     "> login successful: user al password: <not seen>"},
    {"login_failed", login(POP3ANA_EVENT_LOGIN_FAILURE, "al", "pw"),
     "> login failed: user al password: pw"},
    {"login_failed_without_password_ends_in_a_blank", login(POP3ANA_EVENT_LOGIN_FAILURE, "al", ""),
     "> login failed: user al password: "},
    {"unexpected", event_of(POP3ANA_EVENT_UNEXPECTED, "PASS", "pass must follow"),
     "unexpected cmd: PASS detail: pass must follow"},
    {"warning", event_of(POP3ANA_EVENT_THRESHOLD_WARNING),
     "10.0.200.3/40000 > 192.0.2.255/110 WARNING: error count exceeds threshold"},
    {"texts_are_escaped", event_of(POP3ANA_EVENT_REQUEST, "USER", "a\x01\xff\\^"),
     "> USER a^A\\xff\\^"},
    {"names_are_escaped", login(POP3ANA_EVENT_LOGIN_FAILURE, "a\tb", "c\x7f"),
     "> login failed: user a^Ib password: c^?"},
    {"details_are_escaped", event_of(POP3ANA_EVENT_UNEXPECTED, "A\n", "b\r"),
     "unexpected cmd: A^J detail: b^M"},
};

bool prints(const Row &row) {
    const std::string line = line_of(row.event);
    pop3ana_event with_peer = row.event;
    with_peer.peer_description = slice("mx1");
    return unit::same(row.name, line, std::string{"1234567890.123456 #7 "} + row.line) &&
           unit::same("peer", line_of(with_peer),
                      std::string{"1234567890.123456 #mx1-7 "} + row.line);
}

bool all_256_bytes_are_escaped_as_the_original_does() {
    bool fine = true;
    for (unsigned byte = 0; byte < 256; ++byte) {
        const char c = static_cast<char>(byte);
        std::array<char, 8> expected{}, got{};
        if (byte == 0)
            std::snprintf(expected.data(), expected.size(), "\\0");
        else if (byte <= 26)
            std::snprintf(expected.data(), expected.size(), "^%c",
                          "@ABCDEFGHIJKLMNOPQRSTUVWXYZ"[byte]);
        else if (byte == 127)
            std::snprintf(expected.data(), expected.size(), "^?");
        else if (byte < 32 || byte > 126)
            std::snprintf(expected.data(), expected.size(), "\\x%02x", byte);
        else
            std::snprintf(expected.data(), expected.size(), "%c", c);
        const std::size_t length = pop3ana_escape({&c, 1}, got.data(), got.size());
        fine = unit::same("escape", got.data(), expected.data()) && fine;
        fine = unit::same("length", length, std::strlen(expected.data())) && fine;
    }
    return fine;
}

// Calls write(buffer, size) for every size; the buffer ends at an unmapped page.
template <class Write> bool is_cut_as_snprintf_does(std::string_view whole, Write write) {
    bool fine = true;
    for (std::size_t size = 0; size <= whole.size() + 3; ++size) {
        unit::FlushCopy buffer{std::string(size, '#')};
        char *text = size == 0 ? nullptr : reinterpret_cast<char *>(&buffer[0]);
        fine = unit::same("length", write(text, size), whole.size()) && fine;
        if (size == 0) continue;
        std::vector<char> expected(size, '#');
        std::snprintf(expected.data(), size, "%.*s", static_cast<int>(whole.size()), whole.data());
        fine = unit::same("text", buffer.text(), {expected.data(), size}) && fine;
    }
    return fine;
}

bool a_line_is_cut_as_snprintf_does() {
    const pop3ana_event event = event_of(POP3ANA_EVENT_REQUEST, "USER", "al\xe4 ice");
    return is_cut_as_snprintf_does(
        "1234567890.123456 #7 > USER al\\xe4 ice",
        [&](char *text, std::size_t size) { return pop3ana_format_log_line(&event, text, size); });
}

bool an_escaped_text_is_cut_as_snprintf_does() {
    return is_cut_as_snprintf_does("a\\0^A\\xffb", [](char *text, std::size_t size) {
        return pop3ana_escape({"a\0\x01\xff"
                               "b",
                               5},
                              text, size);
    });
}

bool an_event_without_line_gives_an_empty_text() {
    pop3ana_event event = event_of(POP3ANA_EVENT_REQUEST, "STAT");
    event.in_log = 0;
    char text[4] = "abc";
    bool fine = unit::same("length", pop3ana_format_log_line(&event, text, sizeof(text)), 0) &&
                unit::same("text", text, "");
    text[0] = 'a';
    return unit::same("NULL", pop3ana_format_log_line(nullptr, text, sizeof(text)), 0) &&
           unit::same("text", text, "") && fine;
}

bool other_forms_of_a_line() {
    struct Form {
        const char *name;
        std::uint32_t form;
        pop3ana_event event;
        const char *line;
    };
    constexpr std::uint32_t kBoth = POP3ANA_LINE_NO_TIME | POP3ANA_LINE_LOGIN_ADDRESSES;
    const pop3ana_event success = login(POP3ANA_EVENT_LOGIN_SUCCESS, "al", "");
    const pop3ana_event failure = login(POP3ANA_EVENT_LOGIN_FAILURE, "a\t", "pw");
    const pop3ana_event quit = event_of(POP3ANA_EVENT_REQUEST, "QUIT");
    const Form forms[] = {
        {"as ever", 0, success,
         "1234567890.123456 #7 > login successful: user al password: <not seen>"},
        {"no time", POP3ANA_LINE_NO_TIME, quit, "#7 > QUIT "},
        {"no time, a login", POP3ANA_LINE_NO_TIME, failure,
         "#7 > login failed: user a^I password: pw"},
        {"addresses", POP3ANA_LINE_LOGIN_ADDRESSES, success,
         "1234567890.123456 #7 10.0.200.3/40000 > 192.0.2.255/110 login successful: user al "
         "password: <not seen>"},
        {"addresses, no login", POP3ANA_LINE_LOGIN_ADDRESSES, quit, "1234567890.123456 #7 > QUIT "},
        {"both", kBoth, failure,
         "#7 10.0.200.3/40000 > 192.0.2.255/110 login failed: user a^I password: pw"},
        {"a bit of a later library", 4, quit, ""},
    };
    bool fine = true;
    for (const Form &form : forms) {
        fine = is_cut_as_snprintf_does(form.line,
                                       [&form](char *text, std::size_t size) {
                                           return pop3ana_format_log_line_as(&form.event, form.form,
                                                                             text, size);
                                       }) &&
               fine;
        std::array<char, 512> line{};
        pop3ana_format_log_line_as(&form.event, form.form, line.data(), line.size());
        fine = unit::same(form.name, line.data(), form.line) && fine;
    }
    pop3ana_event with_peer = quit;
    with_peer.peer_description = slice("mx1");
    std::array<char, 64> line{};
    pop3ana_format_log_line_as(&with_peer, POP3ANA_LINE_NO_TIME, line.data(), line.size());
    return unit::same("peer", line.data(), "#mx1-7 > QUIT ") && fine;
}

bool the_time_is_cut_not_rounded() {
    struct Time {
        std::int64_t ts_ns;
        const char *text;
    };
    bool fine = true;
    for (const Time &time :
         {Time{0, "0.000000"}, Time{999, "0.000000"}, Time{1'000, "0.000001"},
          Time{-1'000, "18446744073.709550"}, Time{999'999'999, "0.999999"},
          Time{1'000'000'000, "1.000000"}, Time{1'700'000'000'000'000'999, "1700000000.000000"},
          Time{4'611'686'018'427'387'903, "4611686018.427387"}}) {
        pop3ana_event event = event_of(POP3ANA_EVENT_REQUEST, "QUIT");
        event.ts_ns = time.ts_ns;
        fine = unit::same("time", line_of(event), std::string{time.text} + " #7 > QUIT ") && fine;
    }
    return fine;
}

bool times_are_what_printf_says() {
    return unit::holds_for_rounds("unit.log_line", 20'000, [](unit::Random &random) {
        const std::int64_t ts_ns =
            static_cast<std::int64_t>(random.next() >> random.between(1, 60));
        pop3ana_event event = event_of(POP3ANA_EVENT_REQUEST, "QUIT");
        event.ts_ns = ts_ns;
        event.session = static_cast<std::uint64_t>(ts_ns);
        std::array<char, 80> expected{};
        std::snprintf(expected.data(), expected.size(), "%lld.%06lld #%lld > QUIT ",
                      static_cast<long long>(ts_ns / 1'000'000'000),
                      static_cast<long long>(ts_ns / 1000 % 1'000'000),
                      static_cast<long long>(ts_ns));
        return unit::same("line", line_of(event), expected.data());
    });
}

bool ipv6_addresses_are_printed_as_inet_ntop_does() {
    pop3ana_event event = event_of(POP3ANA_EVENT_NEW_CONNECTION);
    event.address_family = event.originator_family = 6;
    std::memset(event.originator_address, 0, 16);
    std::memset(event.responder_address, 0, 16);
    event.originator_address[0] = 0x20, event.originator_address[1] = 0x01;
    event.originator_address[2] = 0x0d, event.originator_address[3] = 0xb8;
    event.originator_address[15] = 0x0f;
    event.responder_address[10] = event.responder_address[11] = 0xff;
    event.responder_address[12] = 192, event.responder_address[15] = 1;
    return unit::same("line", line_of(event),
                      "1234567890.123456 #7 2001:db8::f/40000 > ::ffff:192.0.0.1/110: "
                      "new connection");
}

bool the_largest_numbers_fit() {
    pop3ana_event event = event_of(POP3ANA_EVENT_NEW_CONNECTION);
    event.session = ~std::uint64_t{0};
    event.originator_port = event.responder_port = 65535;
    std::memset(event.originator_address, 255, 4);
    std::memset(event.responder_address, 0, 4);
    return unit::same("line", line_of(event),
                      "1234567890.123456 #18446744073709551615 255.255.255.255/65535 > "
                      "0.0.0.0/65535: new connection");
}

} // namespace

int main() {
    std::vector<CMUnitTest> tests{UNIT_TEST(all_256_bytes_are_escaped_as_the_original_does),
                                  UNIT_TEST(a_line_is_cut_as_snprintf_does),
                                  UNIT_TEST(an_escaped_text_is_cut_as_snprintf_does),
                                  UNIT_TEST(an_event_without_line_gives_an_empty_text),
                                  UNIT_TEST(other_forms_of_a_line),
                                  UNIT_TEST(the_time_is_cut_not_rounded),
                                  UNIT_TEST(times_are_what_printf_says),
                                  UNIT_TEST(ipv6_addresses_are_printed_as_inet_ntop_does),
                                  UNIT_TEST(the_largest_numbers_fit)};
    unit::add_rows<prints>(tests, kRows);
    return unit::run("unit.log_line", tests);
}
