/* Kills its own process at one of its calls that the outside notices: POP3ANA_TEST_DIE_AT=N, the N-th
 * moment of write(2), send(2), read(2), recv(2), before and behind each call, from 1 on. A kill -9 from outside hits one of these moments, too.
 * SPDX-License-Identifier: GPL-2.0-or-later */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/types.h>
#include <unistd.h>

static long calls, last = -1;

static void die_if(long half) {
    if (last < 0) {
        const char *text = getenv("POP3ANA_TEST_DIE_AT");
        last = text ? atol(text) : 0;
    }
    if (half == 0) ++calls;
    if (last != 0 && 2 * calls + half == last + 1) kill(getpid(), SIGKILL);
}

#define DIE_AROUND(result, name, parameters, arguments)                                           \
    result name parameters {                                                                      \
        static result(*real) parameters;                                                          \
        if (!real) *(void **)&real = dlsym(RTLD_NEXT, #name);                                     \
        die_if(0);                                                                                \
        const result value = real arguments;                                                      \
        die_if(1);                                                                                \
        return value;                                                                             \
    }

DIE_AROUND(ssize_t, write, (int fd, const void *bytes, size_t count), (fd, bytes, count))
DIE_AROUND(ssize_t, send, (int fd, const void *bytes, size_t count, int flags), (fd, bytes, count, flags))
DIE_AROUND(ssize_t, read, (int fd, void *bytes, size_t count), (fd, bytes, count))
DIE_AROUND(ssize_t, recv, (int fd, void *bytes, size_t count, int flags), (fd, bytes, count, flags))
