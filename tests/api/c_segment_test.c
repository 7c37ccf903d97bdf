/* pop3ana_feed_segment: segments of frames that the library cannot decode.
 * SPDX-License-Identifier: GPL-2.0-or-later */
#include "c_cmocka.h"
#include "c_frames.h"

#include <string.h>

enum {
    FIRST_SEGMENT_BYTES = 72,
    LOG_BYTES = 4096,
    ETHERNET = 1,
    UNKNOWN = 147,
    IP = 14,
    TCP = IP + 20
};

/* An engine, its log, and the conversation that it hears. */
struct heard {
    struct conversation talk;
    char log[LOG_BYTES];
    pop3ana_status nested; /* of a call from inside the callback */
};

static void append_line(void *user_data, const pop3ana_event *event) {
    struct heard *heard = user_data;
    const pop3ana_segment nothing = {.struct_size = sizeof(nothing), .address_family = 4};
    char line[256];
    heard->nested = pop3ana_feed_segment(heard->talk.engine, &nothing);
    if (pop3ana_format_log_line(event, line, sizeof(line)) == 0) return;
    strncat(heard->log, line, LOG_BYTES - strlen(heard->log) - 2);
    strcat(heard->log, "\n");
}

static void start(struct heard *heard) {
    pop3ana_config config;
    pop3ana_config_init(&config);
    memset(heard, 0, sizeof(*heard));
    const pop3ana_sink sink = {sizeof(sink), heard, append_line};
    pop3ana_engine *engine = NULL;
    assert_int_equal(pop3ana_engine_new(&config, &sink, &engine, NULL, 0), POP3ANA_OK);
    conversation_init(&heard->talk, engine);
}

static pop3ana_segment segment_of(const uint8_t *frame, size_t length) {
    pop3ana_segment segment = {.struct_size = sizeof(segment),
                               .data = frame + TCP,
                               .captured_bytes = length - TCP,
                               .sent_bytes = length - TCP,
                               .address_family = 4};
    memcpy(segment.source_address, frame + IP + 12, 4);
    memcpy(segment.destination_address, frame + IP + 16, 4);
    return segment;
}

/* A frame of the conversation, of the link type, and then the segment in it. */
static pop3ana_status both_doors(struct conversation *talk, uint32_t link_type, int from_server,
                                 unsigned flags, const char *text) {
    uint8_t bytes[MAX_FRAME];
    const size_t length = build_segment(bytes, talk, from_server, flags, text);
    const pop3ana_frame frame = {sizeof(frame), bytes,     length, ++talk->frame_number,
                                 talk->now_ns,  link_type, 0};
    uint32_t *next = from_server ? &talk->server_next : &talk->client_next;
    *next += (uint32_t)strlen(text) + ((flags & (SYN | FIN)) != 0);
    talk->now_ns += SECOND_NS;
    assert_true(pop3ana_feed_frame(talk->engine, &frame) >= 0);
    const pop3ana_segment segment = segment_of(bytes, length);
    return pop3ana_feed_segment(talk->engine, &segment);
}

static void hear_login(struct heard *heard, uint32_t link_type, pop3ana_status wanted) {
    static const struct {
        int from_server;
        unsigned flags;
        const char *text;
    } said[] = {
        {0, SYN, ""},       {1, SYN | ACK, ""},  {1, ACK, "+OK hello\r\n"}, {0, ACK, "USER b"},
        {0, ACK, "ob\r\n"}, {1, ACK, "+OK\r\n"}, {0, ACK, "PASS p\r\n"},    {1, ACK, "+OK in\r\n"},
    };
    start(heard);
    for (size_t i = 0; i < sizeof(said) / sizeof(said[0]); ++i)
        assert_int_equal(
            both_doors(&heard->talk, link_type, said[i].from_server, said[i].flags, said[i].text),
            wanted);
    assert_int_equal(pop3ana_frame_connection(heard->talk.engine), 1);
    assert_int_equal(heard->nested, POP3ANA_E_REENTRANT);
    pop3ana_engine_free(heard->talk.engine);
}

static void both_doors_give_the_same_log(void **state) {
    (void)state;
    struct heard by_frame, by_segment;
    hear_login(&by_frame, ETHERNET, POP3ANA_NOT_POP3);
    hear_login(&by_segment, UNKNOWN, POP3ANA_OK);
    assert_non_null(strstr(by_frame.log, "login successful: user bob"));
    assert_string_equal(by_segment.log, by_frame.log);
}

static void a_frame_that_was_decoded_is_not_taken_twice(void **state) {
    (void)state;
    struct heard heard;
    start(&heard);
    assert_int_equal(both_doors(&heard.talk, ETHERNET, 0, SYN, ""), POP3ANA_NOT_POP3);
    /* A malformed one: the Internet header is cut. */
    uint8_t bytes[MAX_FRAME];
    const size_t length = build_segment(bytes, &heard.talk, 0, ACK, "USER bob\r\n");
    const pop3ana_frame cut = {sizeof(cut), bytes, IP + 10, 2, START_NS, ETHERNET, 0};
    assert_int_equal(pop3ana_feed_frame(heard.talk.engine, &cut), POP3ANA_NOT_POP3);
    const pop3ana_segment segment = segment_of(bytes, length);
    assert_int_equal(pop3ana_feed_segment(heard.talk.engine, &segment), POP3ANA_NOT_POP3);
    pop3ana_engine_free(heard.talk.engine);
    /* Before any frame. */
    start(&heard);
    assert_int_equal(pop3ana_feed_segment(heard.talk.engine, &segment), POP3ANA_NOT_POP3);
    pop3ana_engine_free(heard.talk.engine);
}

static void what_is_no_segment_is_refused(void **state) {
    (void)state;
    struct heard heard;
    start(&heard);
    uint8_t bytes[MAX_FRAME];
    const size_t length = build_segment(bytes, &heard.talk, 0, SYN, "");
    const pop3ana_frame frame = {sizeof(frame), bytes, length, 1, START_NS, UNKNOWN, 0};
    assert_int_equal(pop3ana_feed_frame(heard.talk.engine, &frame), POP3ANA_NOT_POP3);
    const pop3ana_segment good = segment_of(bytes, length);
    pop3ana_segment bad;
    assert_int_equal(pop3ana_feed_segment(NULL, &good), POP3ANA_E_INVALID);
    assert_int_equal(pop3ana_feed_segment(heard.talk.engine, NULL), POP3ANA_E_INVALID);
    bad = good, bad.struct_size = FIRST_SEGMENT_BYTES - 1;
    assert_int_equal(pop3ana_feed_segment(heard.talk.engine, &bad), POP3ANA_E_INVALID);
    bad = good, bad.data = NULL;
    assert_int_equal(pop3ana_feed_segment(heard.talk.engine, &bad), POP3ANA_E_INVALID);
    bad = good, bad.sent_bytes = 19;
    assert_int_equal(pop3ana_feed_segment(heard.talk.engine, &bad), POP3ANA_E_INVALID);
    bad = good, bad.sent_bytes = SIZE_MAX;
    assert_int_equal(pop3ana_feed_segment(heard.talk.engine, &bad), POP3ANA_E_INVALID);
    bad = good, bad.address_family = 0;
    assert_int_equal(pop3ana_feed_segment(heard.talk.engine, &bad), POP3ANA_E_INVALID);
    bad = good, bad.reserved[6] = 1;
    assert_int_equal(pop3ana_feed_segment(heard.talk.engine, &bad), POP3ANA_E_UNSUPPORTED);
    bad = good, bad.captured_bytes = 19;
    assert_int_equal(pop3ana_feed_segment(heard.talk.engine, &bad), POP3ANA_NOT_POP3);
    assert_int_equal(pop3ana_feed_segment(heard.talk.engine, &good), POP3ANA_OK);
    pop3ana_engine_free(heard.talk.engine);
}

static void what_was_not_captured_is_missing(void **state) {
    (void)state;
    struct heard heard;
    start(&heard);
    both_doors(&heard.talk, UNKNOWN, 0, SYN, "");
    both_doors(&heard.talk, UNKNOWN, 1, SYN | ACK, "");
    uint8_t bytes[MAX_FRAME];
    const size_t length = build_segment(bytes, &heard.talk, 1, ACK, "+OK hello\r\n");
    const pop3ana_frame frame = {sizeof(frame), bytes, length, 3, START_NS, UNKNOWN, 0};
    pop3ana_feed_frame(heard.talk.engine, &frame);
    pop3ana_segment segment = segment_of(bytes, length);
    segment.captured_bytes -= 4;
    assert_int_equal(pop3ana_feed_segment(heard.talk.engine, &segment), POP3ANA_OK);
    pop3ana_counters counters = {.struct_size = sizeof(counters)};
    assert_int_equal(pop3ana_counters_get(heard.talk.engine, &counters), POP3ANA_OK);
    assert_int_equal(counters.tcp_bytes, 7);
    assert_int_equal(counters.segments_truncated, 1);
    pop3ana_engine_free(heard.talk.engine);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(both_doors_give_the_same_log),
        cmocka_unit_test(a_frame_that_was_decoded_is_not_taken_twice),
        cmocka_unit_test(what_is_no_segment_is_refused),
        cmocka_unit_test(what_was_not_captured_is_missing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
