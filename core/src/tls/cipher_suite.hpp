// Cipher suites of TLS: their names, and what they are made of (IANA: TLS Cipher Suites).
// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace pop3ana {

/// Of records. kAesCcm8 has a tag of 8 bytes instead of 16.
enum class BulkCipher : std::uint8_t { kAesGcm, kAesCcm, kAesCcm8, kChaCha20Poly1305, kAesCbc };

enum class SuiteHash : std::uint8_t { kSha1, kSha256, kSha384 };

struct SuiteAlgorithms {
    BulkCipher cipher{};
    std::uint8_t key_bytes = 0;
    /// Of the key schedule: SHA-1 stands for the default of the version there. Of CBC it is that of
    /// the MAC, too.
    SuiteHash hash{};
};

struct CipherSuite {
    std::uint16_t number;
    const char *name;

    /// What its name says; none: not a suite whose records are decrypted.
    [[nodiscard]] std::optional<SuiteAlgorithms> algorithms() const;
};

/// nullptr: it has no name here.
const CipherSuite *find_cipher_suite(std::uint16_t number);

/// Its name; the number in hexadecimal digits where it has none here: "0x1234".
std::string cipher_suite_text(std::uint16_t number);

} // namespace pop3ana
