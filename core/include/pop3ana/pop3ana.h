/* pop3ana.h - the C interface of libpop3ana, a passive POP3 analyzer.
 *
 * Captured frames go in, events come out: new sessions, commands, replies, logins, commands in the
 * wrong phase, and a warning when a client draws too many -ERR replies.
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
 * 1. A function that can fail returns a pop3ana_status. Failures are negative; a failed call
 *    changes nothing.
 * 2. Every public struct starts with struct_size, which the caller sets to sizeof the struct it was
 *    compiled with. Structs only ever grow at their end.
 * 3. Slices are not NUL-terminated and may contain any byte. Those of an event are valid until the
 *    callback returns; copy what you keep.
 * 4. An engine belongs to one thread at a time. Engines share nothing.
 * 5. The library reads no clock, file, socket or environment, and prints nothing: the same frames
 *    give the same events.
 * 6. Broken or hostile traffic is never an error: it causes anomaly events and is counted.
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
    POP3ANA_NOT_POP3 = 1,       /* feed_frame: success, but nothing to analyse in the frame */
    POP3ANA_E_INVALID = -1,     /* a NULL pointer, or a struct_size below the first release's */
    POP3ANA_E_NOMEM = -2,       /* memory ran out */
    POP3ANA_E_UNSUPPORTED = -3, /* a field that this library does not know is not zero */
    POP3ANA_E_CONFIG = -4,      /* a configuration value was refused; the message names the field */
    POP3ANA_E_REENTRANT = -5,   /* the engine was called from inside its own callback */
    POP3ANA_E_INTERNAL = -6     /* a bug in the library */
};

/* A status as an English phrase without a full stop; never NULL, static storage. */
POP3ANA_API const char *pop3ana_strerror(pop3ana_status status);

/* Version of the loaded library, for example "0.2.0"; static storage. */
POP3ANA_API const char *pop3ana_version(void);

/* ------------------------------------------------------------------ events */

/* Bytes owned by the library; not NUL-terminated. An empty slice may have a NULL ptr. */
typedef struct pop3ana_slice {
    const char *ptr;
    size_t len;
} pop3ana_slice;

/* pop3ana_event.type. Ignore values you do not know. */
enum pop3ana_event_type {
    POP3ANA_EVENT_NEW_CONNECTION = 1,    /* before the first other line of a session */
    POP3ANA_EVENT_REQUEST = 2,           /* a command was accepted: command, text = argument */
    POP3ANA_EVENT_REPLY = 3,             /* a reply: status, text, command = the one answered */
    POP3ANA_EVENT_LOGIN_SUCCESS = 4,     /* user, password */
    POP3ANA_EVENT_LOGIN_FAILURE = 5,     /* user, password */
    POP3ANA_EVENT_UNEXPECTED = 6,        /* command (or "OK") and text = detail */
    POP3ANA_EVENT_THRESHOLD_WARNING = 7, /* the client's error count exceeds the threshold */
    POP3ANA_EVENT_TLS_STARTED = 8,       /* STLS was accepted, the rest is TLS; not in the log */
    POP3ANA_EVENT_ANOMALY = 9,           /* anomaly; text, lost_bytes; not in the log */
    POP3ANA_EVENT_ALERT = 10,            /* alert, user, count; text = what STLS is about */
    POP3ANA_EVENT_PROXIED = 11,          /* told_*: a proxy tells its client; not in the log */
    POP3ANA_EVENT_SESSION_END = 12,      /* summary, told_*: see config.session_end; not in the log */
    POP3ANA_EVENT_TLS = 13,              /* tls_*, server_name, alpn, ja4: see config.tls */
    POP3ANA_EVENT_STLS_OFFER = 14        /* stls_offered: see config.fleet_key; not in the log */
};

/* pop3ana_event.phase: the phase of the session after the event (RFC 1939 s.3). UNKNOWN: packets
 * were lost, or the capture starts inside the connection. */
enum {
    POP3ANA_PHASE_START = 0, /* no greeting yet */
    POP3ANA_PHASE_AUTHORIZATION = 1,
    POP3ANA_PHASE_TRANSACTION = 2,
    POP3ANA_PHASE_UPDATE = 3,
    POP3ANA_PHASE_FINISHED = 4,
    POP3ANA_PHASE_UNKNOWN = 5
};

/* pop3ana_event.status: the status indicator of a reply (RFC 1939 s.3). */
enum { POP3ANA_STATUS_NONE = 0, POP3ANA_STATUS_OK = 1, POP3ANA_STATUS_ERR = 2 };

/* pop3ana_event.alert: what an alert is about; config.alerts chooses. */
enum pop3ana_alert_kind {
    POP3ANA_ALERT_NONE = 0,
    POP3ANA_ALERT_ERRORS = 1,      /* the client's error count exceeds the threshold */
    POP3ANA_ALERT_GUESSING = 2,    /* count different logins of one client failed */
    POP3ANA_ALERT_SPRAYING = 3,    /* one client has tried count users */
    POP3ANA_ALERT_DISTRIBUTED = 4, /* one user failed from count clients */
    POP3ANA_ALERT_BREACH = 5,      /* a login after count failures */
    POP3ANA_ALERT_STLS = 6         /* STLS is refused, stripped or not TLS */
};

/* pop3ana_event.told_by: how a proxy tells its client (docs/semantics.md section 11). */
enum pop3ana_told_by {
    POP3ANA_TOLD_BY_NONE = 0,
    POP3ANA_TOLD_BY_PROXY_V1 = 1, /* PROXY protocol */
    POP3ANA_TOLD_BY_PROXY_V2 = 2,
    POP3ANA_TOLD_BY_SSLPROXY = 3,
    POP3ANA_TOLD_BY_XCLIENT = 4
};

/* pop3ana_event.reason: why a login failed (RFC 2449 s.8, RFC 3206). */
enum pop3ana_reason {
    POP3ANA_REASON_NONE = 0,
    POP3ANA_REASON_CREDENTIALS = 1, /* response code AUTH */
    POP3ANA_REASON_IN_USE = 2,      /* IN-USE; or no code, and the text names a locked maildrop */
    POP3ANA_REASON_DELAY = 3,       /* LOGIN-DELAY */
    POP3ANA_REASON_SYSTEM = 4,      /* SYS/TEMP, SYS/PERM */
    POP3ANA_REASON_OTHER = 5,       /* another code */
    POP3ANA_REASON_UNKNOWN = 6,     /* no code */
    POP3ANA_REASON_NOT_TRIED = 7    /* -ERR before a password, digest or SASL line was taken */
};

/* pop3ana_event.anomaly; pop3ana_counters.anomalies counts them all. Printed, one takes up to a
 * hundred times the bytes of the line that causes it. So a session emits, of those caused by lines,
 * the first 16, then the 32nd, the 64th, and so on, finally every 32768th. */
enum pop3ana_anomaly_kind {
    POP3ANA_ANOMALY_NONE = 0,
    POP3ANA_ANOMALY_UNKNOWN_COMMAND = 1,   /* text = the client's line */
    POP3ANA_ANOMALY_UNKNOWN_REPLY = 2,     /* text = a server line without a status indicator */
    POP3ANA_ANOMALY_COMMAND_FROM_SERVER = 3, /* text = a server line whose word is a command */
    POP3ANA_ANOMALY_BAD_BASE64 = 4,        /* a SASL line is not valid base64 (RFC 5034 s.4) */
    POP3ANA_ANOMALY_MALFORMED_SASL = 5,    /* PLAIN without its two NULs (RFC 4616 s.2) */
    POP3ANA_ANOMALY_GAP = 6,               /* lost_bytes were never captured */
    POP3ANA_ANOMALY_LINE_TOO_LONG = 7,     /* lost_bytes of a line were dropped */
    POP3ANA_ANOMALY_PENDING_OVERFLOW = 8,  /* a command was dropped: too many await a reply */
    POP3ANA_ANOMALY_REPLIES_LOST = 9,      /* the replies to lost_commands were not captured */
    POP3ANA_ANOMALY_RESET_IGNORED = 10,    /* an RST outside the window */
    POP3ANA_ANOMALY_OVERLAP_DIFFERS = 11,  /* a second copy of buffered bytes differs */
    POP3ANA_ANOMALY_EVICTED = 12,          /* the connection was evicted for another one */
    POP3ANA_ANOMALY_UNCERTAIN = 13         /* a login result is withheld: it is uncertain which
                                            * command was answered */
};

/* A short name for an anomaly, for example "unknown_command"; "unknown" if this library does not
 * know it; static storage. */
POP3ANA_API const char *pop3ana_anomaly_name(uint32_t anomaly);

/* A short name for an event type, for example "login_success"; "unknown" if this library does not
 * know it; static storage. */
POP3ANA_API const char *pop3ana_event_name(uint32_t type);

/* pop3ana_session_summary.why: how a session's connection ended. */
enum pop3ana_end {
    POP3ANA_END_NONE = 0,
    POP3ANA_END_QUIT = 1,     /* closed or reset after +OK to QUIT */
    POP3ANA_END_FIN = 2,      /* closed by both sides */
    POP3ANA_END_RST = 3,      /* reset */
    POP3ANA_END_IDLE = 4,     /* without a packet for 24 hours */
    POP3ANA_END_REPLACED = 5, /* a new connection has the same addresses and ports */
    POP3ANA_END_EVICTED = 6   /* it made way for another: max_connections */
};

/* A session that has log lines, as a whole: what was seen of it. */
typedef struct pop3ana_session_summary {
    size_t struct_size;
    uint64_t first_frame;      /* of its connection */
    uint64_t last_frame;
    int64_t first_ts_ns;       /* their times, ns since 1970-01-01 UTC */
    int64_t last_ts_ns;
    pop3ana_slice user;        /* of the last login that succeeded; raw bytes; empty: none, or hidden */
    pop3ana_slice mechanism;   /* of it */
    /* Of TLS that was not decrypted, but told by facts or lengths, what only its text would tell is
       not known: UINT64_MAX, times of replies and `deleted` -1. */
    uint64_t failed_logins;
    uint64_t commands;         /* of the client, unknown ones too */
    uint64_t replies_ok;       /* status indicators */
    uint64_t replies_err;
    uint64_t anomalies;
    uint64_t gaps;
    uint64_t gap_bytes;        /* as far as known */
    uint64_t retr;             /* messages that RETR fetched whole; UINT64_MAX: not certain */
    uint64_t retr_bytes;       /* of them: dots undone, line ends as sent; if inferred, as sent, and
                                  UINT64_MAX: not certain */
    uint64_t top;              /* the same of TOP */
    uint64_t top_bytes;
    int64_t deleted;           /* messages marked by DELE when QUIT was answered +OK; -1: not certain */
    uint64_t originator_bytes; /* in order, from the client; TLS too */
    uint64_t responder_bytes;  /* from the server */
    int64_t greeting_ns;       /* from the client's SYN to the greeting; -1: not seen */
    int64_t login_ns;          /* from the first command of the last login to its result; -1: none */
    int64_t reply_ns;          /* from commands to their status indicators: sum */
    int64_t longest_reply_ns;
    uint32_t why;              /* POP3ANA_END_* */
    uint8_t stls_offered;      /* 1: in CAPA */
    uint8_t stls_refused;      /* 1: answered -ERR */
    uint8_t stls_used;
    uint8_t inferred;          /* 1: lengths of TLS records alone told of logins and messages */
} pop3ana_session_summary;

/* A finding of the analyzer. Fields that a type does not use are zero or empty. */
typedef struct pop3ana_event {
    size_t struct_size;
    uint64_t session;       /* session number, from 1; 0: no log line yet */
    uint64_t frame;         /* number of the frame that completed the line or revealed the gap */
    uint64_t first_frame;   /* frame of the session's new_connection event; 0: none yet */
    uint64_t request_frame; /* reply, login, unexpected: frame of the command it belongs to; 0: none */
    uint64_t error_count;   /* -ERR replies to the client's address, including this one */
    uint64_t lost_bytes;    /* gap, line_too_long: bytes, if known */
    uint64_t lost_commands; /* replies_lost: commands whose replies are given up */
    int64_t ts_ns;          /* time of that frame, ns since 1970-01-01 UTC */
    pop3ana_slice peer_description; /* from the configuration */
    pop3ana_slice command;          /* command word in capitals */
    pop3ana_slice text;             /* argument, message, detail or offending line; raw bytes. Where the
                                       frame at work has it as it is, ptr points into the frame's data:
                                       of an argument or message even if it is empty */
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
    uint8_t address_family; /* of the packets: 4 or 6 */
    uint8_t in_log;         /* 1: it has a log line; 0: ignored command, anomaly ... */
    uint8_t from_responder; /* 1: bytes from the server caused it */
    uint8_t truncated;      /* 1: reply whose end was not captured; not in the log */
    uint64_t connection; /* connection number: see pop3ana_frame_connection */
    uint64_t left_out;   /* anomaly: number of its session omitted before it */
    pop3ana_slice mechanism;     /* login: USER, APOP, or the SASL mechanism */
    pop3ana_slice authzid;       /* login: authorization identity (RFC 4422 s.3.4.1); raw bytes */
    pop3ana_slice response_code; /* reply, login: of the reply's text, in capitals (RFC 2449 s.8) */
    uint32_t reason;             /* failed login: POP3ANA_REASON_* */
    uint8_t cleartext;           /* login: 1: its password or token crossed the wire in the clear */
    uint8_t reserved[3];
    uint32_t alert;              /* alert, threshold_warning: POP3ANA_ALERT_* */
    uint64_t count;              /* alert: what its kind counts; 0: nothing */
    /* A proxy that config.trusted_proxies has is not the originator: the client that it tells is.
     * The proxy's own end is then here. */
    uint8_t proxy_address[16];
    uint8_t told_address[16];    /* proxied: the client that is told */
    uint32_t told_by;            /* proxied: POP3ANA_TOLD_BY_* */
    uint16_t proxy_port;
    uint16_t told_port;          /* 0: not told */
    uint8_t originator_family;   /* 4 or 6; differs from address_family behind some proxies */
    uint8_t proxy_family;        /* 4 or 6; 0: the originator is the packets' own */
    uint8_t told_family;         /* session_end too, with told_address: told, trusted or not */
    uint8_t told_is_trusted;     /* proxied: 1: from now on the told client is the originator */
    const pop3ana_session_summary *summary; /* session_end; borrowed as slices are; else NULL */
    int64_t connection_ts_ns;    /* time of the connection's first frame; 0 without
                                    config.session_end */
    /* tls: what the handshake tells; empty: not known. */
    pop3ana_slice tls_version;   /* that the server chose: "TLSv1.3" */
    pop3ana_slice tls_cipher;    /* IANA's name of the cipher suite, or "0x1234" */
    pop3ana_slice tls_alert;     /* description of a fatal alert, of either side (RFC 8446 s.6) */
    pop3ana_slice server_name;   /* that the client asks for; raw bytes */
    pop3ana_slice alpn;          /* that the server chose, where it is in the clear; raw bytes */
    pop3ana_slice ja4;           /* fingerprint of the ClientHello */
    uint8_t tls_resumed;         /* 1: an earlier session goes on */
    uint8_t inferred;            /* login: 1: in TLS, its text is not known: see config.tls_infer */
    uint8_t stls_offered;        /* stls_offer: 1: the response to CAPA lists STLS; 0: it does not, in
                                    AUTHORIZATION and outside of TLS */
    uint8_t reserved_tls;
    uint32_t reply_end;          /* -ERR reply, login, stls_offer: TCP sequence number behind the line of the reply,
                                    or, of text that was decrypted, 16,384 times the number of
                                    its record and the bytes up to there; 0: not known */
    uint64_t reply_ns;           /* reply, with request_frame: time since that frame; 0 also where the
                                    clock went back */
    pop3ana_slice login_hash;    /* failed login: see config.fleet_key */
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
 * `buffer`, truncating it if necessary, as snprintf does.
 * Returns the length of the whole line; 0 if the event has none (in_log == 0) or is NULL, or if
 * memory ran out (a line that may not fit is formatted in a temporary buffer). */
POP3ANA_API size_t pop3ana_format_log_line(const pop3ana_event *event, char *buffer, size_t size);

/* Forms of a log line, to be joined by |; 0 is that of pop3ana_format_log_line. */
enum {
    POP3ANA_LINE_NO_TIME = 1,        /* begins with the session number: "#7 > QUIT " */
    POP3ANA_LINE_LOGIN_ADDRESSES = 2 /* a login has both addresses, as a new connection does:
                                        "T #7 A/a > B/b login failed: user U password: P" */
};

/* The same in another form. Returns 0 also if `form` has a bit that this library does not know. */
POP3ANA_API size_t pop3ana_format_log_line_as(const pop3ana_event *event, uint32_t form,
                                              char *buffer, size_t size);

/* Writes `text` with the escapes of the log and a final NUL into the `size` bytes at `buffer`,
 * truncating it if necessary: 0 as \0, 1-26 as ^A-^Z, 127 as ^?, others below 32 or above 126 as
 * \xhh. Returns the length of the whole text; 0 also if memory ran out. */
POP3ANA_API size_t pop3ana_escape(pop3ana_slice text, char *buffer, size_t size);

/* Writes an address of an event as inet_ntop(3) prints it, and a final NUL, into the `size` bytes at
 * `buffer`, truncating it if necessary; 46 bytes are room for any. `family` is 4 or 6.
 * Returns the length of the whole text; 0, and an empty text, for another family or NULL. */
POP3ANA_API size_t pop3ana_format_address(uint8_t family, const uint8_t *address, char *buffer,
                                          size_t size);

/* ------------------------------------------------------------------ configuration */

/* Initialize it with pop3ana_config_init, then change what you need. pop3ana_engine_new copies the
 * strings. */
typedef struct pop3ana_config {
    size_t struct_size;
    const char *ports;            /* POP3 ports, comma separated, ranges allowed: "110,1100-1109";
                                     "auto" among them: POP3 on any other port is analysed too, in
                                     connections captured from their SYN or SYN-ACK, from the first
                                     command on that follows a +OK; what came before is held */
    const char *ignore_commands;  /* commands left out of the log: "STAT,NOOP"; may be "" */
    const char *peer_description; /* "": sessions print as #7; "mx1": as #mx1-7 */
    uint64_t error_expiry_ns;     /* a client's count is reset after this time without -ERR */
    uint64_t max_held_bytes;      /* out-of-order TCP bytes buffered, all connections */
    uint64_t max_fragment_bytes;  /* IP fragments buffered */
    uint32_t error_threshold;     /* warn when a client's count exceeds this */
    uint32_t max_connections;     /* of these, at most 500,000 without data or closed */
    uint32_t max_clients;         /* addresses with an error count */
    uint8_t midstream;            /* 1: analyse connections whose start was not captured */
    uint8_t redact;               /* 1: no secret leaves the engine; "<redacted>" replaces it */
    uint8_t verify_checksums;     /* 1: drop packets with a wrong IPv4 or TCP checksum */
    uint8_t session_end;          /* 1: a session whose connection ends has a last event, with its
                                     summary. Costs some 400 bytes a connection */
    const char *alerts;           /* kinds, comma separated, or "all"; "errors": as the original */
    const char *trusted_proxies;  /* addresses and prefixes: "10.0.0.7,fd00::/8" */
    const char *alert_limits;     /* "guessing=10,breach=5": see docs/semantics.md section 8 */
    const char *tls_ports;        /* ports of POP3S, as `ports`: connections that are TLS from the
                                     start (RFC 8314 s.3.3), see pop3ana_add_tls_secret; "": none,
                                     and nothing behind STLS is read */
    uint8_t tls_facts;            /* 1: sessions in TLS have an event tls */
    uint8_t tls_wait;             /* 1: packets wait for secrets that come behind them */
    uint8_t tls_infer;            /* 1: of sessions in TLS that are not decrypted, results of logins
                                     are inferred from lengths, as far as they are certain */
    uint8_t alert_once;           /* 1: one alert on errors for each count of a client, where it
                                     first exceeds the threshold; 0: at each -ERR from there on */
    uint8_t reserved[4];
    uint64_t sessions_before;     /* of earlier runs in the same log: numbers go on behind them */
    pop3ana_slice fleet_key;      /* any bytes, at least 16: events tell what a fleet of sensors that
                                     have it needs (docs/semantics.md section 14): those of the type
                                     stls_offer, and of a failed login a keyed hash of what it tried,
                                     redacted, inferred or not: "KEY:HASH", the first four bytes of
                                     two HMAC-SHA256 in hexadecimal digits, by which one tells the
                                     key and the login from others; empty: they do not */
} pop3ana_config;

/* Fills in the defaults of the library that is loaded. `struct_size` is sizeof(*config); use the
 * macro. Does nothing if `config` is NULL. */
POP3ANA_API void pop3ana_config_init_sized(pop3ana_config *config, size_t struct_size);
#define pop3ana_config_init(config) pop3ana_config_init_sized((config), sizeof(*(config)))

/* Whether pop3ana_engine_new takes the configuration; `message` as there.
 * Returns POP3ANA_OK, E_INVALID, E_CONFIG, E_UNSUPPORTED or E_NOMEM. */
POP3ANA_API pop3ana_status pop3ana_config_check(const pop3ana_config *config, char *message,
                                                size_t message_size);

/* ------------------------------------------------------------------ engine */

typedef struct pop3ana_engine pop3ana_engine;

/* Creates an engine from copies of `config` and `sink`; the caller frees it.
 * On failure *engine is NULL, and `message` (which may be NULL) holds one line of at most
 * `message_size` - 1 bytes: the refused field, its value and the reason.
 * Returns POP3ANA_OK, E_INVALID, E_CONFIG, E_UNSUPPORTED, E_NOMEM or E_INTERNAL. */
POP3ANA_API pop3ana_status pop3ana_engine_new(const pop3ana_config *config,
                                              const pop3ana_sink *sink, pop3ana_engine **engine,
                                              char *message, size_t message_size);

/* Frees the engine without further analysis or events: bytes still waiting behind a gap are counted
 * in pop3ana_counters.held_bytes. NULL is allowed; inside a callback it does nothing. */
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

/* Analyses one frame; calls the sink for each event that it completes. Frames without POP3 are only
 * counted, in a few nanoseconds.
 * Returns POP3ANA_OK, NOT_POP3, E_INVALID, E_UNSUPPORTED, E_REENTRANT, E_NOMEM (the frame is lost)
 * or E_INTERNAL. */
POP3ANA_API pop3ana_status pop3ana_feed_frame(pop3ana_engine *engine, const pop3ana_frame *frame);

/* Whether the events of a capture may depend on the frame: it holds a fragment, or a TCP segment from
 * or to one of the ports or tls_ports of pop3ana_config ("auto": of any). Looks at nothing but the
 * frame and these, and analyses and counts nothing: an engine that is fed only the frames that are
 * selected, in their order, gives the same events.
 * Returns POP3ANA_OK, NOT_POP3, E_INVALID, E_UNSUPPORTED, E_REENTRANT, E_NOMEM or E_INTERNAL. */
POP3ANA_API pop3ana_status pop3ana_select_frame(pop3ana_engine *engine, const pop3ana_frame *frame);

/* The connection of the latest frame: a number unique in this engine, from 1, in the order in which
 * connections open. Sessions are numbered in the order of their first log lines instead;
 * pop3ana_event.connection links the two. Stray frames of a connection that has just closed, for
 * which pop3ana_feed_frame returns NOT_POP3, have its number too. Of a frame that holds packets of
 * several (an A-MSDU of IEEE 802.11) it is the first.
 * Returns 0 for a frame of no connection, for an IP fragment that completes no datagram, and if
 * `engine` is NULL. Not for use inside a callback. */
POP3ANA_API uint64_t pop3ana_frame_connection(const pop3ana_engine *engine);

/* A TCP segment that the caller has found in a frame that the library cannot decode: WLAN or ESP
 * that was decrypted, a link type or a tunnel that the library does not know. */
typedef struct pop3ana_segment {
    size_t struct_size;
    const uint8_t *data;     /* from the first byte of the TCP header; borrowed for the call */
    size_t captured_bytes;   /* bytes at `data` */
    size_t sent_bytes;       /* of header and payload on the wire: at least those at `data` */
    uint8_t source_address[16];      /* network byte order; 4 or 16 bytes are used */
    uint8_t destination_address[16];
    uint8_t address_family;  /* 4 or 6 */
    uint8_t reserved[7];
} pop3ana_segment;

/* Analyses a segment of the frame that was fed last, and calls the sink for each event that it
 * completes. What pop3ana_feed_frame could decode it has analysed: of such a frame, or of one that
 * is malformed, segments are not taken. pop3ana_frame_connection is then that of the segment.
 * Segments that an ICMP error quotes are none of the connection: do not feed them.
 * Returns POP3ANA_OK, NOT_POP3 (not on a POP3 port, malformed, or not taken), E_INVALID,
 * E_UNSUPPORTED, E_REENTRANT, E_NOMEM (the segment is lost) or E_INTERNAL. */
POP3ANA_API pop3ana_status pop3ana_feed_segment(pop3ana_engine *engine,
                                                const pop3ana_segment *segment);

/* Bytes of a POP3 connection that the caller has decrypted and reassembled: POP3S, which is TLS
 * from the start (RFC 8314 s.3.3), or what follows STLS (RFC 2595 s.4). */
typedef struct pop3ana_decrypted {
    size_t struct_size;
    const uint8_t *data;     /* the next bytes in one direction; borrowed for the call */
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

/* Analyses decrypted bytes; calls the sink for each event that they complete. After STLS the
 * session continues with its number; on any other connection the first decrypted bytes start a
 * session, whatever its ports. From then on the connection's frames no longer affect that session,
 * except for a SYN that opens a new one, and for its end. Feed the decrypted bytes of a frame
 * before the frame itself, which may close the connection. If the frames are not on a POP3 port, a new
 * connection with the same addresses and ports continues the old one, until that was idle for 24
 * hours.
 * Returns POP3ANA_OK, NOT_POP3 (no bytes, or the connection is over), E_INVALID, E_UNSUPPORTED,
 * E_REENTRANT, E_NOMEM (the bytes are lost) or E_INTERNAL. */
POP3ANA_API pop3ana_status pop3ana_feed_decrypted(pop3ana_engine *engine,
                                                  const pop3ana_decrypted *decrypted);

/* Adds a secret of a TLS connection, as a line of a key log names it (RFC 9850): `label` is
 * "CLIENT_RANDOM" or one of TLS 1.3, `client_random` are the 32 bytes of the ClientHello. The
 * engine keeps a copy, at most of 131,072 connections: the first ones are forgotten. Packets that
 * came before it are lost, unless config.tls_wait is set: then they wait, within limits; what has
 * all its secrets is analysed with the next frame, or by pop3ana_use_tls_secrets, in the order of
 * the capture.
 * Returns POP3ANA_OK, E_UNSUPPORTED (a label that nothing is decrypted with), E_INVALID (NULL, or
 * no secret of 1 to 48 bytes), E_REENTRANT or E_NOMEM. */
POP3ANA_API pop3ana_status pop3ana_add_tls_secret(pop3ana_engine *engine, const char *label,
                                                  const uint8_t client_random[32],
                                                  const uint8_t *secret, size_t secret_bytes);

/* Analyses the packets that have waited for secrets which were added since; calls the sink for each
 * event. For the end of a capture, and for captures in which frames are rare.
 * Returns POP3ANA_OK, E_INVALID, E_REENTRANT, E_NOMEM or E_INTERNAL. */
POP3ANA_API pop3ana_status pop3ana_use_tls_secrets(pop3ana_engine *engine);

/* Writes the secrets that open the TLS of a connection as lines of a key log, as snprintf does: at
 * most `text_bytes` with the NUL, and returns the length of all of it; 0: there are none, or the
 * connection is over. Allowed inside a sink callback. */
POP3ANA_API size_t pop3ana_tls_key_log(const pop3ana_engine *engine, uint64_t connection,
                                       char *text, size_t text_bytes);

/* The capture is over: says what was inferred of TLS (config.tls_infer) and not said yet, since it
 * might have become more certain; analyses what has waited for secrets.
 * Returns POP3ANA_OK, E_INVALID, E_REENTRANT, E_NOMEM or E_INTERNAL. */
POP3ANA_API pop3ana_status pop3ana_finish(pop3ana_engine *engine);

/* ------------------------------------------------------------------ time */

/* Advances the engine's clock to `ts_ns` (ns since 1970-01-01 UTC) without a frame: expires gaps,
 * idle connections and error counts. Call it about once a second in live captures, never for files.
 * A time before the latest one changes nothing.
 * Returns POP3ANA_OK, E_INVALID, E_REENTRANT, E_NOMEM or E_INTERNAL. */
POP3ANA_API pop3ana_status pop3ana_tick(pop3ana_engine *engine, int64_t ts_ns);

/* ------------------------------------------------------------------ counters */

/* All since the engine was created, except those marked "now".
 * tcp_bytes == delivered_bytes + duplicate_bytes + discarded_bytes + held_bytes, always. */
typedef struct pop3ana_counters {
    size_t struct_size;
    uint64_t frames;               /* fed */
    uint64_t frame_bytes;          /* captured bytes of them */
    uint64_t frames_undecodable;   /* of a link type that the library does not know */
    uint64_t frames_malformed;     /* a header is truncated or inconsistent */
    uint64_t frames_too_deep;      /* more encapsulations than the limit */
    uint64_t checksum_errors;      /* dropped by verify_checksums */
    uint64_t fragments;            /* IP fragments seen */
    uint64_t fragments_dropped;    /* of them: timed out, over the limit, or truncated */
    uint64_t segments;             /* TCP segments from or to a POP3 port, or of POP3 on another one */
    uint64_t segments_truncated;   /* of them: captured shorter than sent */
    uint64_t segments_ignored;     /* of them: strays of closed or ignored connections */
    uint64_t tcp_bytes;            /* payload bytes of these segments, and of undecided connections,
                                      as captured */
    uint64_t delivered_bytes;      /* handed to POP3, or to what looks for it, in order */
    uint64_t duplicate_bytes;      /* seen before */
    uint64_t discarded_bytes;      /* after FIN, in ignored segments, or given up */
    uint64_t held_bytes;           /* now: waiting behind a gap */
    uint64_t gaps;                 /* expired */
    uint64_t gap_bytes;            /* bytes missing in gaps, as far as known */
    uint64_t resets_ignored;
    uint64_t connections;          /* opened */
    uint64_t connections_open;     /* now */
    uint64_t connections_midstream; /* of `connections`: start not captured */
    uint64_t connections_evicted;  /* because of max_connections */
    uint64_t connections_idle;     /* expired after the idle time */
    uint64_t sessions;             /* numbered */
    uint64_t clients;              /* now: addresses with an error count */
    uint64_t clients_evicted;      /* error counts, because of max_clients */
    uint64_t lines_too_long;
    uint64_t line_bytes_dropped;   /* beyond the line limit */
    uint64_t pending_dropped;      /* commands dropped: too many awaited a reply */
    uint64_t replies_lost;         /* commands whose replies were given up after a gap */
    uint64_t requests;             /* events by type */
    uint64_t replies;
    uint64_t logins_succeeded;
    uint64_t logins_failed;
    uint64_t unexpected_commands;
    uint64_t warnings;
    uint64_t terminated;
    uint64_t anomalies;
    uint64_t internal_errors;      /* connections dropped because of a bug in the library */
    uint64_t decrypted_bytes;      /* handed to POP3 by pop3ana_feed_decrypted; not in tcp_bytes */
    uint64_t decrypted_discarded_bytes; /* of closed connections */
    uint64_t anomalies_left_out;   /* of `anomalies`: no event (limit per session) */
    uint64_t connections_one_sided; /* of `connections`: only one side's segments were captured */
    uint64_t alerts;               /* events by type; warnings are not among them */
    uint64_t proxied;              /* clients that proxies told */
    uint64_t guess_records_evicted; /* failed logins of a client or user, forgotten for others */
    uint64_t connections_detected;  /* of `connections`: found to be POP3 on a port not listed */
    uint64_t connections_undecided; /* now: not among `connections`, but may turn out to be POP3 */
    uint64_t undecided_evicted;     /* undecided connections given up because of a limit */
    uint64_t tls_handshakes;        /* events tls */
    uint64_t tls_connections;       /* that were to be decrypted */
    uint64_t tls_text_bytes;        /* decrypted */
    uint64_t tls_not_opened;        /* records that no secret opens, or that are damaged */
    uint64_t tls_given_up;          /* connections whose secrets did not come within the limits */
    uint64_t tls_undecided;         /* of which lengths do not tell all results: config.tls_infer */
} pop3ana_counters;

/* Copies the counters into the first counters->struct_size bytes at `counters`. Allowed inside a
 * callback. Returns POP3ANA_OK or E_INVALID. */
POP3ANA_API pop3ana_status pop3ana_counters_get(const pop3ana_engine *engine,
                                                pop3ana_counters *counters);

/* pop3ana_skipped.kind: the meaning of its number. */
enum {
    POP3ANA_SKIPPED_LINK_TYPE = 1,    /* LINKTYPE_ value; 65535: that or a larger one */
    POP3ANA_SKIPPED_ETHER_TYPE = 2,   /* EtherType; 0: the frame has none, but LLC (IEEE 802.2) */
    POP3ANA_SKIPPED_PPP_PROTOCOL = 3, /* protocol of PPP (RFC 1661 s.2) */
    POP3ANA_SKIPPED_WLAN = 4,         /* first byte of an IEEE 802.11 header without readable data,
                                         plus 0x4000 if the data is encrypted */
    POP3ANA_SKIPPED_IP_VERSION = 5,   /* version field where IP was expected; neither 4 nor 6 */
    POP3ANA_SKIPPED_IP_PROTOCOL = 6,  /* protocol of IPv4, next header of IPv6 */
    POP3ANA_SKIPPED_UDP_PORT = 7,     /* UDP, not a known tunnel: the lower port */
    POP3ANA_SKIPPED_TCP_PORT = 8,     /* TCP between ports that are not analysed: the lower port */
    POP3ANA_SKIPPED_TLS_PORT = 9,     /* of these, starts like a TLS record (RFC 8446 s.5.1) */
    POP3ANA_SKIPPED_POP3_PORT = 10    /* of these, starts with "+OK ": the source port */
};

/* Frames that were not analysed, by what they contained. */
typedef struct pop3ana_skipped {
    size_t struct_size;
    uint64_t frames; /* since the engine was made; a fragmented datagram counts once it is complete */
    uint32_t kind;   /* POP3ANA_SKIPPED_*; ignore values you do not know */
    uint32_t number;
} pop3ana_skipped;

/* Iterates over them in the order of kind and number: replaces `entry` by the next one. Start with
 * kind 0; after the last one, `frames` is 0. Malformed or too deeply nested frames and stray
 * segments on POP3 ports are in the counters instead. Allowed inside a callback.
 * Returns POP3ANA_OK, E_INVALID or E_UNSUPPORTED. */
POP3ANA_API pop3ana_status pop3ana_skipped_next(const pop3ana_engine *engine, pop3ana_skipped *entry);

#ifdef __cplusplus
}
#endif

#endif
