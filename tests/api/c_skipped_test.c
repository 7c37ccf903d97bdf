/* pop3ana_skipped_next: what frames held that had nothing for the analyzer.
 * SPDX-License-Identifier: GPL-2.0-or-later */
#include "c_cmocka.h"
#include "c_frames.h"

#include <string.h>

enum { ETHERNET = 1, RAW_IP = 101, WLAN = 105, PPP = 9, PPI = 192, ERF = 197, NFLOG = 239 };

static void ignore(void *user_data, const pop3ana_event *event) {
    (void)user_data;
    (void)event;
}

static pop3ana_engine *new_engine(void) {
    pop3ana_config config;
    pop3ana_config_init(&config);
    const pop3ana_sink sink = {sizeof(sink), NULL, ignore};
    pop3ana_engine *engine = NULL;
    assert_int_equal(pop3ana_engine_new(&config, &sink, &engine, NULL, 0), POP3ANA_OK);
    return engine;
}

static void feed(pop3ana_engine *engine, uint32_t link_type, const uint8_t *bytes, size_t size) {
    const pop3ana_frame frame = {sizeof(frame), bytes, size, 1, START_NS, link_type, 0};
    assert_int_equal(pop3ana_feed_frame(engine, &frame), POP3ANA_NOT_POP3);
}

/* The next entry must be this one. */
static void expect(const pop3ana_engine *engine, pop3ana_skipped *entry, uint32_t kind,
                   uint32_t number, uint64_t frames) {
    assert_int_equal(pop3ana_skipped_next(engine, entry), POP3ANA_OK);
    assert_int_equal(entry->frames, frames);
    if (frames == 0) return;
    assert_int_equal(entry->kind, kind);
    assert_int_equal(entry->number, number);
}

struct row {
    uint32_t link_type;
    const char *bytes;
    size_t size;
    uint32_t kind, number;
};

#define ROW(link_type, bytes, kind, number)                                                        \
    { link_type, bytes, sizeof(bytes) - 1, POP3ANA_SKIPPED_##kind, number }
#define MACS "\2\0\0\0\0\1\2\0\0\0\0\2"
#define IPV4(protocol, rest) "\x45\0\0\x1c\0\0\0\0\x40" protocol "\0\0\x0a\0\0\1\x0a\0\0\2" rest
#define WIFI "\0\0\2\0\0\0\0\1\2\0\0\0\0\2\2\0\0\0\0\3\0\0"

static const struct row rows[] = {
    ROW(147, "anything", LINK_TYPE, 147),
    ROW(0x10001, "anything", LINK_TYPE, 65535),
    ROW(ETHERNET, MACS "\x08\x06 ARP", ETHER_TYPE, 0x0806),
    ROW(ETHERNET, MACS "\x88\xcc LLDP", ETHER_TYPE, 0x88cc),
    ROW(ETHERNET, MACS "\x81\0\0\7\x88\xcc behind VLAN", ETHER_TYPE, 0x88cc),
    ROW(ETHERNET, MACS "\0\x26\x42\x42\3 spanning tree", ETHER_TYPE, 0),
    ROW(PPP, "\xff\3\xc0\x21\1\1\0\4", PPP_PROTOCOL, 0xc021),
    ROW(WLAN, "\x80\0" WIFI, WLAN, 0x0080),
    ROW(WLAN, "\x88\x41" WIFI "\0\0 secret", WLAN, 0x4088),
    ROW(WLAN, "\x08\1" WIFI "\x42\x42\3 spanning tree", ETHER_TYPE, 0),
    ROW(RAW_IP, "\x70 IP version 7", IP_VERSION, 7),
    ROW(RAW_IP, IPV4("\1", "12345678"), IP_PROTOCOL, 1),
    ROW(RAW_IP, IPV4("\x84", "12345678"), IP_PROTOCOL, 132),
    /* PPTP that only acknowledges, UDP cut inside its header, a part of an ICMP message */
    ROW(RAW_IP, IPV4("\x2f", "\x20\x81\x88\x0b 123"), IP_PROTOCOL, 47),
    ROW(RAW_IP, IPV4("\x11", "1234"), IP_PROTOCOL, 17),
    ROW(RAW_IP,
        "\x45\0\0\x1c\0\0\x20\0\x40\1\0\0\x0a\0\0\1\x0a\0\0\2"
        "12345678",
        IP_PROTOCOL, 1),
    /* The lower port, whoever sends; a tunnel's port without the tunnel */
    ROW(RAW_IP, IPV4("\x11", "\0\x35\x9c\x40\0\x08\0\0"), UDP_PORT, 53),
    ROW(RAW_IP, IPV4("\x11", "\x9c\x40\0\x35\0\x08\0\0"), UDP_PORT, 53),
    ROW(RAW_IP, IPV4("\x11", "\x9c\x40\x12\xb5\0\x08\0\0"), UDP_PORT, 4789),
    ROW(RAW_IP, IPV4("\x11", "\x9c\x40\x17\xc1\0\x08\0\0"), UDP_PORT, 6081),
    ROW(RAW_IP, IPV4("\x11", "\x9c\x40\x08\x68\0\x08\0\0"), UDP_PORT, 2152),
    ROW(RAW_IP, IPV4("\x11", "\x9c\x40\x14\x7f\0\x08\0\0"), UDP_PORT, 5247),
    ROW(RAW_IP, IPV4("\x61", "\x20\0 EtherIP 2"), IP_PROTOCOL, 97),
    ROW(RAW_IP, IPV4("\x73", "\0\0\0\0 L2TP control"), IP_PROTOCOL, 115),
    ROW(NFLOG, "\2\0\0\1 no packet", LINK_TYPE, NFLOG),
    ROW(ERF, "12345678\5\4 multichannel HDLC", LINK_TYPE, ERF),
    /* What a tunnel or a header holds counts, not they. */
    ROW(PPI, "\0\0\x08\0\x93\0\0\0 anything", LINK_TYPE, 147),
    ROW(ETHERNET, MACS "\x88\xe7\0\0\0\1" MACS "\x08\x06 ARP", ETHER_TYPE, 0x0806),
    ROW(ETHERNET, MACS "\x88\x47\0\1\1\x40\0\0\0\0" MACS "\x08\x06 ARP", IP_VERSION, 0),
    ROW(RAW_IP, "\x45\0\0\x30\0\0\0\0\x40\4\0\0\x0a\0\0\1\x0a\0\0\2" IPV4("\1", "12345678"),
        IP_PROTOCOL, 1),
};

static void each_frame_counts_once_by_what_it_held(void **state) {
    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); ++i) {
        pop3ana_engine *engine = new_engine();
        feed(engine, rows[i].link_type, (const uint8_t *)rows[i].bytes, rows[i].size);
        pop3ana_skipped entry = {.struct_size = sizeof(entry)};
        expect(engine, &entry, rows[i].kind, rows[i].number, 1);
        expect(engine, &entry, 0, 0, 0);
        pop3ana_engine_free(engine);
    }
}

static void feed_segment(pop3ana_engine *engine, uint16_t client, uint16_t server, int from_server,
                         const char *text) {
    struct conversation talk;
    conversation_init(&talk, engine);
    talk.client_port = client;
    talk.server_port = server;
    uint8_t bytes[MAX_FRAME];
    feed(engine, ETHERNET, bytes, build_segment(bytes, &talk, from_server, ACK, text));
}

static void segments_of_other_ports_count_by_the_lower_one(void **state) {
    (void)state;
    pop3ana_engine *engine = new_engine();
    feed_segment(engine, 40000, 995, 0, "\x16\3\1 hello");
    feed_segment(engine, 40000, 995, 1, "\x17\3\3 data");
    feed_segment(engine, 40000, 995, 1, "\x16\2 neither");
    feed_segment(engine, 40000, 995, 1, "\x15\3\3 neither");
    feed_segment(engine, 40000, 995, 0, "");
    feed_segment(engine, 40000, 1110, 1, "+OK ready\r\n");
    feed_segment(engine, 40000, 1110, 1, "+OK\r\n"); /* Redis says so */
    feed_segment(engine, 40000, 50000, 1,
                 "+OK ready\r\n"); /* the port it comes from, not the lower */
    pop3ana_skipped entry = {.struct_size = sizeof(entry)};
    expect(engine, &entry, POP3ANA_SKIPPED_TCP_PORT, 995, 5);
    expect(engine, &entry, POP3ANA_SKIPPED_TCP_PORT, 1110, 2);
    expect(engine, &entry, POP3ANA_SKIPPED_TCP_PORT, 40000, 1);
    expect(engine, &entry, POP3ANA_SKIPPED_TLS_PORT, 995, 2);
    expect(engine, &entry, POP3ANA_SKIPPED_POP3_PORT, 1110, 1);
    expect(engine, &entry, POP3ANA_SKIPPED_POP3_PORT, 50000, 1);
    expect(engine, &entry, 0, 0, 0);
    pop3ana_engine_free(engine);
}

static void pop3_is_not_among_them(void **state) {
    (void)state;
    struct conversation talk;
    conversation_init(&talk, new_engine());
    handshake(&talk);
    server_sends(&talk, ACK, "+OK ready\r\n");
    client_sends(&talk, ACK, "QUIT\r\n");
    pop3ana_skipped entry = {.struct_size = sizeof(entry)};
    expect(talk.engine, &entry, 0, 0, 0);
    pop3ana_engine_free(talk.engine);
}

/* IP, tags, and what holds other frames. */
static const uint16_t decoded[] = {0x0800, 0x6558, 0x8100, 0x8200, 0x86dd, 0x8847,
                                   0x8848, 0x8864, 0x88a8, 0x88e7, 0x8909, 0x8926,
                                   0x893f, 0x8988, 0x9100, 0x9200, 0x9300};
enum { DECODED = sizeof(decoded) / sizeof(decoded[0]) };

static int is_decoded(unsigned type) {
    for (size_t i = 0; i < DECODED; ++i)
        if (decoded[i] == type) return 1;
    return 0;
}

/* Whoever sends all numbers makes no other one lost. */
static void every_number_is_counted(void **state) {
    (void)state;
    pop3ana_engine *engine = new_engine();
    uint8_t frame[60] = MACS;
    for (unsigned round = 0; round < 2; ++round) {
        for (unsigned type = 0x0600; type <= 0xffff; ++type) {
            if (is_decoded(type)) continue;
            frame[12] = (uint8_t)(type >> 8);
            frame[13] = (uint8_t)type;
            feed(engine, ETHERNET, frame, sizeof(frame));
        }
    }
    pop3ana_skipped entry = {.struct_size = sizeof(entry)};
    unsigned numbers = 0;
    uint32_t last = 0;
    while (pop3ana_skipped_next(engine, &entry) == POP3ANA_OK && entry.frames != 0) {
        assert_int_equal(entry.kind, POP3ANA_SKIPPED_ETHER_TYPE);
        assert_int_equal(entry.frames, 2);
        assert_true(entry.number > last);
        last = entry.number;
        ++numbers;
    }
    assert_int_equal(numbers, 0x10000 - 0x0600 - DECODED);
    pop3ana_engine_free(engine);
}

static void wrong_calls_are_refused(void **state) {
    (void)state;
    pop3ana_engine *engine = new_engine();
    pop3ana_skipped entry = {.struct_size = sizeof(entry)};
    assert_int_equal(pop3ana_skipped_next(NULL, &entry), POP3ANA_E_INVALID);
    assert_int_equal(pop3ana_skipped_next(engine, NULL), POP3ANA_E_INVALID);
    for (entry.struct_size = 0; entry.struct_size < sizeof(entry); ++entry.struct_size)
        assert_int_equal(pop3ana_skipped_next(engine, &entry), POP3ANA_E_INVALID);
    /* Behind the last kind there is nothing, whatever the number. */
    const pop3ana_skipped last = {sizeof(last), 1, UINT32_MAX, UINT32_MAX};
    entry = last;
    expect(engine, &entry, 0, 0, 0);
    pop3ana_engine_free(engine);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_frame_counts_once_by_what_it_held),
        cmocka_unit_test(segments_of_other_ports_count_by_the_lower_one),
        cmocka_unit_test(pop3_is_not_among_them),
        cmocka_unit_test(every_number_is_counted),
        cmocka_unit_test(wrong_calls_are_refused),
    };
    return cmocka_run_group_tests_name("api.skipped", tests, NULL, NULL);
}
