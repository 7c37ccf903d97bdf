// The system calls that a run may still make once it reads packets (seccomp(2)).
// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <string>

namespace pop3dump {

enum class FilterResult {
    Installed,
    NotSupported, ///< the kernel has no such filters, or this build must do without
    Failed
};

/// Confines all threads of the process, for good: reading and writing, files, memory, threads,
/// time and signals stay; programs, sockets, other processes and new code in memory are gone.
/// Needs no_new_privs. `error` is one line unless the result is Installed.
FilterResult confine_system_calls(std::string &error);

} // namespace pop3dump
