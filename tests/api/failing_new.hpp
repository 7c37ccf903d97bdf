// Makes operator new fail, for what must survive that.
// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <cstdint>

/// Lets the next `count` - 1 calls of operator new succeed and the `failures` calls after them
/// throw std::bad_alloc; `count` 0: none fails.
void fail_allocation(std::uint64_t count, std::uint64_t failures = 1);

/// Calls that have failed since fail_allocation().
std::uint64_t failed_allocations();
