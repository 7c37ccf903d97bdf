/* measure REPORT PROGRAM [ARGUMENT...]
 *
 * Runs PROGRAM and writes "CPU seconds, peak resident KiB" of it to the file REPORT. Its status is
 * PROGRAM's. A process starts with the peak of the one that it was forked from, so a script with a
 * large interpreter cannot measure the peak of a small program itself.
 * SPDX-License-Identifier: GPL-2.0-or-later */

#define _DEFAULT_SOURCE /* wait4 */

#include <stdio.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

static double seconds(struct timeval time) {
    return (double)time.tv_sec + (double)time.tv_usec / 1e6;
}

int main(int argc, char **argv) {
    struct rusage usage;
    int status = 0;
    FILE *report;
    pid_t child;

    if (argc < 3) {
        fputs("usage: measure REPORT PROGRAM [ARGUMENT...]\n", stderr);
        return 2;
    }
    child = fork();
    if (child == 0) {
        execvp(argv[2], argv + 2);
        perror(argv[2]);
        _exit(127);
    }
    if (child < 0 || wait4(child, &status, 0, &usage) != child) {
        perror("measure");
        return 1;
    }
    report = fopen(argv[1], "w");
    if (report == NULL ||
        fprintf(report, "%.6f %ld\n", seconds(usage.ru_utime) + seconds(usage.ru_stime),
                usage.ru_maxrss) < 0 ||
        fclose(report) != 0) {
        perror(argv[1]);
        return 1;
    }
    return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}
