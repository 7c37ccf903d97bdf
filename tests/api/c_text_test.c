/* Functions that turn things into text: log lines, escapes, names.
 * SPDX-License-Identifier: GPL-2.0-or-later */
#include "c_cmocka.h"

#include <pop3ana/pop3ana.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static pop3ana_slice slice(const char *text) {
    const pop3ana_slice result = {text, strlen(text)};
    return result;
}

static pop3ana_event some_reply(void) {
    pop3ana_event event;
    memset(&event, 0, sizeof(event));
    event.struct_size = sizeof(event);
    event.session = 7;
    event.ts_ns = INT64_C(1234567890123456999);
    event.type = POP3ANA_EVENT_REPLY;
    event.status = POP3ANA_STATUS_ERR;
    event.text = slice("no\x01 such \xff");
    event.in_log = 1;
    event.address_family = event.originator_family = 4;
    return event;
}

static void assert_line(const pop3ana_event *event, const char *expected) {
    char line[256];
    assert_int_equal(pop3ana_format_log_line(event, line, sizeof(line)), strlen(expected));
    assert_string_equal(line, expected);
}

/* Digits below the microsecond are cut, not rounded. */
static void log_lines_are_those_of_the_original(void **state) {
    (void)state;
    pop3ana_event event = some_reply();
    assert_line(&event, "1234567890.123456 #7 < ERR no^A such \\xff");
    event.peer_description = slice("mx1");
    event.status = POP3ANA_STATUS_OK;
    event.text = slice("");
    event.ts_ns = 999;
    assert_line(&event, "0.000000 #mx1-7 < OK ");
    event.peer_description = slice("");
    event.type = POP3ANA_EVENT_LOGIN_FAILURE;
    event.user = slice("a b");
    assert_line(&event, "0.000000 #7 > login failed: user a b password: ");
    event.type = POP3ANA_EVENT_LOGIN_SUCCESS;
    assert_line(&event, "0.000000 #7 > login successful: user a b password: <not seen>");
    event.password = slice("\x7f");
    assert_line(&event, "0.000000 #7 > login successful: user a b password: ^?");
    event.type = POP3ANA_EVENT_REQUEST;
    event.command = slice("STAT");
    assert_line(&event, "0.000000 #7 > STAT ");
    event.type = POP3ANA_EVENT_UNEXPECTED;
    event.text = slice("x");
    assert_line(&event, "0.000000 #7 unexpected cmd: STAT detail: x");
}

static void addresses_are_printed_as_inet_ntop_does(void **state) {
    (void)state;
    pop3ana_event event = some_reply();
    event.type = POP3ANA_EVENT_NEW_CONNECTION;
    event.ts_ns = 0;
    event.originator_address[0] = 10;
    event.originator_port = 65535;
    event.responder_address[3] = 255;
    event.responder_port = 110;
    assert_line(&event, "0.000000 #7 10.0.0.0/65535 > 0.0.0.255/110: new connection");
    event.type = POP3ANA_EVENT_THRESHOLD_WARNING;
    event.address_family = event.originator_family = 6;
    memset(event.originator_address, 0, 16);
    event.originator_address[15] = 1;
    memset(event.responder_address, 0xab, 16);
    assert_line(&event, "0.000000 #7 ::1/65535 > abab:abab:abab:abab:abab:abab:abab:abab/110 "
                        "WARNING: error count exceeds threshold");
    memcpy(event.originator_address, "\0\0\0\0\0\0\0\0\0\0\xff\xff\x01\x02\x03\x04", 16);
    memcpy(event.responder_address, "\x20\x01\x0d\xb8\0\0\0\x01\0\0\0\0\0\0\0\0", 16);
    assert_line(&event, "0.000000 #7 ::ffff:1.2.3.4/65535 > 2001:db8:0:1::/110 "
                        "WARNING: error count exceeds threshold");
}

static void events_outside_of_the_log_have_no_line(void **state) {
    (void)state;
    char line[8] = "x";
    pop3ana_event event = some_reply();
    event.in_log = 0;
    assert_int_equal(pop3ana_format_log_line(&event, line, sizeof(line)), 0);
    assert_string_equal(line, "");
    assert_int_equal(pop3ana_format_log_line(NULL, line, sizeof(line)), 0);
    assert_int_equal(pop3ana_format_log_line(&event, NULL, 0), 0);
}

static void lines_have_other_forms(void **state) {
    (void)state;
    char line[256];
    const pop3ana_event event = some_reply();
    const size_t whole = pop3ana_format_log_line(&event, line, sizeof(line));
    const char *behind_time = strchr(line, ' ') + 1;
    char wanted[256];
    strcpy(wanted, behind_time);
    assert_int_equal(pop3ana_format_log_line_as(&event, 0, line, sizeof(line)), whole);
    assert_int_equal(pop3ana_format_log_line_as(&event, POP3ANA_LINE_NO_TIME, line, sizeof(line)),
                     strlen(wanted));
    assert_string_equal(line, wanted);
    assert_int_equal(pop3ana_format_log_line_as(&event, 1U << 31, line, sizeof(line)), 0);
    assert_string_equal(line, "");
    assert_int_equal(pop3ana_format_log_line_as(NULL, 0, line, sizeof(line)), 0);
}

/* A block of exactly `size` bytes shows a byte written too many. */
static void log_lines_are_cut_as_snprintf_does(void **state) {
    (void)state;
    const pop3ana_event event = some_reply();
    char whole[256];
    const size_t length = pop3ana_format_log_line(&event, whole, sizeof(whole));
    assert_int_equal(pop3ana_format_log_line(&event, NULL, 0), length);
    for (size_t size = 1; size <= length + 1; ++size) {
        char *line = malloc(size);
        assert_int_equal(pop3ana_format_log_line(&event, line, size), length);
        assert_memory_equal(line, whole, size - 1);
        assert_int_equal(line[size - 1], 0);
        free(line);
    }
}

static void every_byte_is_escaped_as_in_the_log(void **state) {
    (void)state;
    for (int byte = 0; byte < 256; ++byte) {
        char expected[16], found[16];
        if (byte == 0)
            strcpy(expected, "\\0");
        else if (byte <= 26)
            snprintf(expected, sizeof(expected), "^%c", '@' + byte);
        else if (byte == 127)
            strcpy(expected, "^?");
        else if (byte < 32 || byte > 126)
            snprintf(expected, sizeof(expected), "\\x%02x", byte);
        else
            snprintf(expected, sizeof(expected), "%c", byte);
        const char text = (char)(unsigned char)byte;
        const pop3ana_slice one = {&text, 1};
        assert_int_equal(pop3ana_escape(one, found, sizeof(found)), strlen(expected));
        assert_string_equal(found, expected);
    }
}

static void escapes_are_cut_as_snprintf_does(void **state) {
    (void)state;
    static const char whole[] = "a\\0^A\\xff^?b";
    const pop3ana_slice text = {"a\0\x01\xff\x7f"
                                "b",
                                6};
    assert_int_equal(pop3ana_escape(text, NULL, 0), strlen(whole));
    for (size_t size = 1; size <= sizeof(whole); ++size) {
        char *found = malloc(size);
        assert_int_equal(pop3ana_escape(text, found, size), strlen(whole));
        assert_memory_equal(found, whole, size - 1);
        assert_int_equal(found[size - 1], 0);
        free(found);
    }
    const pop3ana_slice empty = {NULL, 0};
    char found[2] = "x";
    assert_int_equal(pop3ana_escape(empty, found, sizeof(found)), 0);
    assert_string_equal(found, "");
}

static void names_are_known_for_each_number(void **state) {
    (void)state;
    for (uint32_t type = POP3ANA_EVENT_NEW_CONNECTION; type <= POP3ANA_EVENT_PROXIED; ++type) {
        assert_string_not_equal(pop3ana_event_name(type), "unknown");
        for (uint32_t other = 1; other < type; ++other)
            assert_string_not_equal(pop3ana_event_name(type), pop3ana_event_name(other));
    }
    for (uint32_t anomaly = 1; anomaly <= POP3ANA_ANOMALY_UNCERTAIN; ++anomaly) {
        assert_string_not_equal(pop3ana_anomaly_name(anomaly), "unknown");
        for (uint32_t other = 0; other < anomaly; ++other)
            assert_string_not_equal(pop3ana_anomaly_name(anomaly), pop3ana_anomaly_name(other));
    }
    assert_string_equal(pop3ana_event_name(POP3ANA_EVENT_LOGIN_SUCCESS), "login_success");
    assert_string_equal(pop3ana_anomaly_name(POP3ANA_ANOMALY_UNKNOWN_COMMAND), "unknown_command");
}

static void names_of_newer_numbers_are_unknown(void **state) {
    (void)state;
    assert_string_equal(pop3ana_event_name(0), "unknown");
    assert_string_equal(pop3ana_event_name(POP3ANA_EVENT_STLS_OFFER + 1), "unknown");
    assert_string_equal(pop3ana_event_name(UINT32_MAX), "unknown");
    assert_string_equal(pop3ana_anomaly_name(POP3ANA_ANOMALY_UNCERTAIN + 1), "unknown");
    assert_string_equal(pop3ana_anomaly_name(UINT32_MAX), "unknown");
}

static void every_status_has_a_sentence(void **state) {
    (void)state;
    static const pop3ana_status all[] = {POP3ANA_OK,
                                         POP3ANA_NOT_POP3,
                                         POP3ANA_E_INVALID,
                                         POP3ANA_E_NOMEM,
                                         POP3ANA_E_UNSUPPORTED,
                                         POP3ANA_E_CONFIG,
                                         POP3ANA_E_REENTRANT,
                                         POP3ANA_E_INTERNAL,
                                         42,
                                         -42};
    for (size_t i = 0; i < sizeof(all) / sizeof(*all); ++i) {
        const char *sentence = pop3ana_strerror(all[i]);
        assert_non_null(sentence);
        assert_true(strlen(sentence) > 0 && sentence[strlen(sentence) - 1] != '.');
        for (size_t other = 0; other < i && all[i] != -42; ++other)
            assert_string_not_equal(sentence, pop3ana_strerror(all[other]));
    }
}

static void version_has_three_numbers(void **state) {
    (void)state;
    unsigned major, minor, patch;
    int end = 0;
    assert_int_equal(sscanf(pop3ana_version(), "%u.%u.%u%n", &major, &minor, &patch, &end), 3);
    assert_int_equal(end, strlen(pop3ana_version()));
}

static void addresses_are_written_as_inet_ntop_does(void **state) {
    (void)state;
    const uint8_t ipv4[4] = {10, 0, 200, 255}, ipv6[16] = {0x20, 1, 0xd, 0xb8, [15] = 1};
    char text[46];
    assert_int_equal(pop3ana_format_address(4, ipv4, text, sizeof(text)), 12);
    assert_string_equal(text, "10.0.200.255");
    assert_int_equal(pop3ana_format_address(6, ipv6, text, sizeof(text)), 11);
    assert_string_equal(text, "2001:db8::1");
    assert_int_equal(pop3ana_format_address(4, ipv4, text, 5), 12); /* truncated */
    assert_string_equal(text, "10.0");
    assert_int_equal(pop3ana_format_address(4, ipv4, NULL, 0), 12);
    assert_int_equal(pop3ana_format_address(5, ipv4, text, sizeof(text)), 0);
    assert_string_equal(text, "");
    assert_int_equal(pop3ana_format_address(4, NULL, text, sizeof(text)), 0);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(log_lines_are_those_of_the_original),
        cmocka_unit_test(addresses_are_printed_as_inet_ntop_does),
        cmocka_unit_test(events_outside_of_the_log_have_no_line),
        cmocka_unit_test(lines_have_other_forms),
        cmocka_unit_test(log_lines_are_cut_as_snprintf_does),
        cmocka_unit_test(every_byte_is_escaped_as_in_the_log),
        cmocka_unit_test(escapes_are_cut_as_snprintf_does),
        cmocka_unit_test(names_are_known_for_each_number),
        cmocka_unit_test(names_of_newer_numbers_are_unknown),
        cmocka_unit_test(every_status_has_a_sentence),
        cmocka_unit_test(version_has_three_numbers),
        cmocka_unit_test(addresses_are_written_as_inet_ntop_does),
    };
    return cmocka_run_group_tests_name("api.text", tests, NULL, NULL);
}
