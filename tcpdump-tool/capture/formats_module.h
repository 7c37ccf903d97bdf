/* What pop3dump asks of a module that reads formats it does not know itself: pop3dump-formats.so.
 * The module is of the same version as pop3dump; `version` guards against another one that lies
 * where it is looked for.
 * SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef POP3DUMP_FORMATS_MODULE_H
#define POP3DUMP_FORMATS_MODULE_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#define POP3DUMP_FORMATS_VERSION 1u
#define POP3DUMP_FORMATS_SYMBOL "pop3dump_formats_get"

/* A link type that no capture has: the packet is counted as one that is not decoded. */
#define POP3DUMP_FORMATS_NO_LINK_TYPE 0xffffu

typedef struct pop3dump_formats_file pop3dump_formats_file;

typedef struct pop3dump_formats_packet {
    int64_t ts_ns;       /* since 1970-01-01 UTC */
    const uint8_t *data; /* valid until the next call with the same file */
    uint32_t captured_bytes;
    uint32_t wire_bytes;
    uint32_t link_type; /* LINKTYPE_ value */
} pop3dump_formats_packet;

/* A text for the user, without the file's name; empty: none. */
typedef struct pop3dump_formats_error {
    char text[256];
} pop3dump_formats_error;

typedef struct pop3dump_formats {
    uint32_t version;

    /* Opens a file and reads its header. NULL without an error: it is of no format that this
     * module knows, or holds no packets. */
    pop3dump_formats_file *(*open)(const char *path, pop3dump_formats_error *error);

    /* 1: `packet` is the next one. 0: there is none, or, with an error, the file is damaged. */
    int (*next)(pop3dump_formats_file *file, pop3dump_formats_packet *packet,
                pop3dump_formats_error *error);

    /* Bytes read, as they are stored. */
    uint64_t (*done_bytes)(const pop3dump_formats_file *file);

    void (*close)(pop3dump_formats_file *file);
} pop3dump_formats;

/* The only symbol. All functions may be called from any thread. */
const pop3dump_formats *pop3dump_formats_get(void);

#ifdef __cplusplus
}
#endif

#endif
