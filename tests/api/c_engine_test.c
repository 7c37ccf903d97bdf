/* pop3ana_feed_frame, tick, counters_get, and what a callback may do.
 * SPDX-License-Identifier: GPL-2.0-or-later */
#include "c_cmocka.h"
#include "c_frames.h"

#include <stdlib.h>
#include <string.h>

enum { FIRST_FRAME_BYTES = 48, MAX_EVENTS = 32 };

/* What the sink of a test sees. */
struct seen {
    pop3ana_engine *engine;
    size_t count;
    pop3ana_event events[MAX_EVENTS];
    char texts[MAX_EVENTS][64];
    char lines[MAX_EVENTS][128];
};

static void remember(void *user_data, const pop3ana_event *event) {
    struct seen *seen = user_data;
    if (seen->count == MAX_EVENTS) return;
    const size_t i = seen->count++;
    seen->events[i] = *event;
    const size_t length = event->text.len < 63 ? event->text.len : 63;
    if (length > 0) memcpy(seen->texts[i], event->text.ptr, length);
    pop3ana_format_log_line(event, seen->lines[i], sizeof(seen->lines[i]));
}

static pop3ana_engine *new_engine(struct seen *seen, const pop3ana_config *config,
                                  void (*on_event)(void *, const pop3ana_event *)) {
    pop3ana_config defaults;
    pop3ana_config_init(&defaults);
    const pop3ana_sink sink = {sizeof(sink), seen, on_event};
    memset(seen, 0, sizeof(*seen));
    assert_int_equal(
        pop3ana_engine_new(config != NULL ? config : &defaults, &sink, &seen->engine, NULL, 0),
        POP3ANA_OK);
    return seen->engine;
}

static pop3ana_counters counters_of(const pop3ana_engine *engine) {
    pop3ana_counters counters = {.struct_size = sizeof(counters)};
    assert_int_equal(pop3ana_counters_get(engine, &counters), POP3ANA_OK);
    return counters;
}

static void failed_calls_change_nothing(void **state) {
    (void)state;
    struct seen seen;
    pop3ana_engine *engine = new_engine(&seen, NULL, remember);
    const uint8_t byte = 0;
    pop3ana_frame frame = {sizeof(frame), &byte, 1, 1, START_NS, 1, 0};
    assert_int_equal(pop3ana_feed_frame(NULL, &frame), POP3ANA_E_INVALID);
    assert_int_equal(pop3ana_feed_frame(engine, NULL), POP3ANA_E_INVALID);
    for (frame.struct_size = 0; frame.struct_size < FIRST_FRAME_BYTES; ++frame.struct_size)
        assert_int_equal(pop3ana_feed_frame(engine, &frame), POP3ANA_E_INVALID);
    frame.data = NULL;
    assert_int_equal(pop3ana_feed_frame(engine, &frame), POP3ANA_E_INVALID);
    assert_int_equal(pop3ana_tick(NULL, START_NS), POP3ANA_E_INVALID);
    pop3ana_counters counters = {.struct_size = sizeof(counters)};
    assert_int_equal(pop3ana_counters_get(NULL, &counters), POP3ANA_E_INVALID);
    assert_int_equal(pop3ana_counters_get(engine, NULL), POP3ANA_E_INVALID);
    for (counters.struct_size = 0; counters.struct_size < sizeof(size_t); ++counters.struct_size)
        assert_int_equal(pop3ana_counters_get(engine, &counters), POP3ANA_E_INVALID);
    counters = counters_of(engine);
    const pop3ana_counters nothing = {.struct_size = sizeof(nothing)};
    assert_memory_equal(&counters, &nothing, sizeof(counters));
    pop3ana_engine_free(engine);
}

static void frames_without_pop3_are_counted(void **state) {
    (void)state;
    struct seen seen;
    pop3ana_engine *engine = new_engine(&seen, NULL, remember);
    struct conversation talk;
    conversation_init(&talk, engine);
    talk.server_port = 111;
    assert_int_equal(client_sends(&talk, SYN, ""), POP3ANA_NOT_POP3);
    pop3ana_frame empty = {sizeof(empty), NULL, 0, 2, START_NS, 1, 0};
    assert_int_equal(pop3ana_feed_frame(engine, &empty), POP3ANA_NOT_POP3);
    uint8_t bytes[MAX_FRAME];
    pop3ana_frame unknown = {sizeof(unknown), bytes, 0, 3, START_NS, 9999, 0};
    unknown.captured_bytes = build_segment(bytes, &talk, 0, ACK, "USER a\r\n");
    assert_int_equal(pop3ana_feed_frame(engine, &unknown), POP3ANA_NOT_POP3);
    talk.server_port = 110;
    assert_int_equal(client_sends(&talk, SYN, ""), POP3ANA_OK);
    const pop3ana_counters counters = counters_of(engine);
    assert_int_equal(counters.frames, 4);
    assert_int_equal(counters.frame_bytes, 2 * 54 + unknown.captured_bytes);
    assert_int_equal(counters.frames_undecodable, 1);
    assert_int_equal(counters.segments, 1);
    assert_int_equal(counters.connections, 1);
    pop3ana_engine_free(engine);
}

/* The data of a frame ends with its block, and so does a frame struct of the first release. */
static void frames_are_read_to_their_end_only(void **state) {
    (void)state;
    struct seen seen;
    pop3ana_engine *engine = new_engine(&seen, NULL, remember);
    struct conversation talk;
    conversation_init(&talk, engine);
    uint8_t bytes[MAX_FRAME];
    const size_t length = build_segment(bytes, &talk, 0, SYN, "USER a\r\n");
    for (size_t captured = 1; captured <= length; ++captured) {
        uint8_t *data = malloc(captured);
        memcpy(data, bytes, captured);
        pop3ana_frame *frame = malloc(FIRST_FRAME_BYTES);
        const pop3ana_frame whole = {FIRST_FRAME_BYTES, data, captured, captured, START_NS, 1, 0};
        memcpy(frame, &whole, FIRST_FRAME_BYTES);
        assert_true(pop3ana_feed_frame(engine, frame) >= 0);
        free(frame);
        free(data);
    }
    assert_int_equal(counters_of(engine).frames, length);
    pop3ana_engine_free(engine);
}

static void larger_frame_structs_are_fine_while_their_tail_is_zero(void **state) {
    (void)state;
    struct seen seen;
    pop3ana_engine *engine = new_engine(&seen, NULL, remember);
    struct {
        pop3ana_frame frame;
        uint64_t newer;
    } larger = {{sizeof(larger), NULL, 0, 1, START_NS, 1, 0}, 0};
    assert_int_equal(pop3ana_feed_frame(engine, &larger.frame), POP3ANA_NOT_POP3);
    larger.newer = 1;
    assert_int_equal(pop3ana_feed_frame(engine, &larger.frame), POP3ANA_E_UNSUPPORTED);
    assert_int_equal(counters_of(engine).frames, 1);
    pop3ana_engine_free(engine);
}

static void log_in(struct conversation *talk) {
    handshake(talk);
    server_sends(talk, ACK, "+OK ready\r\n");
    client_sends(talk, ACK, "USER alice\r\n");
    server_sends(talk, ACK, "+OK\r\n");
    client_sends(talk, ACK, "PASS pw\r\n");
    server_sends(talk, ACK, "+OK\r\n");
}

static void assert_event(const struct seen *seen, size_t i, uint32_t type, uint64_t frame,
                         uint64_t request_frame, uint32_t phase, int from_responder) {
    const pop3ana_event *event = &seen->events[i];
    assert_int_equal(event->struct_size, sizeof(*event));
    assert_int_equal(event->type, type);
    assert_int_equal(event->session, 1);
    assert_int_equal(event->frame, frame);
    assert_int_equal(event->first_frame, 4);
    assert_int_equal(event->request_frame, request_frame);
    assert_int_equal(event->ts_ns, START_NS + (int64_t)(frame - 1) * (SECOND_NS / 1000));
    assert_int_equal(event->phase, phase);
    assert_int_equal(event->from_responder, from_responder);
    assert_int_equal(event->in_log, 1);
    assert_int_equal(event->address_family, 4);
    assert_memory_equal(event->originator_address, "\x0a\0\0\x01", 4);
    assert_memory_equal(event->responder_address, "\x0a\0\0\x02", 4);
    assert_int_equal(event->originator_port, 40000);
    assert_int_equal(event->responder_port, 110);
}

static void events_tell_what_happened(void **state) {
    (void)state;
    struct seen seen;
    pop3ana_engine *engine = new_engine(&seen, NULL, remember);
    struct conversation talk;
    conversation_init(&talk, engine);
    log_in(&talk);
    assert_int_equal(seen.count, 7);
    enum { START = POP3ANA_PHASE_START, AUTH = POP3ANA_PHASE_AUTHORIZATION };
    assert_int_equal(seen.events[0].phase == START || seen.events[0].phase == AUTH, 1);
    assert_event(&seen, 0, POP3ANA_EVENT_NEW_CONNECTION, 4, 0, seen.events[0].phase, 1);
    assert_event(&seen, 1, POP3ANA_EVENT_REPLY, 4, 0, AUTH, 1);
    assert_event(&seen, 2, POP3ANA_EVENT_REQUEST, 5, seen.events[2].request_frame, AUTH, 0);
    assert_event(&seen, 3, POP3ANA_EVENT_REPLY, 6, 5, AUTH, 1);
    assert_event(&seen, 4, POP3ANA_EVENT_REQUEST, 7, seen.events[4].request_frame, AUTH, 0);
    assert_event(&seen, 5, POP3ANA_EVENT_LOGIN_SUCCESS, 8, 7, POP3ANA_PHASE_TRANSACTION, 1);
    assert_event(&seen, 6, POP3ANA_EVENT_REPLY, 8, 7, POP3ANA_PHASE_TRANSACTION, 1);
    assert_string_equal(seen.texts[1], "ready");
    assert_string_equal(seen.texts[2], "alice");
    assert_string_equal(seen.texts[4], "pw");
    assert_int_equal(seen.events[1].status, POP3ANA_STATUS_OK);
    assert_int_equal(seen.events[2].status, POP3ANA_STATUS_NONE);
    assert_string_equal(seen.lines[5],
                        "1700000000.007000 #1 > login successful: user alice password: pw");
    pop3ana_engine_free(engine);
}

static void strings_of_the_configuration_are_copied(void **state) {
    (void)state;
    char peer[] = "mx1", ports[] = "110", ignored[] = "STAT";
    pop3ana_config config;
    pop3ana_config_init(&config);
    config.peer_description = peer;
    config.ports = ports;
    config.ignore_commands = ignored;
    struct seen seen;
    pop3ana_engine *engine = new_engine(&seen, &config, remember);
    memset(peer, 'X', sizeof(peer) - 1);
    memset(ports, 'X', sizeof(ports) - 1);
    memset(ignored, 'X', sizeof(ignored) - 1);
    struct conversation talk;
    conversation_init(&talk, engine);
    log_in(&talk);
    assert_int_equal(seen.count, 7);
    assert_string_equal(seen.lines[1], "1700000000.003000 #mx1-1 < OK ready");
    pop3ana_engine_free(engine);
}

static void call_back(void *user_data, const pop3ana_event *event) {
    struct seen *seen = user_data;
    if (event->type != POP3ANA_EVENT_NEW_CONNECTION) return;
    const pop3ana_frame frame = {sizeof(frame), NULL, 0, 9, START_NS, 1, 0};
    if (pop3ana_feed_frame(seen->engine, &frame) == POP3ANA_E_REENTRANT) ++seen->count;
    if (pop3ana_tick(seen->engine, INT64_MAX) == POP3ANA_E_REENTRANT) ++seen->count;
    pop3ana_counters counters = {.struct_size = sizeof(counters)};
    if (pop3ana_counters_get(seen->engine, &counters) == POP3ANA_OK && counters.frames == 4)
        ++seen->count;
    pop3ana_engine_free(seen->engine);
}

static void callback_cannot_call_the_engine(void **state) {
    (void)state;
    struct seen seen;
    pop3ana_engine *engine = new_engine(&seen, NULL, call_back);
    struct conversation talk;
    conversation_init(&talk, engine);
    log_in(&talk);
    assert_int_equal(seen.count, 3);
    assert_int_equal(counters_of(engine).frames, 8);
    assert_int_equal(counters_of(engine).logins_succeeded, 1);
    pop3ana_engine_free(engine);
}

static void counters_are_copied_as_far_as_they_fit(void **state) {
    (void)state;
    struct seen seen;
    pop3ana_engine *engine = new_engine(&seen, NULL, remember);
    struct conversation talk;
    conversation_init(&talk, engine);
    log_in(&talk);
    const pop3ana_counters whole = counters_of(engine);
    for (size_t size = sizeof(size_t); size <= sizeof(whole) + 16; ++size) {
        unsigned char *part = malloc(size);
        memset(part, 0xff, size);
        memcpy(part, &size, sizeof(size));
        assert_int_equal(pop3ana_counters_get(engine, (pop3ana_counters *)(void *)part),
                         POP3ANA_OK);
        const size_t known = size < sizeof(whole) ? size : sizeof(whole);
        assert_memory_equal(part, &size, sizeof(size));
        assert_memory_equal(part + sizeof(size), (const char *)&whole + sizeof(size),
                            known - sizeof(size));
        for (size_t i = known; i < size; ++i)
            assert_int_equal(part[i], 0);
        free(part);
    }
    pop3ana_engine_free(engine);
}

static void tick_expires_gaps(void **state) {
    (void)state;
    struct seen seen;
    pop3ana_engine *engine = new_engine(&seen, NULL, remember);
    struct conversation talk;
    conversation_init(&talk, engine);
    log_in(&talk);
    client_sends(&talk, ACK, "RETR 1\r\n");
    talk.server_next += 100; /* lost */
    server_sends(&talk, ACK, "+OK in the body\r\n.\r\n");
    client_sends(&talk, ACK, "");
    const size_t before = seen.count;
    assert_int_equal(pop3ana_tick(engine, talk.now_ns + SECOND_NS / 2), POP3ANA_OK);
    assert_int_equal(pop3ana_tick(engine, START_NS), POP3ANA_OK);
    assert_int_equal(counters_of(engine).gaps, 0);
    assert_true(counters_of(engine).held_bytes > 0);
    assert_int_equal(pop3ana_tick(engine, talk.now_ns + 2 * SECOND_NS), POP3ANA_OK);
    assert_int_equal(counters_of(engine).gaps, 1);
    assert_int_equal(counters_of(engine).gap_bytes, 100);
    assert_int_equal(counters_of(engine).held_bytes, 0);
    assert_int_equal(counters_of(engine).replies_lost, 1);
    assert_true(seen.count > before);
    assert_int_equal(seen.events[before].type, POP3ANA_EVENT_ANOMALY);
    assert_int_equal(seen.events[before].anomaly, POP3ANA_ANOMALY_GAP);
    assert_int_equal(seen.events[before].lost_bytes, 100);
    pop3ana_engine_free(engine);
}

static void tick_forgets_errors_and_idle_connections(void **state) {
    (void)state;
    struct seen seen;
    pop3ana_engine *engine = new_engine(&seen, NULL, remember);
    struct conversation talk;
    conversation_init(&talk, engine);
    handshake(&talk);
    server_sends(&talk, ACK, "-ERR go away\r\n");
    assert_int_equal(seen.events[1].error_count, 1);
    assert_int_equal(counters_of(engine).clients, 1);
    const int64_t hour = 3600 * SECOND_NS;
    assert_int_equal(pop3ana_tick(engine, talk.now_ns + hour + SECOND_NS), POP3ANA_OK);
    assert_int_equal(counters_of(engine).clients, 0);
    assert_int_equal(counters_of(engine).connections_open, 1);
    assert_int_equal(pop3ana_tick(engine, talk.now_ns + 24 * hour + SECOND_NS), POP3ANA_OK);
    assert_int_equal(counters_of(engine).connections_open, 0);
    assert_int_equal(counters_of(engine).connections_idle, 1);
    pop3ana_engine_free(engine);
}

/* Times that no clock shows must not overflow anything. */
static void absurd_times_and_expiries_are_harmless(void **state) {
    (void)state;
    static const int64_t times[] = {INT64_MAX, INT64_MIN, 0, -1, START_NS, INT64_MAX - 1};
    pop3ana_config config;
    pop3ana_config_init(&config);
    config.error_expiry_ns = UINT64_MAX;
    config.error_threshold = 1;
    struct seen seen;
    pop3ana_engine *engine = new_engine(&seen, &config, remember);
    struct conversation talk;
    conversation_init(&talk, engine);
    handshake(&talk);
    for (size_t i = 0; i < sizeof(times) / sizeof(*times); ++i) {
        talk.now_ns = times[i] < INT64_MAX - SECOND_NS ? times[i] : INT64_MAX - SECOND_NS;
        assert_int_equal(server_sends(&talk, ACK, "-ERR\r\n"), POP3ANA_OK);
        assert_int_equal(pop3ana_tick(engine, times[i]), POP3ANA_OK);
    }
    assert_int_equal(counters_of(engine).frames, 9);
    pop3ana_engine_free(engine);
}

static void sessions_are_numbered_behind_those_before(void **state) {
    (void)state;
    pop3ana_config config;
    pop3ana_config_init(&config);
    config.sessions_before = 41;
    struct seen seen;
    pop3ana_engine *engine = new_engine(&seen, &config, remember);
    for (uint16_t number = 0; number < 2; ++number) {
        struct conversation talk;
        conversation_init(&talk, engine);
        talk.client_port = (uint16_t)(40000 + number);
        const size_t begin = seen.count;
        log_in(&talk);
        assert_true(seen.count > begin);
        for (size_t i = begin; i < seen.count; ++i)
            assert_int_equal(seen.events[i].session, 42 + number);
    }
    assert_int_equal(counters_of(engine).sessions, 2);
    pop3ana_engine_free(engine);
}

static void frames_and_events_name_their_connection(void **state) {
    (void)state;
    struct seen seen;
    pop3ana_engine *engine = new_engine(&seen, NULL, remember);
    assert_int_equal(pop3ana_frame_connection(engine), 0);
    struct conversation first, second;
    conversation_init(&first, engine);
    conversation_init(&second, engine);
    second.client_port = 40001;
    handshake(&first);
    assert_int_equal(pop3ana_frame_connection(engine), 1);
    log_in(&second);
    assert_int_equal(pop3ana_frame_connection(engine), 2);
    for (size_t i = 0; i < seen.count; ++i)
        assert_int_equal(seen.events[i].connection, 2);
    assert_int_equal(seen.events[0].session, 1);

    server_sends(&first, ACK, "+OK\r\n");
    assert_int_equal(pop3ana_frame_connection(engine), 1);
    assert_int_equal(seen.events[seen.count - 1].connection, 1);
    assert_int_equal(seen.events[seen.count - 1].session, 2);

    const pop3ana_frame other = {sizeof(other), NULL, 0, 99, START_NS, 1, 0};
    assert_int_equal(pop3ana_feed_frame(engine, &other), POP3ANA_NOT_POP3);
    assert_int_equal(pop3ana_frame_connection(engine), 0);

    server_sends(&second, FIN | ACK, "");
    client_sends(&second, FIN | ACK, "");
    assert_int_equal(server_sends(&second, ACK, ""), POP3ANA_NOT_POP3);
    assert_int_equal(pop3ana_frame_connection(engine), 2);

    second.client_next = 900000;
    handshake(&second);
    assert_int_equal(pop3ana_frame_connection(engine), 3);
    pop3ana_engine_free(engine);
    assert_int_equal(pop3ana_frame_connection(NULL), 0);
}

static void engines_share_nothing(void **state) {
    (void)state;
    struct seen one, two;
    struct conversation first, second;
    conversation_init(&first, new_engine(&one, NULL, remember));
    conversation_init(&second, new_engine(&two, NULL, remember));
    log_in(&first);
    assert_int_equal(two.count, 0);
    log_in(&second);
    assert_int_equal(two.events[0].session, 1);
    assert_string_equal(one.lines[5], two.lines[5]);
    pop3ana_engine_free(one.engine);
    client_sends(&second, ACK, "QUIT\r\n");
    assert_int_equal(two.count, 8);
    pop3ana_engine_free(two.engine);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(failed_calls_change_nothing),
        cmocka_unit_test(frames_without_pop3_are_counted),
        cmocka_unit_test(frames_are_read_to_their_end_only),
        cmocka_unit_test(larger_frame_structs_are_fine_while_their_tail_is_zero),
        cmocka_unit_test(events_tell_what_happened),
        cmocka_unit_test(strings_of_the_configuration_are_copied),
        cmocka_unit_test(callback_cannot_call_the_engine),
        cmocka_unit_test(counters_are_copied_as_far_as_they_fit),
        cmocka_unit_test(tick_expires_gaps),
        cmocka_unit_test(tick_forgets_errors_and_idle_connections),
        cmocka_unit_test(absurd_times_and_expiries_are_harmless),
        cmocka_unit_test(sessions_are_numbered_behind_those_before),
        cmocka_unit_test(frames_and_events_name_their_connection),
        cmocka_unit_test(engines_share_nothing),
    };
    return cmocka_run_group_tests_name("api.engine", tests, NULL, NULL);
}
