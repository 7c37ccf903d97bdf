// In place of server_tls.cpp where hiredis has no TLS.
// SPDX-License-Identifier: GPL-2.0-or-later
#include "fleet/server.hpp"
#include "fleet/server_tls.hpp"

#include <fmt/format.h>

namespace pop3fleet {

void start_tls(redisContext & /*context*/, const TlsPeer &peer) {
    throw ServerRefusal(
        fmt::format("{}: this build has no TLS: it takes hiredis 1.0 and OpenSSL", peer.name));
}

} // namespace pop3fleet
