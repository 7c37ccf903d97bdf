/* The floor of the benchmark: reads a capture with libpcap and counts its packets, nothing else.
 * SPDX-License-Identifier: GPL-2.0-or-later */

#define _DEFAULT_SOURCE /* libpcap uses u_char and u_int, which C11 alone does not have */

#include <pcap/pcap.h>
#include <stdio.h>

static void count(u_char *user, const struct pcap_pkthdr *header, const u_char *bytes) {
    (void)header;
    (void)bytes;
    ++*(unsigned long long *)(void *)user;
}

int main(int argc, char **argv) {
    char why[PCAP_ERRBUF_SIZE];
    unsigned long long packets = 0;
    pcap_t *capture;

    if (argc != 2) {
        fputs("usage: empty_loop FILE\n", stderr);
        return 2;
    }
    capture = pcap_open_offline(argv[1], why);
    if (capture == NULL) {
        fprintf(stderr, "empty_loop: %s: %s\n", argv[1], why);
        return 1;
    }
    if (pcap_loop(capture, -1, count, (u_char *)&packets) != 0) {
        fprintf(stderr, "empty_loop: %s: %s\n", argv[1], pcap_geterr(capture));
        return 1;
    }
    pcap_close(capture);
    printf("%llu\n", packets);
    return 0;
}
