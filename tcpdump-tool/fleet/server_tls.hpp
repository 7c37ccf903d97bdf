// TLS to the server (RFC 8446), whose certificate has to be for the name that it was asked for by.
// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <string>

struct redisContext;

namespace pop3fleet {

struct TlsPeer {
    std::string ca_file; ///< certificates that sign that of the server; "": those of the system
    std::string host;    ///< name or address
    std::string name;    ///< of the server, for messages
};

/// Of a connection that was just opened. Throws ServerAway, or ServerRefusal where there is no TLS
/// or the file cannot be used.
void start_tls(redisContext &context, const TlsPeer &peer);

} // namespace pop3fleet
