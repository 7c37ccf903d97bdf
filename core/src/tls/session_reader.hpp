// Reads a session, of which only lengths are known, in all ways that the grammar of POP3 allows,
// and says what all of these agree on.
// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include "tls/server_profile.hpp"

#include <cstdint>
#include <optional>
#include <span>

namespace pop3ana {

/// `uses_results`: what the profile tells of results of logins counts. Without it all verdicts are
/// proofs: each is followed by what only one of them allows.
SessionReading read_session(std::span<const ShadowExchange> exchanges, const ServerProfile &profile,
                            bool uses_results);

/// Length of the user's name in the login at `entry`; none: it was no USER, or nobody knows.
std::optional<std::uint32_t> user_length_at(const SessionReading &reading, std::size_t entry,
                                            const ServerProfile &profile);

} // namespace pop3ana
