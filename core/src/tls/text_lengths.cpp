// SPDX-License-Identifier: GPL-2.0-or-later
#include "tls/text_lengths.hpp"

#include "base/limits.hpp"
#include "tls/cipher_suite.hpp"
#include "tls/hello.hpp"
#include "tls/key_schedule.hpp"

namespace pop3ana {
namespace {

constexpr std::uint32_t kTagBytes = 16, kShortTagBytes = 8, kExplicitNonceBytes = 8;

} // namespace

std::optional<std::uint32_t> record_overhead(std::uint16_t version, std::uint16_t suite) {
    const CipherSuite *const row = find_cipher_suite(suite);
    const auto algorithms = row != nullptr ? row->algorithms() : std::nullopt;
    if (!algorithms || algorithms->cipher == BulkCipher::kAesCbc) return std::nullopt;
    const std::uint32_t tag =
        algorithms->cipher == BulkCipher::kAesCcm8 ? kShortTagBytes : kTagBytes;
    if (version == kTls13) return tag + 1; // The type is inside (RFC 8446 s.5.2).
    if (version != kTls12) return std::nullopt;
    // RFC 5288 s.3, RFC 6655 s.3; RFC 7905 s.2 has none.
    const bool has_nonce = algorithms->cipher != BulkCipher::kChaCha20Poly1305;
    return tag + (has_nonce ? kExplicitNonceBytes : 0);
}

bool TextLengthReader::is_tls13() const {
    return version_ == kTls13;
}

TextLengthReader::Found TextLengthReader::record(Side from, const RecordHeader &header,
                                                 Bytes fragment) {
    if (header.type == ContentType::kHandshake && version_ == 0)
        return {false, !handshake(from, fragment), 0};
    if (header.type != ContentType::kApplicationData || version_ == 0) return {};
    if (version_ == kTls13 && !is_in_traffic_) {
        if (from == Side::kServer)
            saw_server_encrypted_ = true;
        else
            is_in_traffic_ = saw_server_encrypted_ && header.length == finished_length_ + overhead_;
        return {};
    }
    if (header.length < overhead_) return {false, true, 0};
    const std::uint32_t length = header.length - std::uint32_t{overhead_};
    return {length != 0, false, length}; // Empty ones are no text.
}

bool TextLengthReader::handshake(Side from, Bytes fragment) {
    const HandshakeType wanted =
        from == Side::kClient ? HandshakeType::kClientHello : HandshakeType::kServerHello;
    bool is_fine = true;
    messages_[from].take(
        fragment,
        [&](const MessageHeader &header) {
            return header.type == wanted && header.length <= kTlsHelloBytes;
        },
        [&](const MessageHeader &header, Bytes body) {
            if (header.type != wanted || !is_fine || version_ != 0) return;
            is_fine = from == Side::kClient ? client_hello(body) : server_hello(body);
        });
    return is_fine;
}

// Early data cannot be told from what follows it.
bool TextLengthReader::client_hello(Bytes body) {
    const auto hello = parse_client_hello(body);
    return hello && !hello->has_early_data;
}

bool TextLengthReader::server_hello(Bytes body) {
    const auto hello = parse_server_hello(body);
    if (!hello) return false;
    if (hello->is_retry_request) return true;
    const auto overhead = record_overhead(hello->version, hello->suite);
    if (!overhead) return false;
    version_ = hello->version;
    overhead_ = static_cast<std::uint16_t>(*overhead);
    const auto hash = find_cipher_suite(hello->suite)->algorithms()->hash;
    const std::size_t hash_bytes = hash == SuiteHash::kSha384 ? 48 : 32;
    finished_length_ = static_cast<std::uint16_t>(MessageHeader::kBytes + hash_bytes);
    is_in_traffic_ = version_ != kTls13;
    return true;
}

} // namespace pop3ana
