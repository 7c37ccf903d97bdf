// What the whole process does with the heap, with and without AddressSanitizer.
// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <cstddef>
#include <cstdint>

/// Blocks taken from the heap since the start, by malloc, operator new and their kin.
std::uint64_t heap_allocations();

/// Bytes that are taken now.
std::size_t heap_bytes();

/// False: a sanitizer's own memory hides what the process needs.
bool resident_memory_is_meaningful();

/// Bytes of memory that the process occupies now.
std::size_t resident_bytes();
