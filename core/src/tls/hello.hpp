// The two messages in which client and server agree on a version and a cipher suite
// (RFC 8446 s.4.1, RFC 5246 s.7.4.1).
// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include "base/bytes.hpp"

#include <optional>
#include <string_view>
#include <vector>

namespace pop3ana {

/// IANA's numbers of what is read here (TLS ExtensionType Values).
enum : std::uint16_t {
    kExtensionServerName = 0,
    kExtensionSignatureAlgorithms = 13,
    kExtensionAlpn = 16,
    kExtensionEncryptThenMac = 22,
    kExtensionExtendedMasterSecret = 23,
    kExtensionPreSharedKey = 41,
    kExtensionEarlyData = 42,
    kExtensionSupportedVersions = 43,
};

inline constexpr std::size_t kHelloRandomBytes = 32;

/// Values of lists in network byte order; those of GREASE (RFC 8701) are left out.
using Values = std::vector<std::uint16_t>;

/// Views are of the message.
struct ClientHello {
    std::uint16_t version = 0; ///< the highest that it offers
    Bytes random;
    Bytes session_id;
    Values suites;
    Values extensions; ///< their types
    Values signature_algorithms;
    bool has_server_name = false;
    std::string_view server_name; ///< empty: none, or it is no host name
    std::string_view alpn;        ///< the first that it offers
    bool has_early_data = false;
};

struct ServerHello {
    std::uint16_t version = 0; ///< that was chosen
    Bytes random;
    Bytes session_id;
    std::uint16_t suite = 0;
    bool is_retry_request = false; ///< HelloRetryRequest: another ClientHello follows
    bool has_pre_shared_key = false;
    bool has_encrypt_then_mac = false;
    bool has_extended_master_secret = false;
    std::string_view alpn; ///< empty: none, or it is encrypted (TLS 1.3)
};

/// The message without its header; none: it is damaged.
std::optional<ClientHello> parse_client_hello(Bytes body);
std::optional<ServerHello> parse_server_hello(Bytes body);

/// Whether the server takes early data (RFC 8446 s.4.2.10), by its EncryptedExtensions.
bool accepts_early_data(Bytes encrypted_extensions);

} // namespace pop3ana
