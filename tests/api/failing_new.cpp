// SPDX-License-Identifier: GPL-2.0-or-later
#include "failing_new.hpp"

#include <cstdlib>
#include <new>

namespace {

std::uint64_t calls_left = 0; // until the first that fails; 0: none does
std::uint64_t failures_left = 0;
std::uint64_t failed = 0;

bool fails_now() {
    if (calls_left == 0 || --calls_left > 0) return false;
    calls_left = failures_left > 1 ? 1 : 0; // the next one fails as well
    --failures_left;
    ++failed;
    return true;
}

} // namespace

void fail_allocation(std::uint64_t count, std::uint64_t failures) {
    calls_left = count;
    failures_left = failures;
    failed = 0;
}

std::uint64_t failed_allocations() {
    return failed;
}

// A program may replace these for itself and all its libraries ([replacement.functions]); the other
// forms of new and delete call them.
void *operator new(std::size_t size) {
    void *memory = fails_now() ? nullptr : std::malloc(size != 0 ? size : 1);
    if (memory == nullptr) throw std::bad_alloc();
    return memory;
}

void operator delete(void *memory) noexcept {
    std::free(memory);
}

void operator delete(void *memory, std::size_t) noexcept {
    std::free(memory);
}
