/* pop3ana_select_frame: which frames the events of a capture may depend on.
 * SPDX-License-Identifier: GPL-2.0-or-later */
#include "c_cmocka.h"
#include "c_frames.h"

#include <string.h>

enum { ETHERNET = 1, RAW_IP = 101, IPV4_FLAGS = 14 + 6, IPV4_PROTOCOL = 14 + 9 };

static void count(void *user_data, const pop3ana_event *event) {
    (void)event;
    ++*(int *)user_data;
}

static pop3ana_engine *new_engine(const char *ports, int *events) {
    pop3ana_config config;
    pop3ana_config_init(&config);
    config.ports = ports;
    const pop3ana_sink sink = {sizeof(sink), events, count};
    pop3ana_engine *engine = NULL;
    assert_int_equal(pop3ana_engine_new(&config, &sink, &engine, NULL, 0), POP3ANA_OK);
    return engine;
}

/* What is changed of a segment between the ports. */
struct row {
    const char *what;
    const char *ports;
    uint16_t client_port, server_port;
    unsigned flags;
    size_t at;
    uint8_t byte;
    uint32_t link_type;
    pop3ana_status expected;
};

static const struct row rows[] = {
    {"to a POP3 port", "110", 40000, 110, ACK, 0, 2, ETHERNET, POP3ANA_OK},
    {"from a POP3 port", "110", 110, 40000, ACK, 0, 2, ETHERNET, POP3ANA_OK},
    {"RST of no connection", "110", 40000, 110, RST, 0, 2, ETHERNET, POP3ANA_OK},
    {"another port", "110", 40000, 80, ACK, 0, 2, ETHERNET, POP3ANA_NOT_POP3},
    {"any port", "auto", 40000, 80, ACK, 0, 2, ETHERNET, POP3ANA_OK},
    {"first fragment", "110", 40000, 80, ACK, IPV4_FLAGS, 0x20, ETHERNET, POP3ANA_OK},
    {"last fragment", "110", 40000, 80, ACK, IPV4_FLAGS + 1, 9, ETHERNET, POP3ANA_OK},
    {"ICMP", "110", 40000, 110, ACK, IPV4_PROTOCOL, 1, ETHERNET, POP3ANA_NOT_POP3},
    {"ICMP, any port", "auto", 40000, 110, ACK, IPV4_PROTOCOL, 1, ETHERNET, POP3ANA_NOT_POP3},
    {"wrong checksum", "110", 40000, 110, ACK, 14 + 10, 0xff, ETHERNET, POP3ANA_OK},
    {"unknown link type", "auto", 40000, 110, ACK, 0, 2, 147, POP3ANA_NOT_POP3},
};

static void a_frame_is_selected_by_itself(void **state) {
    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); ++i) {
        const struct row *row = &rows[i];
        int events = 0;
        pop3ana_engine *engine = new_engine(row->ports, &events);
        struct conversation talk;
        conversation_init(&talk, engine);
        talk.client_port = row->client_port;
        talk.server_port = row->server_port;
        uint8_t bytes[MAX_FRAME];
        const size_t size = build_segment(bytes, &talk, 0, row->flags, "NOOP\r\n");
        bytes[row->at] = row->byte;
        const pop3ana_frame frame = {sizeof(frame), bytes, size, 1, START_NS, row->link_type, 0};
        for (int again = 0; again < 3; ++again) {
            if (pop3ana_select_frame(engine, &frame) != row->expected) fail_msg("%s", row->what);
        }
        pop3ana_engine_free(engine);
    }
}

static void selecting_leaves_the_engine_alone(void **state) {
    (void)state;
    int events = 0;
    pop3ana_engine *engine = new_engine("110", &events);
    struct conversation talk;
    conversation_init(&talk, engine);
    uint8_t bytes[MAX_FRAME];
    const size_t size = build_segment(bytes, &talk, 1, ACK, "-ERR no\r\n");
    const pop3ana_frame frame = {sizeof(frame), bytes, size, 1, START_NS, ETHERNET, 0};
    const pop3ana_frame empty = {sizeof(empty), NULL, 0, 1, START_NS, ETHERNET, 0};
    assert_int_equal(pop3ana_select_frame(engine, &frame), POP3ANA_OK);
    assert_int_equal(pop3ana_select_frame(engine, &empty), POP3ANA_NOT_POP3);
    pop3ana_counters counters;
    memset(&counters, 0, sizeof(counters));
    counters.struct_size = sizeof(counters);
    pop3ana_counters_get(engine, &counters);
    assert_int_equal(counters.frames, 0);
    assert_int_equal(counters.frames_malformed, 0);
    assert_int_equal(pop3ana_frame_connection(engine), 0);
    assert_int_equal(events, 0);
    pop3ana_engine_free(engine);
}

static void misuse_is_refused(void **state) {
    (void)state;
    int events = 0;
    pop3ana_engine *engine = new_engine("110", &events);
    const uint8_t byte = 0;
    pop3ana_frame frame = {sizeof(frame), &byte, 1, 1, START_NS, RAW_IP, 0};
    assert_int_equal(pop3ana_select_frame(NULL, &frame), POP3ANA_E_INVALID);
    assert_int_equal(pop3ana_select_frame(engine, NULL), POP3ANA_E_INVALID);
    frame.data = NULL;
    assert_int_equal(pop3ana_select_frame(engine, &frame), POP3ANA_E_INVALID);
    frame.struct_size = 1;
    assert_int_equal(pop3ana_select_frame(engine, &frame), POP3ANA_E_INVALID);
    pop3ana_engine_free(engine);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_frame_is_selected_by_itself),
        cmocka_unit_test(selecting_leaves_the_engine_alone),
        cmocka_unit_test(misuse_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
