/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "c_frames.h"

#include <string.h>

static void put(uint8_t *at, size_t width, uint32_t value) {
    while (width-- > 0) {
        at[width] = (uint8_t)value;
        value >>= 8;
    }
}

void conversation_init(struct conversation *talk, pop3ana_engine *engine) {
    const struct conversation fresh = {engine, 40000, 110, 1000, 5000, 0, START_NS};
    *talk = fresh;
}

size_t build_segment(uint8_t frame[MAX_FRAME], const struct conversation *talk, int from_server,
                     unsigned flags, const char *text) {
    enum { IP = 14, TCP = IP + 20, PAYLOAD = TCP + 20 };
    static const uint8_t addresses[2][4] = {{10, 0, 0, 1}, {10, 0, 0, 2}};
    const size_t length = strlen(text);
    memset(frame, 0, MAX_FRAME);
    put(frame + 12, 2, 0x0800);
    frame[IP] = 0x45;
    put(frame + IP + 2, 2, (uint32_t)(20 + 20 + length));
    frame[IP + 8] = 64;
    frame[IP + 9] = 6;
    memcpy(frame + IP + 12, addresses[from_server], 4);
    memcpy(frame + IP + 16, addresses[!from_server], 4);
    put(frame + TCP, 2, from_server ? talk->server_port : talk->client_port);
    put(frame + TCP + 2, 2, from_server ? talk->client_port : talk->server_port);
    put(frame + TCP + 4, 4, from_server ? talk->server_next : talk->client_next);
    if (flags & ACK) put(frame + TCP + 8, 4, from_server ? talk->client_next : talk->server_next);
    frame[TCP + 12] = 5 << 4;
    frame[TCP + 13] = (uint8_t)flags;
    memcpy(frame + PAYLOAD, text, length);
    return PAYLOAD + length;
}

static pop3ana_status send(struct conversation *talk, int from_server, unsigned flags,
                           const char *text) {
    uint8_t bytes[MAX_FRAME];
    pop3ana_frame frame = {sizeof(frame), bytes, 0, ++talk->frame_number, talk->now_ns, 1, 0};
    frame.captured_bytes = build_segment(bytes, talk, from_server, flags, text);
    uint32_t *next = from_server ? &talk->server_next : &talk->client_next;
    *next += (uint32_t)strlen(text) + ((flags & (SYN | FIN)) != 0);
    talk->now_ns += SECOND_NS / 1000;
    return pop3ana_feed_frame(talk->engine, &frame);
}

pop3ana_status client_sends(struct conversation *talk, unsigned flags, const char *text) {
    return send(talk, 0, flags, text);
}

pop3ana_status server_sends(struct conversation *talk, unsigned flags, const char *text) {
    return send(talk, 1, flags, text);
}

void handshake(struct conversation *talk) {
    client_sends(talk, SYN, "");
    server_sends(talk, SYN | ACK, "");
    client_sends(talk, ACK, "");
}
