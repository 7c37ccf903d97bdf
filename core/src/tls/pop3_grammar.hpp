// The grammar of a POP3 session as lengths show it: what a command and its reply may have been.
// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include "tls/server_profile.hpp"

#include <compare>
#include <optional>
#include <vector>

namespace pop3ana {

/// Where a session stands.
enum class DialogState : std::uint8_t {
    kStart,         ///< before a login
    kPassAgain,     ///< the same; servers that take another PASS after a failed one
    kUser,          ///< USER was accepted
    kSaslPlain,     ///< one line follows
    kSaslLogin,     ///< a name and a password follow
    kSaslPassword,  ///< of AUTH LOGIN: the last line follows
    kSaslChallenge, ///< CRAM-MD5: one line follows
    kSaslOther,     ///< lines follow
    kLoggedIn,
    kEnd, ///< the last command has no reply
};

/// What an exchange may have been.
struct DialogStep {
    DialogState to{};
    std::optional<LoginResult> result;
    std::optional<std::uint32_t> user_length;
};

/// Appends all that the exchange may have been to `steps`, in state `from`, with the length of the
/// user's name if that is known. `uses_results`: what the profile tells of results rules some out.
void find_steps(DialogState from, std::optional<std::uint32_t> user_length,
                const SessionReading::Entry &entry, const ServerProfile &profile, bool uses_results,
                std::vector<DialogStep> &steps);

} // namespace pop3ana
