// JA4, a fingerprint of a client by its ClientHello. The part of the JA4+ suite that is published
// under the BSD 3-Clause licence: JA4 itself, of TLS over TCP.
// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include "tls/hello.hpp"

#include <string>

namespace pop3ana {

/// 36 characters, as "t13d1516h2_8daaf6152771_e5627efa2ab1".
std::string ja4_of(const ClientHello &hello);

} // namespace pop3ana
