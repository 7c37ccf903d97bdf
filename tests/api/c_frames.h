/* Frames for tests in C: Ethernet, IPv4, TCP without options, payload.
 * SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef POP3ANA_TESTS_C_FRAMES_H
#define POP3ANA_TESTS_C_FRAMES_H

#include <pop3ana/pop3ana.h>

#define SECOND_NS INT64_C(1000000000)
#define START_NS (INT64_C(1700000000) * SECOND_NS)

enum { FIN = 1, SYN = 2, RST = 4, ACK = 16, MAX_FRAME = 1514 };

/* One side of a conversation sends; the other's numbers are its acknowledgements. */
struct conversation {
    pop3ana_engine *engine;
    uint16_t client_port, server_port;
    uint32_t client_next, server_next;
    uint64_t frame_number;
    int64_t now_ns;
};

void conversation_init(struct conversation *talk, pop3ana_engine *engine);

/* Feeds a segment of the client (or the server); `text` may be empty. */
pop3ana_status client_sends(struct conversation *talk, unsigned flags, const char *text);
pop3ana_status server_sends(struct conversation *talk, unsigned flags, const char *text);

/* SYN, SYN-ACK, ACK. */
void handshake(struct conversation *talk);

/* The frame of a segment, without feeding it; returns its length. */
size_t build_segment(uint8_t frame[MAX_FRAME], const struct conversation *talk, int from_server,
                     unsigned flags, const char *text);

#endif
