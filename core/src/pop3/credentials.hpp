// What one command brings of a login.
// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <cstdint>
#include <string>

namespace pop3ana {

/// Raw bytes; empty: not known.
struct Credentials {
    std::string user; ///< of SASL, and of an APOP that was refused (K23)
    std::string password;
    std::string authorization_identity;
    std::string token; ///< OAuth, with what else its line holds

    void clear() {
        for (std::string *text : {&user, &password, &authorization_identity, &token})
            text->clear();
    }
    [[nodiscard]] std::uint64_t bytes() const {
        return user.size() + password.size() + authorization_identity.size() + token.size();
    }
};

} // namespace pop3ana
