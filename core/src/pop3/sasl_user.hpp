// The user's name in a line of a SASL mechanism (docs/semantics.md section 4, K22).
// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include "pop3/sasl.hpp"

namespace pop3ana {

/// The name of the user in one decoded client line; empty where it does not show. Not for PLAIN and
/// LOGIN, whose lines hold the password, too.
std::string sasl_user(SaslMechanism mechanism, std::string_view decoded);

} // namespace pop3ana
