// What a session knows of a login attempt.
// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <string>

namespace pop3ana {

/// Raw bytes; empty: not known.
struct Credentials {
    std::string user;
    std::string password;
    std::string refused_argument; ///< of the pending PASS or APOP, which was refused (K23)
};

} // namespace pop3ana
