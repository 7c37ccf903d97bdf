// The names in a line of a SASL mechanism (docs/semantics.md section 4, K22; section 7).
// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include "pop3/sasl.hpp"

namespace pop3ana {

/// Stores the user, authorization identity and token of one decoded client line, empty where they
/// do not show. Not for PLAIN and LOGIN, whose lines hold the password, too.
void read_sasl_names(SaslMechanism mechanism, std::string_view decoded, Credentials &names);

} // namespace pop3ana
