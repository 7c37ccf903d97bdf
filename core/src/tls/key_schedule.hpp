// Keys out of secrets: the PRF of TLS 1.0 to 1.2 (RFC 2246 s.5, RFC 5246 s.5) and HKDF of TLS 1.3
// (RFC 8446 s.7.1).
// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include "tls/cipher_suite.hpp"
#include "tls/secrets.hpp"

namespace pop3ana {

inline constexpr std::uint16_t kTls10 = 0x0301, kTls11 = 0x0302, kTls12 = 0x0303, kTls13 = 0x0304;

/// What protects the records of one direction.
struct RecordKeys {
    std::uint16_t version = 0; ///< of the connection
    SuiteAlgorithms algorithms;
    bool encrypts_then_macs = false; ///< CBC alone (RFC 7366)
    std::array<std::uint8_t, 32> key{};
    /// What of it is fixed; of chained records the last block of the one before.
    std::array<std::uint8_t, 16> iv{};
    Secret secret; ///< TLS 1.3: the traffic secret it all comes from; CBC: the key of the MAC

    /// Whether a record goes on where the one before ended, with `iv` as its last block (RFC 2246
    /// s.6.2.3.2).
    [[nodiscard]] bool is_chained() const {
        return version == kTls10 && algorithms.cipher == BulkCipher::kAesCbc;
    }
};

/// Bytes of a hash: of a MAC, or of a secret of TLS 1.3.
std::size_t bytes_of(SuiteHash hash);

/// Keys of TLS 1.3 out of a traffic secret.
RecordKeys derive_keys(const Secret &traffic_secret, const SuiteAlgorithms &algorithms);

/// The traffic secret behind a KeyUpdate (RFC 8446 s.7.2).
Secret next_traffic_secret(const Secret &traffic_secret, const SuiteAlgorithms &algorithms);

/// Of both directions, the client's first, of TLS 1.0 to 1.2; the randoms are those of the hellos.
struct KeyBlock {
    const Secret &master;
    std::uint16_t version;
    SuiteAlgorithms algorithms;
    bool encrypts_then_macs;
    Bytes client_random, server_random;
};
std::array<RecordKeys, 2> derive_keys(const KeyBlock &block);

} // namespace pop3ana
