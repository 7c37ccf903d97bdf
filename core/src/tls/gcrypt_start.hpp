// libgcrypt, which wants to be told before it is used.
// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

namespace pop3ana {

/// Makes it ready, unless the program has done so. What uses it first without writes a complaint
/// to the system's log.
void start_gcrypt();

} // namespace pop3ana
