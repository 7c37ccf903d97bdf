// The Internet checksum (RFC 1071), for config.verify_checksums.
// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include "base/bytes.hpp"

namespace pop3ana {

/// Whether the checksum inside an IPv4 header is right.
bool ipv4_header_checksum_ok(Bytes header);

/// Whether the checksum inside a whole TCP segment is right (RFC 9293 s.3.1, RFC 8200 s.8.1).
/// `source` and `destination` hold `address_bytes` (4 or 16) bytes each.
bool tcp_checksum_ok(Bytes segment, const std::uint8_t *source, const std::uint8_t *destination,
                     std::size_t address_bytes);

} // namespace pop3ana
