/* Lets programs that use OpenSSL's shared library write a TLS key log (RFC 9850), if they cannot do
 * so themselves: clients, and servers such as Dovecot, nginx or stunnel. For tests and diagnosis:
 * whoever has the key log can read all traffic.
 *
 *     cc -shared -fPIC -o openssl-keylog.so tools/openssl-keylog.c -ldl
 *     SSLKEYLOGFILE=/tmp/keys LD_PRELOAD=$PWD/openssl-keylog.so PROGRAM
 *
 * The key log is opened once, when the program starts, before it gives up rights.
 * SPDX-License-Identifier: GPL-2.0-or-later */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/uio.h>
#include <unistd.h>

struct ssl;
struct ssl_context;
typedef void log_line(const struct ssl *ssl, const char *line);

static int key_log = -1;

__attribute__((constructor)) static void open_key_log(void) {
    const char *path = getenv("SSLKEYLOGFILE");
    if (path != NULL) key_log = open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
}

/* One write, so that lines of several processes are not mixed. */
static void write_line(const struct ssl *ssl, const char *line) {
    struct iovec parts[2] = {{(void *)line, strlen(line)}, {(void *)"\n", 1}};
    (void)ssl;
    if (writev(key_log, parts, 2) < 0) return; /* Nobody could be told. */
}

/* Called for each connection, by the name that OpenSSL has for it. */
struct ssl *SSL_new(struct ssl_context *context) {
    struct ssl *(*next)(struct ssl_context *);
    void (*set_callback)(struct ssl_context *, log_line *);
    *(void **)&next = dlsym(RTLD_NEXT, "SSL_new");
    *(void **)&set_callback = dlsym(RTLD_NEXT, "SSL_CTX_set_keylog_callback");
    if (next == NULL) abort();
    if (key_log >= 0 && set_callback != NULL && context != NULL) set_callback(context, write_line);
    return next(context);
}
