/* Preloaded by `counts`: valgrind cannot run a program that asks the kernel for a filter of its
 * system calls, nor libseccomp's question whether there are any.
 * SPDX-License-Identifier: GPL-2.0-or-later */
#include <seccomp.h>
#include <stdint.h>

__attribute__((visibility("default"))) int
seccomp_attr_set(scmp_filter_ctx context, enum scmp_filter_attr attribute, uint32_t value) {
    (void)context;
    (void)attribute;
    (void)value;
    return 0;
}

__attribute__((visibility("default"))) int seccomp_load(const scmp_filter_ctx context) {
    (void)context;
    return 0;
}
