// What one command brings of a login.
// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <string>

namespace pop3ana {

/// Raw bytes; empty: not known.
struct Credentials {
    std::string user; ///< of SASL, and of an APOP that was refused (K23)
    std::string password;
};

} // namespace pop3ana
