// SPDX-License-Identifier: GPL-2.0-or-later
#include "heap.hpp"

#include <atomic>
#include <cstdio>
#include <cstring>
#include <malloc.h>

#if defined(__SANITIZE_ADDRESS__)
#define POP3ANA_TEST_ASAN 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define POP3ANA_TEST_ASAN 1
#endif
#endif

namespace {

std::atomic<std::uint64_t> allocations{0};

} // namespace

std::uint64_t heap_allocations() {
    return allocations;
}

std::size_t resident_bytes() {
    std::FILE *file = std::fopen("/proc/self/status", "r");
    if (file == nullptr) return 0;
    std::size_t kilobytes = 0;
    for (char line[256]; std::fgets(line, sizeof(line), file) != nullptr;)
        if (std::sscanf(line, "VmRSS: %zu", &kilobytes) == 1) break;
    std::fclose(file);
    return kilobytes * 1024;
}

#ifdef POP3ANA_TEST_ASAN

// Declared here because GCC has no sanitizer/allocator_interface.h.
extern "C" {
int __sanitizer_install_malloc_and_free_hooks(void (*malloc_hook)(const volatile void *, size_t),
                                              void (*free_hook)(const volatile void *));
std::size_t __sanitizer_get_current_allocated_bytes();
}

namespace {

void count_allocation(const volatile void *, std::size_t) {
    ++allocations;
}
void ignore_free(const volatile void *) {}
[[maybe_unused]] const int hooks =
    __sanitizer_install_malloc_and_free_hooks(count_allocation, ignore_free);

} // namespace

std::size_t heap_bytes() {
    return __sanitizer_get_current_allocated_bytes();
}

bool resident_memory_is_meaningful() {
    return false;
}

#else

// The C library lets a program put its own functions in front of these; operator new calls malloc.
extern "C" {

void *__libc_malloc(std::size_t size);                    // NOLINT(bugprone-reserved-identifier)
void *__libc_calloc(std::size_t count, std::size_t size); // NOLINT(bugprone-reserved-identifier)
void *__libc_realloc(void *block, std::size_t size);      // NOLINT(bugprone-reserved-identifier)
void *__libc_memalign(std::size_t alignment,
                      std::size_t size); // NOLINT(bugprone-reserved-identifier)

void *malloc(std::size_t size) {
    ++allocations;
    return __libc_malloc(size);
}

void *calloc(std::size_t count, std::size_t size) {
    ++allocations;
    return __libc_calloc(count, size);
}

void *realloc(void *block, std::size_t size) {
    ++allocations;
    return __libc_realloc(block, size);
}

void *aligned_alloc(std::size_t alignment, std::size_t size) {
    ++allocations;
    return __libc_memalign(alignment, size);
}
}

std::size_t heap_bytes() {
    const auto info = mallinfo2();
    return info.uordblks + info.hblkhd;
}

bool resident_memory_is_meaningful() {
    return true;
}

#endif
