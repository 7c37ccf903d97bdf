/* Uses nothing but the installed header and library: prints the log of an Ethernet capture file in
 * this machine's byte order with microseconds.
 * SPDX-License-Identifier: GPL-2.0-or-later */

#include <pop3ana/pop3ana.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void print_line(void *user_data, const pop3ana_event *event) {
    char line[4096];
    if (pop3ana_format_log_line(event, line, sizeof(line)) > 0) {
        fprintf((FILE *)user_data, "%s\n", line);
    }
}

int main(int argc, char **argv) {
    static unsigned char bytes[262144];
    unsigned char file_header[24];
    uint32_t header[4]; /* seconds, microseconds, captured, on the wire */
    char why[128];
    pop3ana_config config;
    pop3ana_sink sink = {.struct_size = sizeof(sink), .on_event = print_line};
    pop3ana_engine *engine = NULL;
    pop3ana_counters counters = {.struct_size = sizeof(counters)};
    pop3ana_frame frame = {.struct_size = sizeof(frame)};
    FILE *file;

    if (argc != 2 || (file = fopen(argv[1], "rb")) == NULL) {
        fputs("usage: show_log FILE\n", stderr);
        return 2;
    }
    if (fread(file_header, sizeof(file_header), 1, file) != 1) {
        return 1;
    }
    pop3ana_config_init(&config);
    sink.user_data = stdout;
    if (pop3ana_engine_new(&config, &sink, &engine, why, sizeof(why)) != POP3ANA_OK) {
        fprintf(stderr, "show_log: %s\n", why);
        return 1;
    }
    while (fread(header, sizeof(header), 1, file) == 1 && header[2] <= sizeof(bytes) &&
           fread(bytes, 1, header[2], file) == header[2]) {
        frame.data = bytes;
        frame.captured_bytes = header[2];
        frame.number++;
        frame.ts_ns = (int64_t)header[0] * 1000000000 + (int64_t)header[1] * 1000;
        frame.link_type = 1;
        if (pop3ana_feed_frame(engine, &frame) < 0) {
            fputs("show_log: a frame was refused\n", stderr);
            return 1;
        }
    }
    pop3ana_counters_get(engine, &counters);
    pop3ana_engine_free(engine);
    fclose(file);
    fprintf(stderr, "%s: %llu frames, %llu sessions\n", pop3ana_version(),
            (unsigned long long)counters.frames, (unsigned long long)counters.sessions);
    return 0;
}
