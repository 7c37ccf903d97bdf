/* Who logged in, from where, by which mechanism, and with what result: one line for each login in a
 * capture file.
 *
 *     cc login_results.c -o login_results $(pkg-config --cflags --libs pop3ana libpcap)
 *     ./login_results FILE [PORTS]
 *
 * Status 0; 1: the file cannot be read; 2: the ports are wrong.
 * SPDX-License-Identifier: GPL-2.0-or-later */
#include <inttypes.h>
#include <pcap/pcap.h>
#include <pop3ana/pop3ana.h>
#include <stdio.h>

/* What is in an event is borrowed: it is printed, or copied, before this returns. */
static void print_login(void *user_data, const pop3ana_event *event) {
    FILE *out = user_data;
    char client[46], user[1024];
    if (event->type != POP3ANA_EVENT_LOGIN_SUCCESS && event->type != POP3ANA_EVENT_LOGIN_FAILURE)
        return;
    pop3ana_format_address(event->originator_family, event->originator_address, client,
                           sizeof(client));
    pop3ana_escape(event->user, user, sizeof(user)); /* any byte may be in a name */
    fprintf(out, "session %" PRIu64 "\t%s\t%s\t%.*s\t%s\n", event->session, client, user,
            (int)event->mechanism.len, event->mechanism.ptr,
            event->type == POP3ANA_EVENT_LOGIN_SUCCESS ? "success" : "failure");
}

static pop3ana_engine *new_engine(const char *ports) {
    pop3ana_config config;
    pop3ana_config_init(&config);
    if (ports != NULL) config.ports = ports;
    config.redact = 1; /* passwords are not needed: then they stay where they are */
    const pop3ana_sink sink = {
        .struct_size = sizeof(sink), .user_data = stdout, .on_event = print_login};
    pop3ana_engine *engine = NULL;
    char why[256];
    if (pop3ana_engine_new(&config, &sink, &engine, why, sizeof(why)) != POP3ANA_OK)
        fprintf(stderr, "login_results: %s\n", why);
    return engine;
}

int main(int argc, char **argv) {
    if (argc < 2 || argc > 3) {
        fputs("usage: login_results FILE [PORTS]\n", stderr);
        return 2;
    }
    char why[PCAP_ERRBUF_SIZE];
    pcap_t *capture =
        pcap_open_offline_with_tstamp_precision(argv[1], PCAP_TSTAMP_PRECISION_NANO, why);
    if (capture == NULL) {
        fprintf(stderr, "login_results: %s\n", why);
        return 1;
    }
    pop3ana_engine *engine = new_engine(argc > 2 ? argv[2] : NULL);
    if (engine == NULL) {
        pcap_close(capture);
        return 2;
    }
    pop3ana_frame frame = {.struct_size = sizeof(frame),
                           .link_type = (uint32_t)pcap_datalink(capture)};
    struct pcap_pkthdr *header;
    int status;
    while ((status = pcap_next_ex(capture, &header, &frame.data)) == 1) {
        frame.captured_bytes = header->caplen;
        frame.number++;
        /* With that precision libpcap puts nanoseconds where the name says microseconds. */
        frame.ts_ns = (int64_t)header->ts.tv_sec * 1000000000 + header->ts.tv_usec;
        if (pop3ana_feed_frame(engine, &frame) < 0) fputs("login_results: out of memory\n", stderr);
    }
    if (status == PCAP_ERROR) fprintf(stderr, "login_results: %s\n", pcap_geterr(capture));
    pop3ana_engine_free(engine);
    pcap_close(capture);
    return status == PCAP_ERROR ? 1 : 0;
}
