// CMocka for C++: the headers that its user must include first, and C linkage, which the header of
// 1.1.5 does not give itself outside of Windows.
// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <csetjmp>
#include <cstdarg>
#include <cstddef>
#include <cstdint>

extern "C" {
#include <cmocka.h>
}

#undef fail // streams have a function of this name; fail_msg says more
#undef skip // so do spans of bytes here
