/* pop3ana_feed_decrypted: POP3S, and POP3 behind STLS.
 * SPDX-License-Identifier: GPL-2.0-or-later */
#include "c_cmocka.h"
#include "c_frames.h"

#include <string.h>

enum { FIRST_DECRYPTED_BYTES = 80, LOG_BYTES = 4096 };

/* An engine and the log that it gives, without times. */
struct logged {
    pop3ana_engine *engine;
    char log[LOG_BYTES];
    unsigned clear_logins;
    pop3ana_status nested; /* of a call from inside the callback */
    int nests;
};

static void append_line(void *user_data, const pop3ana_event *event) {
    struct logged *logged = user_data;
    char line[256];
    if (logged->nests) {
        const pop3ana_decrypted nothing = {.struct_size = sizeof(nothing), .address_family = 4};
        logged->nested = pop3ana_feed_decrypted(logged->engine, &nothing);
    }
    logged->clear_logins += event->cleartext;
    if (pop3ana_format_log_line(event, line, sizeof(line)) == 0) return;
    strncat(logged->log, strchr(line, '#'), LOG_BYTES - strlen(logged->log) - 2);
    strcat(logged->log, "\n");
}

static void start(struct logged *logged, const pop3ana_config *config) {
    pop3ana_config defaults;
    pop3ana_config_init(&defaults);
    memset(logged, 0, sizeof(*logged));
    const pop3ana_sink sink = {sizeof(sink), logged, append_line};
    assert_int_equal(
        pop3ana_engine_new(config != NULL ? config : &defaults, &sink, &logged->engine, NULL, 0),
        POP3ANA_OK);
}

static pop3ana_counters counters_of(const struct logged *logged) {
    pop3ana_counters counters = {.struct_size = sizeof(counters)};
    assert_int_equal(pop3ana_counters_get(logged->engine, &counters), POP3ANA_OK);
    return counters;
}

/* What the conversation's client (or server) sends inside TLS. */
static pop3ana_status decrypted(struct conversation *talk, int from_server, const char *text) {
    const pop3ana_decrypted bytes = {
        .struct_size = sizeof(bytes),
        .data = (const uint8_t *)text,
        .bytes = strlen(text),
        .number = ++talk->frame_number,
        .ts_ns = talk->now_ns += SECOND_NS,
        .originator_port = talk->client_port,
        .responder_port = talk->server_port,
        .originator_address = {10, 0, 0, 1},
        .responder_address = {10, 0, 0, 2},
        .address_family = 4,
        .from_responder = from_server != 0,
    };
    return pop3ana_feed_decrypted(talk->engine, &bytes);
}

static const char kLoginLog[] = "< OK hello\n"
                                "> USER bob\n"
                                "< OK \n"
                                "> PASS secret\n"
                                "> login successful: user bob password: secret\n"
                                "< OK in\n";

/* The log without "#1 " and the line that names the ends. */
static void assert_login_log(const struct logged *logged) {
    char found[LOG_BYTES] = "";
    for (const char *line = strchr(logged->log, '\n'); line != NULL && line[1] != '\0';
         line = strchr(line + 1, '\n')) {
        assert_memory_equal(line + 1, "#1 ", 3);
        const char *text = line + 4;
        strncat(found, text, strcspn(text, "\n") + 1);
    }
    assert_string_equal(found, kLoginLog);
    assert_int_equal(logged->clear_logins, 0); /* TLS is not clear text. */
}

static void login_in_records(struct conversation *talk) {
    assert_int_equal(decrypted(talk, 1, "+OK he"), POP3ANA_OK);
    assert_int_equal(decrypted(talk, 1, "llo\r\n"), POP3ANA_OK);
    decrypted(talk, 0, "USER bob\r\n");
    decrypted(talk, 1, "+OK\r\n");
    decrypted(talk, 0, "PASS secret\r\n");
    decrypted(talk, 1, "+OK in\r\n");
}

static void pop3s_gives_the_log_of_clear_text(void **state) {
    (void)state;
    struct logged logged;
    start(&logged, NULL);
    struct conversation talk;
    conversation_init(&talk, logged.engine);
    talk.server_port = 995;
    login_in_records(&talk);
    assert_login_log(&logged);
    assert_non_null(strstr(logged.log, "/995: new connection\n"));
    const pop3ana_counters counters = counters_of(&logged);
    assert_int_equal(counters.tcp_bytes, 0);
    assert_int_equal(counters.decrypted_bytes, 11 + 10 + 5 + 13 + 8);
    assert_int_equal(counters.connections_open, 1);
    pop3ana_engine_free(logged.engine);
}

/* Where 995 is a POP3 port, its segments open the connection, and are TLS. */
static void segments_of_a_decrypted_connection_say_nothing(void **state) {
    (void)state;
    pop3ana_config config;
    pop3ana_config_init(&config);
    config.ports = "110,995";
    struct logged logged;
    start(&logged, &config);
    struct conversation talk;
    conversation_init(&talk, logged.engine);
    talk.server_port = 995;
    handshake(&talk);
    client_sends(&talk, ACK, "\x16\x03\x01 hello of TLS\r\n");
    decrypted(&talk, 1, "+OK hello\r\n");
    server_sends(&talk, ACK, "+OK no POP3\r\n-ERR\r\n");
    decrypted(&talk, 0, "USER bob\r\n");
    decrypted(&talk, 1, "+OK\r\n");
    client_sends(&talk, ACK, "QUIT\r\n");
    decrypted(&talk, 0, "PASS secret\r\n");
    decrypted(&talk, 1, "+OK in\r\n");
    assert_login_log(&logged);
    client_sends(&talk, FIN | ACK, "unfinished");
    server_sends(&talk, FIN | ACK, "");
    client_sends(&talk, ACK, "");
    assert_login_log(&logged);
    assert_int_equal(decrypted(&talk, 1, "+OK late\r\n"), POP3ANA_NOT_POP3);
    assert_int_equal(counters_of(&logged).decrypted_discarded_bytes, 10);
    pop3ana_engine_free(logged.engine);
}

static void the_session_goes_on_behind_stls(void **state) {
    (void)state;
    struct logged logged;
    start(&logged, NULL);
    struct conversation talk;
    conversation_init(&talk, logged.engine);
    handshake(&talk);
    server_sends(&talk, ACK, "+OK hello\r\n");
    client_sends(&talk, ACK, "USER mallory\r\n");
    server_sends(&talk, ACK, "+OK\r\n");
    client_sends(&talk, ACK, "STLS\r\nPASS injected\r\n");
    server_sends(&talk, ACK, "+OK begin\r\n");
    client_sends(&talk, ACK, "\x16\x03\x01 hello of TLS\r\n");
    const size_t before = strlen(logged.log);
    decrypted(&talk, 0, "PASS no user yet\r\n");
    decrypted(&talk, 1, "-ERR first USER\r\n");
    decrypted(&talk, 0, "APOP bob digest\r\n");
    server_sends(&talk, ACK, "\x17\x03\x03 +OK\r\n");
    decrypted(&talk, 1, "+OK in\r\n");
    assert_string_equal(logged.log + before,
                        "#1 unexpected cmd: PASS detail: pass must follow the command 'USER'\n"
                        "#1 < ERR first USER\n"
                        "#1 > APOP bob digest\n"
                        "#1 > login successful: user bob password: <not seen>\n"
                        "#1 < OK in\n");
    pop3ana_engine_free(logged.engine);
}

/* RFC 2595 s.4: STLS is permitted in AUTHORIZATION only, and does not leave it. */
static void stls_of_an_unknown_phase_leads_to_authorization(void **state) {
    (void)state;
    struct logged logged;
    start(&logged, NULL);
    struct conversation talk;
    conversation_init(&talk, logged.engine);
    client_sends(&talk, ACK, "STLS\r\n");
    server_sends(&talk, ACK, "+OK begin\r\n");
    const size_t before = strlen(logged.log);
    decrypted(&talk, 0, "STAT\r\n");
    assert_string_equal(logged.log + before,
                        "#1 unexpected cmd: STAT detail: not allowed in other state than "
                        "'transaction'\n");
    pop3ana_engine_free(logged.engine);
}

static void secrets_are_hidden_and_limits_hold(void **state) {
    (void)state;
    pop3ana_config config;
    pop3ana_config_init(&config);
    config.redact = 1;
    config.max_connections = 2;
    struct logged logged;
    start(&logged, &config);
    struct conversation talk;
    conversation_init(&talk, logged.engine);
    talk.server_port = 995;
    for (int i = 0; i < 3; ++i, ++talk.client_port)
        login_in_records(&talk);
    assert_null(strstr(logged.log, "secret"));
    assert_non_null(strstr(logged.log, "#3 > login successful: user bob password: <redacted>"));
    const pop3ana_counters counters = counters_of(&logged);
    assert_int_equal(counters.connections_open, 2);
    assert_int_equal(counters.connections_evicted, 1);
    pop3ana_engine_free(logged.engine);
}

static void bad_calls_are_refused(void **state) {
    (void)state;
    struct logged logged;
    start(&logged, NULL);
    pop3ana_decrypted bytes = {.struct_size = sizeof(bytes), .address_family = 4};
    assert_int_equal(pop3ana_feed_decrypted(NULL, &bytes), POP3ANA_E_INVALID);
    assert_int_equal(pop3ana_feed_decrypted(logged.engine, NULL), POP3ANA_E_INVALID);
    bytes.address_family = 5;
    assert_int_equal(pop3ana_feed_decrypted(logged.engine, &bytes), POP3ANA_E_INVALID);
    bytes.address_family = 6;
    bytes.bytes = 1;
    assert_int_equal(pop3ana_feed_decrypted(logged.engine, &bytes), POP3ANA_E_INVALID);
    bytes.bytes = 0;
    for (bytes.struct_size = 0; bytes.struct_size < FIRST_DECRYPTED_BYTES; ++bytes.struct_size)
        assert_int_equal(pop3ana_feed_decrypted(logged.engine, &bytes), POP3ANA_E_INVALID);
    struct {
        pop3ana_decrypted known;
        uint64_t later;
    } newer = {.known = {.struct_size = sizeof(newer), .address_family = 4}, .later = 1};
    assert_int_equal(pop3ana_feed_decrypted(logged.engine, &newer.known), POP3ANA_E_UNSUPPORTED);
    newer.later = 0;
    assert_int_equal(pop3ana_feed_decrypted(logged.engine, &newer.known), POP3ANA_NOT_POP3);
    newer.known.reserved[1] = 1;
    assert_int_equal(pop3ana_feed_decrypted(logged.engine, &newer.known), POP3ANA_E_UNSUPPORTED);
    assert_int_equal(counters_of(&logged).connections, 0);
    logged.nests = 1;
    struct conversation talk;
    conversation_init(&talk, logged.engine);
    decrypted(&talk, 1, "+OK hello\r\n");
    assert_int_equal(logged.nested, POP3ANA_E_REENTRANT);
    pop3ana_engine_free(logged.engine);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(pop3s_gives_the_log_of_clear_text),
        cmocka_unit_test(segments_of_a_decrypted_connection_say_nothing),
        cmocka_unit_test(the_session_goes_on_behind_stls),
        cmocka_unit_test(stls_of_an_unknown_phase_leads_to_authorization),
        cmocka_unit_test(secrets_are_hidden_and_limits_hold),
        cmocka_unit_test(bad_calls_are_refused),
    };
    return cmocka_run_group_tests_name("api.decrypted", tests, NULL, NULL);
}
