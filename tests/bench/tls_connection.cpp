// SPDX-License-Identifier: GPL-2.0-or-later
#include "tls_connection.hpp"

#include <algorithm>
#include <stdexcept>

namespace pop3ana_bench {
namespace {

constexpr std::size_t kHashBytes = 32, kKeyBytes = 16, kIvBytes = 12, kTagBytes = 16;
constexpr std::size_t kRecordBytes = 1U << 14;
constexpr std::uint8_t kHandshake = 22, kApplicationData = 23;
constexpr std::uint8_t kEncryptedExtensions = 8, kCertificate = 11, kFinished = 20;
constexpr std::size_t kCertificateBytes = 1'400; // with what verifies it

void must(gcry_error_t error) {
    if (error != 0) throw std::runtime_error(gcry_strerror(error));
}

std::string number_of(std::size_t value, int bytes) {
    std::string text;
    for (int shift = 8 * (bytes - 1); shift >= 0; shift -= 8)
        text += static_cast<char>(value >> shift);
    return text;
}

// A length of so many bytes, and the text.
std::string prefixed(int bytes, const std::string &text) {
    return number_of(text.size(), bytes).append(text);
}

// 32 bytes that belong to a connection; each letter has its own.
std::string drawn(std::size_t number, char letter) {
    const std::string seed = number_of(number, 8) + letter;
    std::string digest(kHashBytes, '\0');
    gcry_md_hash_buffer(GCRY_MD_SHA256, digest.data(), seed.data(), seed.size());
    return digest;
}

std::string random_of(std::size_t number) {
    return drawn(number, 'r');
}

// HKDF-Expand-Label without context, up to a hash (RFC 8446 s.7.1).
std::string expand(const std::string &secret, std::string_view label, std::size_t size) {
    std::string info = number_of(size, 2) + prefixed(1, std::string{"tls13 "}.append(label));
    info.append(1, '\0').append(1, '\1');
    gcry_buffer_t parts[2] = {};
    parts[0].data = const_cast<char *>(secret.data());
    parts[0].len = secret.size();
    parts[1].data = info.data();
    parts[1].len = info.size();
    std::string digest(kHashBytes, '\0');
    must(gcry_md_hash_buffers(GCRY_MD_SHA256, GCRY_MD_FLAG_HMAC, digest.data(), parts, 2));
    return digest.substr(0, size);
}

std::string record_header(std::uint8_t type, std::size_t length) {
    return number_of(type, 1) + "\x03\x03" + number_of(length, 2);
}

std::string message(std::uint8_t type, const std::string &body) {
    return number_of(type, 1) + prefixed(3, body);
}

std::string extension(std::size_t type, const std::string &body) {
    return number_of(type, 2) + prefixed(2, body);
}

std::string hello(std::uint8_t type, std::size_t number, const std::string &suites,
                  const std::string &extensions) {
    const std::string body = "\x03\x03" + random_of(number + (type == 2 ? 1ULL << 40 : 0)) +
                             prefixed(1, random_of(number)) + suites + prefixed(2, extensions);
    const std::string whole = message(type, body);
    return record_header(kHandshake, whole.size()) + whole;
}

std::string hex(const std::string &bytes) {
    std::string text;
    for (const char byte : bytes)
        for (const int shift : {4, 0})
            text += "0123456789abcdef"[static_cast<unsigned char>(byte) >> shift & 15];
    return text;
}

std::string key_share(std::size_t number) {
    return number_of(0x1d, 2) + prefixed(2, drawn(number, 'k')); // x25519
}

} // namespace

TlsConnection::Protection::Protection(const std::string &secret)
    : iv(expand(secret, "iv", kIvBytes)) {
    gcry_cipher_hd_t handle = nullptr;
    must(gcry_cipher_open(&handle, GCRY_CIPHER_AES128, GCRY_CIPHER_MODE_GCM, 0));
    cipher.reset(handle);
    must(gcry_cipher_setkey(handle, expand(secret, "key", kKeyBytes).data(), kKeyBytes));
}

std::string TlsConnection::Protection::record(std::uint8_t type, std::string_view text) {
    std::string inner{text};
    inner += static_cast<char>(type);
    std::string nonce = iv;
    for (std::size_t i = 0; i < 8; ++i)
        nonce[kIvBytes - 1 - i] ^= static_cast<char>(sequence_number >> 8 * i);
    ++sequence_number;
    std::string whole = record_header(kApplicationData, inner.size() + kTagBytes);
    gcry_cipher_hd_t handle = cipher.get();
    must(gcry_cipher_reset(handle));
    must(gcry_cipher_setiv(handle, nonce.data(), nonce.size()));
    must(gcry_cipher_authenticate(handle, whole.data(), whole.size()));
    must(gcry_cipher_encrypt(handle, inner.data(), inner.size(), nullptr, 0));
    std::string tag(kTagBytes, '\0');
    must(gcry_cipher_gettag(handle, tag.data(), tag.size()));
    return whole.append(inner).append(tag);
}

TlsConnection::TlsConnection(std::size_t number)
    : number_(number), handshake_{Protection{drawn(number, 'h')}, Protection{drawn(number, 'H')}},
      traffic_{Protection{drawn(number, 't')}, Protection{drawn(number, 'T')}} {}

std::string TlsConnection::client_hello() const {
    const std::string suites = std::string{"\x13\x02\x13\x03\x13\x01\xc0\x2f", 8};
    const std::string name = std::string(1, '\0') + prefixed(2, "mail.example.net");
    return hello(1, number_, prefixed(2, suites) + std::string("\x01\x00", 2),
                 extension(0, prefixed(2, name)) +
                     extension(10, prefixed(2, std::string("\x00\x1d\x00\x17", 4))) +
                     extension(13, prefixed(2, "\x08\x04\x04\x03")) +
                     extension(43, prefixed(1, "\x03\x04\x03\x03")) +
                     extension(51, prefixed(2, key_share(number_))));
}

std::string TlsConnection::server_flight() {
    std::string verified = message(kEncryptedExtensions, std::string(2, '\0'));
    verified += message(kCertificate, std::string(kCertificateBytes, 'c'));
    verified += message(kFinished, drawn(number_, 'f'));
    return hello(2, number_, std::string("\x13\x01\x00", 3),
                 extension(43, "\x03\x04") + extension(51, key_share(number_ + 1))) +
           handshake_[1].record(kHandshake, verified);
}

std::string TlsConnection::client_finished() {
    return handshake_[0].record(kHandshake, message(kFinished, drawn(number_, 'F')));
}

std::string TlsConnection::protect(pop3ana_test::Side from, std::string_view text) {
    Protection &protection = traffic_[from == pop3ana_test::Side::Client ? 0 : 1];
    std::string records;
    for (; !text.empty(); text.remove_prefix(std::min(text.size(), kRecordBytes)))
        records += protection.record(kApplicationData, text.substr(0, kRecordBytes));
    return records;
}

std::string TlsConnection::key_log(std::size_t number) {
    struct Row {
        const char *label;
        char letter;
    };
    std::string lines;
    for (const Row &row :
         {Row{"CLIENT_HANDSHAKE_TRAFFIC_SECRET", 'h'}, Row{"SERVER_HANDSHAKE_TRAFFIC_SECRET", 'H'},
          Row{"CLIENT_TRAFFIC_SECRET_0", 't'}, Row{"SERVER_TRAFFIC_SECRET_0", 'T'}})
        lines.append(row.label)
            .append(" ")
            .append(hex(random_of(number)))
            .append(" ")
            .append(hex(drawn(number, row.letter)))
            .append("\n");
    return lines;
}

} // namespace pop3ana_bench
