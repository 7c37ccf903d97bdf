// How many messages a session fetched, and their bytes, as its lengths show it.
// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include "tls/server_profile.hpp"

#include <cstdint>
#include <optional>

namespace pop3ana {

struct FetchedMail {
    std::uint64_t messages = 0;         ///< that RETR was answered with
    std::optional<std::uint64_t> bytes; ///< of them as sent, with dots doubled; none: not certain
};

/// Of a session that is logged in by its last verdict; none: it is not certain.
std::optional<FetchedMail> find_fetched_mail(const SessionReading &reading,
                                             const ServerProfile &profile);

} // namespace pop3ana
