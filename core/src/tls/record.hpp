// Headers of TLS records (RFC 8446 s.5.1, RFC 5246 s.6.2) and of handshake messages (RFC 8446 s.4).
// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include "tls/prefixed_splitter.hpp"

namespace pop3ana {

/// What a record holds.
enum class ContentType : std::uint8_t {
    kChangeCipherSpec = 20,
    kAlert = 21,
    kHandshake = 22,
    kApplicationData = 23,
};

struct RecordHeader {
    static constexpr std::size_t kBytes = 5;

    ContentType type{};
    std::uint16_t version = 0; ///< of the record: 0x0300 to 0x0304
    std::uint16_t length = 0;  ///< of the fragment behind it

    /// A fragment has 2^14 bytes of text at most, and what encryption adds (RFC 5246 s.6.2.3).
    static std::optional<RecordHeader> parse(const std::uint8_t *bytes) {
        constexpr std::size_t kLargest = (1U << 14) + 2'048;
        const RecordHeader header{static_cast<ContentType>(bytes[0]), be16(bytes + 1),
                                  be16(bytes + 3)};
        if (header.type < ContentType::kChangeCipherSpec ||
            header.type > ContentType::kApplicationData || header.version < 0x0300 ||
            header.version > 0x0304 || header.length > kLargest)
            return std::nullopt;
        return header;
    }
};

/// Types of handshake messages (RFC 8446 s.4, RFC 5246 s.7.4); those that matter here.
enum class HandshakeType : std::uint8_t {
    kClientHello = 1,
    kServerHello = 2,
    kNewSessionTicket = 4,
    kEndOfEarlyData = 5,
    kEncryptedExtensions = 8,
    kCertificate = 11,
    kFinished = 20,
    kKeyUpdate = 24,
};

struct MessageHeader {
    static constexpr std::size_t kBytes = 4;

    HandshakeType type{};
    std::uint32_t length = 0;

    static std::optional<MessageHeader> parse(const std::uint8_t *bytes) {
        return MessageHeader{static_cast<HandshakeType>(bytes[0]), be32(bytes) & 0xffffff};
    }
};

using RecordSplitter = PrefixedSplitter<RecordHeader>;
using MessageSplitter = PrefixedSplitter<MessageHeader>;

} // namespace pop3ana
