/* pop3ana.h - the C interface of libpop3ana, a passive POP3 analyzer.
 *
 * Captured frames go in, events come out: session numbers, commands, replies, logins, commands in
 * the wrong phase, and a warning when one client draws too many -ERR replies.
 *
 *   pop3ana_config config;
 *   pop3ana_config_init(&config);
 *   pop3ana_sink sink = {sizeof(sink), state, on_event};
 *   pop3ana_engine *engine = NULL;
 *   char why[128];
 *   if (pop3ana_engine_new(&config, &sink, &engine, why, sizeof(why)) != POP3ANA_OK) ...
 *   for each captured frame: pop3ana_feed_frame(engine, &frame);
 *   pop3ana_engine_free(engine);
 *
 * Conventions of the whole interface:
 * 1. A function that can fail returns a pop3ana_status: failures are negative, and a failed call
 *    changes nothing.
 * 2. Every public struct starts with struct_size, which the caller sets to sizeof the struct it was
 *    compiled with. Structs only ever grow at their end.
 * 3. Slices are not terminated and may hold any byte. Those of an event are valid until the
 *    callback returns; copy what must live longer.
 * 4. An engine belongs to one thread at a time. Engines share nothing.
 * 5. The library reads no clock, file, socket or environment, and prints nothing: the same frames
 *    give the same events.
 * 6. Broken or hostile traffic is never an error: it gives anomaly events and counts.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef POP3ANA_POP3ANA_H
#define POP3ANA_POP3ANA_H

#include <stddef.h>
#include <stdint.h>

#if defined(__GNUC__)
#define POP3ANA_API __attribute__((visibility("default")))
#else
#define POP3ANA_API
#endif

#ifdef __cplusplus
extern "C" {
#endif

/* ------------------------------------------------------------------ status */

typedef int32_t pop3ana_status;

enum {
    POP3ANA_OK = 0,
    POP3ANA_NOT_POP3 = 1,       /* feed_frame: fine, but the frame holds nothing for the analyzer */
    POP3ANA_E_INVALID = -1,     /* a NULL pointer, or a struct_size below the first release's */
    POP3ANA_E_NOMEM = -2,       /* memory ran out */
    POP3ANA_E_UNSUPPORTED = -3, /* a field that this library does not know is not zero */
    POP3ANA_E_CONFIG = -4,      /* a configuration value was refused; the message names the field */
    POP3ANA_E_REENTRANT = -5,   /* the engine was called from inside its own callback */
    POP3ANA_E_INTERNAL = -6     /* a fault of the library itself */
};

/* One English sentence without a full stop for a status; never NULL, static storage. */
POP3ANA_API const char *pop3ana_strerror(pop3ana_status status);

/* Version of the loaded library, for instance "0.2.0"; static storage. */
POP3ANA_API const char *pop3ana_version(void);

/* ------------------------------------------------------------------ events */

/* Bytes owned by the library; no final NUL. An empty slice may have a NULL ptr. */
typedef struct pop3ana_slice {
    const char *ptr;
    size_t len;
} pop3ana_slice;

/* pop3ana_event.type. Ignore values you do not know. */
enum pop3ana_event_type {
    POP3ANA_EVENT_NEW_CONNECTION = 1,    /* before the first other line of a session */
    POP3ANA_EVENT_REQUEST = 2,           /* a command was accepted: command, text = argument */
    POP3ANA_EVENT_REPLY = 3,             /* a status came: status, text, command = answered one */
    POP3ANA_EVENT_LOGIN_SUCCESS = 4,     /* user, password */
    POP3ANA_EVENT_LOGIN_FAILURE = 5,     /* user, password */
    POP3ANA_EVENT_UNEXPECTED = 6,        /* command (or "OK") and text = detail */
    POP3ANA_EVENT_THRESHOLD_WARNING = 7, /* the client's error count exceeds the threshold */
    POP3ANA_EVENT_TLS_STARTED = 8,       /* STLS was accepted: the rest is TLS; not in the log */
    POP3ANA_EVENT_ANOMALY = 9            /* anomaly; text, lost_bytes; not in the log */
};

/* pop3ana_event.phase: the phase of the session after the event (RFC 1939 s.3, and UNKNOWN after
 * packets were lost or when the capture starts inside the connection). */
enum {
    POP3ANA_PHASE_START = 0, /* the greeting has not come */
    POP3ANA_PHASE_AUTHORIZATION = 1,
    POP3ANA_PHASE_TRANSACTION = 2,
    POP3ANA_PHASE_UPDATE = 3,
    POP3ANA_PHASE_FINISHED = 4,
    POP3ANA_PHASE_UNKNOWN = 5
};

/* pop3ana_event.status: the status indicator of a reply (RFC 1939 s.3). */
enum { POP3ANA_STATUS_NONE = 0, POP3ANA_STATUS_OK = 1, POP3ANA_STATUS_ERR = 2 };

/* pop3ana_event.anomaly; pop3ana_counters.anomalies counts them all. Those that a single line gives
 * rise to would be a hundred times its bytes in a log: of a session the first 16 give an event, then
 * the 32nd, the 64th, and so on, until it is each 32768th. */
enum pop3ana_anomaly_kind {
    POP3ANA_ANOMALY_NONE = 0,
    POP3ANA_ANOMALY_UNKNOWN_COMMAND = 1,   /* text = the client's line */
    POP3ANA_ANOMALY_UNKNOWN_REPLY = 2,     /* text = a server line that is no status */
    POP3ANA_ANOMALY_COMMAND_FROM_SERVER = 3, /* text = a server line whose word is a command */
    POP3ANA_ANOMALY_BAD_BASE64 = 4,        /* a SASL line that is no base64 (RFC 5034 s.4) */
    POP3ANA_ANOMALY_MALFORMED_SASL = 5,    /* PLAIN without its two NULs (RFC 4616 s.2) */
    POP3ANA_ANOMALY_GAP = 6,               /* lost_bytes were never captured */
    POP3ANA_ANOMALY_LINE_TOO_LONG = 7,     /* lost_bytes of a line were dropped */
    POP3ANA_ANOMALY_PENDING_OVERFLOW = 8,  /* a command was dropped: too many wait for a reply */
    POP3ANA_ANOMALY_REPLIES_LOST = 9,      /* lost_commands wait no longer: their replies are lost */
    POP3ANA_ANOMALY_RESET_IGNORED = 10,    /* an RST outside of the window */
    POP3ANA_ANOMALY_OVERLAP_DIFFERS = 11,  /* a second copy of waiting bytes says something else */
    POP3ANA_ANOMALY_EVICTED = 12,          /* the connection gave way to another one */
    POP3ANA_ANOMALY_UNCERTAIN = 13         /* no login is reported: which command was answered is not
                                            * certain */
};

/* A short name for an anomaly, for instance "unknown_command"; "unknown" for one that this library
 * does not know; static storage. */
POP3ANA_API const char *pop3ana_anomaly_name(uint32_t anomaly);

/* A short name for an event type, for instance "login_success"; "unknown" for one that this library
 * does not know; static storage. */
POP3ANA_API const char *pop3ana_event_name(uint32_t type);

/* What the analyzer found. Fields that a type does not use are zero or empty. */
typedef struct pop3ana_event {
    size_t struct_size;
    uint64_t session;       /* number of the session, from 1; 0: it has no line in the log yet */
    uint64_t frame;         /* number of the frame that completed the line or made the gap */
    uint64_t first_frame;   /* frame of the session's new_connection event; 0: none yet */
    uint64_t request_frame; /* reply, login, unexpected: frame of the command it belongs to; 0: none */
    uint64_t error_count;   /* ERR replies of the client's address, this event included */
    uint64_t lost_bytes;    /* gap, line_too_long: bytes, when known */
    uint64_t lost_commands; /* replies_lost: commands that wait no longer */
    int64_t ts_ns;          /* of that frame's packet, ns since 1970-01-01 UTC */
    pop3ana_slice peer_description; /* that of the configuration */
    pop3ana_slice command;          /* word in capitals */
    pop3ana_slice text;             /* argument, message, detail or offending line; raw bytes */
    pop3ana_slice user;             /* raw bytes; empty: the mechanism hides it */
    pop3ana_slice password;         /* raw bytes; empty: none was sent */
    uint32_t type;                  /* POP3ANA_EVENT_* */
    uint32_t phase;                 /* POP3ANA_PHASE_* */
    uint32_t status;                /* POP3ANA_STATUS_* */
    uint32_t anomaly;               /* POP3ANA_ANOMALY_* */
    uint16_t originator_port; /* host byte order; the originator is the client, the responder the server */
    uint16_t responder_port;
    uint8_t originator_address[16]; /* network byte order; 4 or 16 bytes are used */
    uint8_t responder_address[16];
    uint8_t address_family; /* 4 or 6 */
    uint8_t in_log;         /* 1: format_log_line has a line for it; 0: ignored command, anomaly */
    uint8_t from_responder; /* 1: the server's bytes gave rise to it */
    uint8_t truncated;      /* 1: a reply whose text was not captured to its end; not in the log */
    uint64_t connection; /* its number: see pop3ana_frame_connection */
    uint64_t left_out;   /* anomaly: so many of its session before it gave no event */
} pop3ana_event;

/* Where events go. */
typedef struct pop3ana_sink {
    size_t struct_size;
    void *user_data; /* passed back untouched */
    /* Called on the caller's thread from inside pop3ana_feed_frame and pop3ana_tick, in the order
     * of the log. It must not call the engine (POP3ANA_E_REENTRANT) and must not throw. */
    void (*on_event)(void *user_data, const pop3ana_event *event);
} pop3ana_sink;

/* Writes the log line of `event`, without a line end, and a final NUL into the `size` bytes at
 * `buffer`, cutting what does not fit, as snprintf does.
 * Returns the length of the whole line; 0 when the event has none (in_log == 0) or is NULL, or when
 * memory ran out (a line that may not fit is written aside first). */
POP3ANA_API size_t pop3ana_format_log_line(const pop3ana_event *event, char *buffer, size_t size);

/* Writes `text` with the escapes of the log and a final NUL into the `size` bytes at `buffer`,
 * cutting what does not fit: 0 as \0, 1-26 as ^A-^Z, 127 as ^?, others below 32 or above 126 as
 * \xhh. Returns the length of the whole text; 0 also when memory ran out. */
POP3ANA_API size_t pop3ana_escape(pop3ana_slice text, char *buffer, size_t size);

/* ------------------------------------------------------------------ configuration */

/* Fill it with pop3ana_config_init, then change what you need. Strings are copied by
 * pop3ana_engine_new. */
typedef struct pop3ana_config {
    size_t struct_size;
    const char *ports;            /* POP3 ports, comma separated, ranges allowed: "110,1100-1109" */
    const char *ignore_commands;  /* words left out of the log, comma separated: "STAT"; may be "" */
    const char *peer_description; /* "": sessions print as #7; "mx1": as #mx1-7 */
    uint64_t error_expiry_ns;     /* a client's count starts again after this time without -ERR */
    uint64_t max_held_bytes;      /* early TCP bytes held, all connections together */
    uint64_t max_fragment_bytes;  /* IP fragments held */
    uint32_t error_threshold;     /* warn when a client's count exceeds it */
    uint32_t max_connections;     /* of these 500,000 at most without data or ended */
    uint32_t max_clients;         /* addresses with an error count */
    uint8_t midstream;            /* 1: analyse connections whose start was not captured */
    uint8_t redact;               /* 1: no secret leaves the engine; "<redacted>" stands for it */
    uint8_t verify_checksums;     /* 1: drop packets with a wrong IPv4 or TCP checksum */
    uint8_t reserved[1];
} pop3ana_config;

/* Fills in the defaults of the library that is loaded. `struct_size` is sizeof(*config); use the
 * macro. Does nothing when `config` is NULL. */
POP3ANA_API void pop3ana_config_init_sized(pop3ana_config *config, size_t struct_size);
#define pop3ana_config_init(config) pop3ana_config_init_sized((config), sizeof(*(config)))

/* ------------------------------------------------------------------ engine */

typedef struct pop3ana_engine pop3ana_engine;

/* Makes an engine from copies of `config` and `sink`; the caller frees it.
 * On failure *engine is NULL, and `message` (which may be NULL) holds one line of at most
 * `message_size` - 1 bytes that names the refused field, its value and the reason.
 * Returns POP3ANA_OK, E_INVALID, E_CONFIG, E_UNSUPPORTED, E_NOMEM or E_INTERNAL. */
POP3ANA_API pop3ana_status pop3ana_engine_new(const pop3ana_config *config,
                                              const pop3ana_sink *sink, pop3ana_engine **engine,
                                              char *message, size_t message_size);

/* Frees the engine. Nothing is analysed or reported any more: what still waits for lost bytes is
 * in pop3ana_counters.held_bytes. NULL is fine; from inside a callback it does nothing. */
POP3ANA_API void pop3ana_engine_free(pop3ana_engine *engine);

/* A captured frame. */
typedef struct pop3ana_frame {
    size_t struct_size;
    const uint8_t *data;     /* from the first byte of the link-layer header; borrowed for the call */
    size_t captured_bytes;   /* bytes at `data` */
    uint64_t number;         /* comes back as pop3ana_event.frame */
    int64_t ts_ns;           /* ns since 1970-01-01 UTC */
    uint32_t link_type;      /* LINKTYPE_ value of the frame, as in capture files */
    uint32_t reserved;
} pop3ana_frame;

/* Analyses one frame; calls the sink for each event that it completes. Frames that hold no POP3 are
 * counted and cost a few nanoseconds.
 * Returns POP3ANA_OK, NOT_POP3, E_INVALID, E_UNSUPPORTED, E_REENTRANT, E_NOMEM (the frame is lost)
 * or E_INTERNAL. */
POP3ANA_API pop3ana_status pop3ana_feed_frame(pop3ana_engine *engine, const pop3ana_frame *frame);

/* The connection that the frame fed last belongs to: a number that no other connection of this engine
 * has, from 1, in the order in which they open. Sessions are numbered by their first line in the log
 * instead; pop3ana_event.connection tells which is which. It is given for stray frames of a connection
 * that has just ended, too, which pop3ana_feed_frame calls NOT_POP3.
 * Returns 0 for a frame of no connection, for an IP fragment that completes no datagram, and when
 * `engine` is NULL. Not for use inside a callback. */
POP3ANA_API uint64_t pop3ana_frame_connection(const pop3ana_engine *engine);

/* Bytes of a POP3 connection that somebody else has decrypted and put in order: POP3S, which is TLS
 * from the start (RFC 8314 s.3.3), or what follows STLS (RFC 2595 s.4). */
typedef struct pop3ana_decrypted {
    size_t struct_size;
    const uint8_t *data;     /* what one end sent next; borrowed for the call */
    size_t bytes;
    uint64_t number;         /* of the frame that completed them; comes back as pop3ana_event.frame */
    int64_t ts_ns;           /* ns since 1970-01-01 UTC */
    uint16_t originator_port; /* host byte order */
    uint16_t responder_port;
    uint8_t originator_address[16]; /* network byte order; 4 or 16 bytes are used, the others are 0 */
    uint8_t responder_address[16];
    uint8_t address_family;  /* 4 or 6 */
    uint8_t from_responder;  /* 1: the server sent them */
    uint8_t reserved[2];
} pop3ana_decrypted;

/* Analyses decrypted bytes; calls the sink for each event that they complete. A session that STLS made
 * silent goes on, with its number; any other connection starts a session with its first decrypted
 * bytes, whatever its ports. From then on the connection's frames say nothing more to that session,
 * but for a SYN that opens another one, and its end. Feed the decrypted bytes of a frame before the
 * frame itself: it may hold the end. Where the frames are not those of a POP3 port, a new connection
 * between the same ends and ports goes on as the old one, until that was idle for 24 hours.
 * Returns POP3ANA_OK, NOT_POP3 (no bytes, or the connection is over), E_INVALID, E_UNSUPPORTED,
 * E_REENTRANT, E_NOMEM (the bytes are lost) or E_INTERNAL. */
POP3ANA_API pop3ana_status pop3ana_feed_decrypted(pop3ana_engine *engine,
                                                  const pop3ana_decrypted *decrypted);

/* ------------------------------------------------------------------ time */

/* Tells the engine that it is `ts_ns` (ns since 1970-01-01 UTC) though no frame came: gives up holes
 * that were waited for long enough, idle connections and error counts. Call it about once a second in
 * live captures, never for files. A time before the latest seen one changes nothing.
 * Returns POP3ANA_OK, E_INVALID, E_REENTRANT, E_NOMEM or E_INTERNAL. */
POP3ANA_API pop3ana_status pop3ana_tick(pop3ana_engine *engine, int64_t ts_ns);

/* ------------------------------------------------------------------ counters */

/* All since the engine was made, but for those marked "now".
 * tcp_bytes == delivered_bytes + duplicate_bytes + discarded_bytes + held_bytes, always. */
typedef struct pop3ana_counters {
    size_t struct_size;
    uint64_t frames;               /* fed */
    uint64_t frame_bytes;          /* captured bytes of them */
    uint64_t frames_undecodable;   /* of a link type that the library does not know */
    uint64_t frames_malformed;     /* a header is cut or contradicts itself */
    uint64_t frames_too_deep;      /* more encapsulations than the limit */
    uint64_t checksum_errors;      /* dropped by verify_checksums */
    uint64_t fragments;            /* IP fragments seen */
    uint64_t fragments_dropped;    /* of them: timed out, over the limit, or cut by the capture */
    uint64_t segments;             /* TCP segments from or to a POP3 port */
    uint64_t segments_truncated;   /* of them: captured shorter than sent */
    uint64_t segments_ignored;     /* of them: stray ones of closed or not analysed connections */
    uint64_t tcp_bytes;            /* payload bytes of these segments, as captured */
    uint64_t delivered_bytes;      /* handed to POP3, in order */
    uint64_t duplicate_bytes;      /* seen before */
    uint64_t discarded_bytes;      /* after FIN, of ignored segments, or given up */
    uint64_t held_bytes;           /* now: wait for bytes before them */
    uint64_t gaps;                 /* holes given up */
    uint64_t gap_bytes;            /* bytes missing in them, as far as known */
    uint64_t resets_ignored;
    uint64_t connections;          /* opened */
    uint64_t connections_open;     /* now */
    uint64_t connections_midstream; /* of `connections`: their start was not captured */
    uint64_t connections_evicted;  /* gave way because of max_connections */
    uint64_t connections_idle;     /* given up after the idle time */
    uint64_t sessions;             /* numbered */
    uint64_t clients;              /* now: addresses with an error count */
    uint64_t clients_evicted;      /* counts that gave way because of max_clients */
    uint64_t lines_too_long;
    uint64_t line_bytes_dropped;   /* beyond the line limit */
    uint64_t pending_dropped;      /* commands dropped because too many were waiting */
    uint64_t replies_lost;         /* commands whose replies were given up after a gap */
    uint64_t requests;             /* events by type */
    uint64_t replies;
    uint64_t logins_succeeded;
    uint64_t logins_failed;
    uint64_t unexpected_commands;
    uint64_t warnings;
    uint64_t terminated;
    uint64_t anomalies;
    uint64_t internal_errors;      /* connections given up because of a fault of the library */
    uint64_t decrypted_bytes;      /* handed to POP3 by pop3ana_feed_decrypted; not in tcp_bytes */
    uint64_t decrypted_discarded_bytes; /* of connections that are over */
    uint64_t anomalies_left_out;   /* of `anomalies`: gave no event, their session had so many */
    uint64_t connections_one_sided; /* of `connections`: only one side's segments were captured */
} pop3ana_counters;

/* Copies the counters into the first counters->struct_size bytes at `counters`. Allowed inside a
 * callback. Returns POP3ANA_OK or E_INVALID. */
POP3ANA_API pop3ana_status pop3ana_counters_get(const pop3ana_engine *engine,
                                                pop3ana_counters *counters);

/* pop3ana_skipped.kind: what its number is. */
enum {
    POP3ANA_SKIPPED_LINK_TYPE = 1,    /* LINKTYPE_ value; 65535: that or a larger one */
    POP3ANA_SKIPPED_ETHER_TYPE = 2,   /* EtherType; 0: the frame has none, but LLC (IEEE 802.2) */
    POP3ANA_SKIPPED_PPP_PROTOCOL = 3, /* protocol of PPP (RFC 1661 s.2) */
    POP3ANA_SKIPPED_WLAN = 4,         /* first byte of an IEEE 802.11 header that no readable data
                                         follows, and 0x4000 when that is so since it is encrypted */
    POP3ANA_SKIPPED_IP_VERSION = 5,   /* what stood in place of 4 or 6 where IP was expected */
    POP3ANA_SKIPPED_IP_PROTOCOL = 6,  /* protocol of IPv4, next header of IPv6 */
    POP3ANA_SKIPPED_UDP_PORT = 7,     /* UDP that is no known tunnel: the lower port */
    POP3ANA_SKIPPED_TCP_PORT = 8,     /* TCP between ports that are not analysed: the lower port */
    POP3ANA_SKIPPED_TLS_PORT = 9,     /* of these, what begins as a record of TLS (RFC 8446 s.5.1) */
    POP3ANA_SKIPPED_POP3_PORT = 10    /* of these, what begins with "+OK ": the port it came from */
};

/* How many frames held nothing for the analyzer because of what they held instead. */
typedef struct pop3ana_skipped {
    size_t struct_size;
    uint64_t frames; /* since the engine was made; a fragmented datagram counts once it is complete */
    uint32_t kind;   /* POP3ANA_SKIPPED_*; ignore values you do not know */
    uint32_t number;
} pop3ana_skipped;

/* Goes through them in the order of kind and number: replaces `entry`, whose kind is 0 at first, by the
 * one after it. At the end its frames are 0. What was malformed, nested too deeply or a stray segment
 * of a POP3 port is among the counters instead. Allowed inside a callback.
 * Returns POP3ANA_OK, E_INVALID or E_UNSUPPORTED. */
POP3ANA_API pop3ana_status pop3ana_skipped_next(const pop3ana_engine *engine, pop3ana_skipped *entry);

#ifdef __cplusplus
}
#endif

#endif
