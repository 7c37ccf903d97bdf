/* Deferred engines and their judge. That they give what one engine gives is a law: tests/laws.
 * SPDX-License-Identifier: GPL-2.0-or-later */
#include "c_cmocka.h"
#include "c_frames.h"

#include <stdlib.h>
#include <string.h>

enum { ENGINES = 2, MAX_LINES = 64, LINE_BYTES = 128 };

struct court {
    pop3ana_judge *judge;
    pop3ana_engine *engines[ENGINES];
    struct feeder {
        struct court *court;
        uint64_t number;
    } feeders[ENGINES];
    size_t count;
    char lines[MAX_LINES][LINE_BYTES];
    size_t closed; /* events of the engines */
    pop3ana_status nested;
    pop3ana_event last;
};

static void on_deferred(void *user_data, const pop3ana_event *event) {
    const struct feeder *feeder = user_data;
    assert_int_equal(event->session, 0);
    assert_int_equal(event->error_count, 0);
    assert_int_not_equal(event->type, POP3ANA_EVENT_NEW_CONNECTION);
    assert_int_not_equal(event->type, POP3ANA_EVENT_THRESHOLD_WARNING);
    if (event->type == POP3ANA_EVENT_CLOSED) ++feeder->court->closed;
    feeder->court->last = *event;
    assert_int_equal(pop3ana_judge_event(feeder->court->judge, feeder->number, event), POP3ANA_OK);
}

static void on_event(void *user_data, const pop3ana_event *event) {
    struct court *court = user_data;
    assert_int_not_equal(event->type, POP3ANA_EVENT_CLOSED);
    court->nested = pop3ana_judge_event(court->judge, 0, event);
    pop3ana_judge_free(court->judge);
    if (event->in_log == 0 || court->count == MAX_LINES) return;
    pop3ana_format_log_line(event, court->lines[court->count++], LINE_BYTES);
}

static struct court *new_court(uint16_t shards) {
    struct court *court = calloc(1, sizeof(*court));
    pop3ana_config config;
    pop3ana_config_init(&config);
    const pop3ana_sink sink = {sizeof(sink), court, on_event};
    assert_int_equal(pop3ana_judge_new(&config, &sink, &court->judge, NULL, 0), POP3ANA_OK);
    config.deferred = 1;
    for (uint64_t i = 0; i < ENGINES; ++i) {
        court->feeders[i].court = court;
        court->feeders[i].number = i;
        config.shards = shards;
        config.shard = shards > 1 ? (uint16_t)i : 0;
        const pop3ana_sink deferred = {sizeof(deferred), &court->feeders[i], on_deferred};
        assert_int_equal(pop3ana_engine_new(&config, &deferred, &court->engines[i], NULL, 0),
                         POP3ANA_OK);
    }
    return court;
}

static void free_court(struct court *court) {
    for (size_t i = 0; i < ENGINES; ++i)
        pop3ana_engine_free(court->engines[i]);
    pop3ana_judge_free(court->judge);
    free(court);
}

static pop3ana_counters counters_of(const struct court *court) {
    pop3ana_counters counters = {.struct_size = sizeof(counters)};
    assert_int_equal(pop3ana_judge_counters_get(court->judge, &counters), POP3ANA_OK);
    return counters;
}

static void numbers_and_errors_are_shared_by_engines(void **state) {
    (void)state;
    struct court *court = new_court(1);
    struct conversation talks[ENGINES];
    for (size_t i = 0; i < ENGINES; ++i) {
        conversation_init(&talks[i], court->engines[i]);
        talks[i].client_port = (uint16_t)(40000 + i);
        handshake(&talks[i]);
    }
    server_sends(&talks[1], ACK, "+OK\r\n");
    for (size_t i = 0; i < ENGINES; ++i) {
        server_sends(&talks[i], ACK, "-ERR\r\n");
        server_sends(&talks[i], ACK, "-ERR\r\n");
    }
    static const char *const expected[] = {
        "#1 10.0.0.1/40001 > 10.0.0.2/110: new connection",
        "#1 < OK ",
        "#2 10.0.0.1/40000 > 10.0.0.2/110: new connection",
        "#2 < ERR ",
        "#2 < ERR ",
        "#1 < ERR ",
        "#1 < ERR ",
        "#1 10.0.0.1/40001 > 10.0.0.2/110 WARNING: error count exceeds threshold",
    };
    enum { EXPECTED = sizeof(expected) / sizeof(*expected) };
    assert_int_equal(court->count, EXPECTED);
    for (size_t i = 0; i < EXPECTED; ++i)
        assert_string_equal(strchr(court->lines[i], '#'), expected[i]);
    assert_int_equal(court->nested, POP3ANA_E_REENTRANT);
    const pop3ana_counters counters = counters_of(court);
    assert_int_equal(counters.sessions, 2);
    assert_int_equal(counters.replies, 5);
    assert_int_equal(counters.warnings, 1);
    assert_int_equal(counters.clients, 1);
    free_court(court);
}

/* A number that is forgotten when the connection is over would be given anew to a late event. */
static void a_closed_connection_is_forgotten(void **state) {
    (void)state;
    struct court *court = new_court(1);
    struct conversation talk;
    conversation_init(&talk, court->engines[0]);
    handshake(&talk);
    server_sends(&talk, ACK, "+OK\r\n");
    pop3ana_event late = court->last;
    assert_int_equal(pop3ana_judge_event(court->judge, 0, &late), POP3ANA_OK);
    assert_int_equal(counters_of(court).sessions, 1);
    assert_int_equal(court->closed, 0);
    server_sends(&talk, FIN | ACK, "");
    client_sends(&talk, FIN | ACK, "");
    assert_int_equal(court->closed, 1);
    late.ts_ns = START_NS;
    assert_int_equal(pop3ana_judge_event(court->judge, 0, &late), POP3ANA_OK);
    assert_int_equal(counters_of(court).sessions, 2);
    free_court(court);
}

static void time_never_goes_back_and_errors_expire(void **state) {
    (void)state;
    struct court *court = new_court(1);
    pop3ana_event error = {.struct_size = sizeof(error),
                           .type = POP3ANA_EVENT_REPLY,
                           .status = POP3ANA_STATUS_ERR,
                           .address_family = 4,
                           .in_log = 1,
                           .connection = 1};
    error.ts_ns = START_NS + SECOND_NS;
    assert_int_equal(pop3ana_judge_event(court->judge, 7, &error), POP3ANA_OK);
    error.ts_ns = START_NS;
    assert_int_equal(pop3ana_judge_event(court->judge, 7, &error), POP3ANA_OK);
    assert_string_equal(court->lines[2], "1700000001.000000 #1 < ERR ");
    assert_int_equal(counters_of(court).clients, 1);
    assert_int_equal(pop3ana_judge_tick(court->judge, START_NS + 3602 * SECOND_NS), POP3ANA_OK);
    assert_int_equal(counters_of(court).clients, 0);
    free_court(court);
}

/* The idle connection ends at the frame that shows the time, whichever engine that is for. */
static void time_passes_in_every_shard(void **state) {
    (void)state;
    struct court *court = new_court(ENGINES);
    struct conversation idle, later;
    conversation_init(&idle, court->engines[0]);
    while (client_sends(&idle, SYN, "") == POP3ANA_NOT_POP3)
        ++idle.client_port;
    server_sends(&idle, SYN | ACK, "");
    assert_int_equal(server_sends(&idle, ACK, "+OK\r\n"), POP3ANA_OK);
    assert_int_equal(pop3ana_frame_connection(court->engines[0]), 1);
    conversation_init(&later, court->engines[0]);
    later.client_port = (uint16_t)(idle.client_port + 1);
    later.now_ns += 25 * 3600 * SECOND_NS;
    while (client_sends(&later, SYN, "") == POP3ANA_OK) {
        assert_int_equal(court->closed, 1);
        court->closed = 0;
        conversation_init(&idle, court->engines[0]);
        idle.client_port = later.client_port;
        idle.client_next = 77777;
        idle.now_ns = later.now_ns;
        handshake(&idle);
        server_sends(&idle, ACK, "+OK\r\n");
        ++later.client_port;
        later.now_ns += 25 * 3600 * SECOND_NS;
    }
    assert_int_equal(court->closed, 1);
    free_court(court);
}

static void bad_calls_are_refused(void **state) {
    (void)state;
    struct court *court = new_court(1);
    pop3ana_event event = {.struct_size = sizeof(event), .type = POP3ANA_EVENT_ANOMALY};
    assert_int_equal(pop3ana_judge_event(NULL, 0, &event), POP3ANA_E_INVALID);
    assert_int_equal(pop3ana_judge_event(court->judge, 0, NULL), POP3ANA_E_INVALID);
    for (event.struct_size = 0; event.struct_size < sizeof(event); ++event.struct_size)
        assert_int_equal(pop3ana_judge_event(court->judge, 0, &event), POP3ANA_E_INVALID);
    assert_int_equal(pop3ana_judge_tick(NULL, START_NS), POP3ANA_E_INVALID);
    pop3ana_counters counters = {.struct_size = sizeof(counters)};
    assert_int_equal(pop3ana_judge_counters_get(NULL, &counters), POP3ANA_E_INVALID);
    assert_int_equal(pop3ana_judge_counters_get(court->judge, NULL), POP3ANA_E_INVALID);
    assert_int_equal(counters_of(court).anomalies, 0);
    pop3ana_config config;
    pop3ana_config_init(&config);
    config.ports = "0";
    const pop3ana_sink sink = {sizeof(sink), court, on_event};
    pop3ana_judge *judge = court->judge;
    char message[64];
    assert_int_equal(pop3ana_judge_new(&config, &sink, &judge, message, sizeof(message)),
                     POP3ANA_E_CONFIG);
    assert_null(judge);
    assert_non_null(strstr(message, "ports"));
    pop3ana_judge_free(NULL);
    free_court(court);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(numbers_and_errors_are_shared_by_engines),
        cmocka_unit_test(a_closed_connection_is_forgotten),
        cmocka_unit_test(time_never_goes_back_and_errors_expire),
        cmocka_unit_test(time_passes_in_every_shard),
        cmocka_unit_test(bad_calls_are_refused),
    };
    return cmocka_run_group_tests_name("api.judge", tests, NULL, NULL);
}
