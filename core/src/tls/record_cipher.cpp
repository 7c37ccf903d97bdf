// SPDX-License-Identifier: GPL-2.0-or-later
#include "tls/record_cipher.hpp"

#include <algorithm>
#include <new>

namespace pop3ana {
namespace {

constexpr std::size_t kBlockBytes = 16;          // of AES
constexpr std::size_t kNonceBytes = 12;          // RFC 5116 s.5, RFC 8439 s.2.8
constexpr std::size_t kExplicitNonceBytes = 8;   // RFC 5288 s.3, RFC 6655 s.3
constexpr std::size_t kMostTextBytes = 1U << 14; // RFC 8446 s.5.1

int mode_of(BulkCipher cipher) {
    switch (cipher) {
    case BulkCipher::kAesGcm: return GCRY_CIPHER_MODE_GCM;
    case BulkCipher::kAesCcm:
    case BulkCipher::kAesCcm8: return GCRY_CIPHER_MODE_CCM;
    case BulkCipher::kChaCha20Poly1305: return GCRY_CIPHER_MODE_POLY1305;
    case BulkCipher::kAesCbc: break;
    }
    return GCRY_CIPHER_MODE_CBC;
}

int algorithm_of(const SuiteAlgorithms &algorithms) {
    if (algorithms.cipher == BulkCipher::kChaCha20Poly1305) return GCRY_CIPHER_CHACHA20;
    return algorithms.key_bytes == 16 ? GCRY_CIPHER_AES128 : GCRY_CIPHER_AES256;
}

std::size_t tag_bytes(BulkCipher cipher) {
    return cipher == BulkCipher::kAesCcm8 ? 8 : 16;
}

// Whether the nonce stands in the record; else it is the IV and the sequence number.
bool has_explicit_nonce(const RecordKeys &keys) {
    return keys.version < kTls13 && keys.algorithms.cipher != BulkCipher::kChaCha20Poly1305;
}

// A number and a header as TLS 1.2 and older authenticate them, with the length of what is inside.
using MacHeader = std::array<std::uint8_t, 8 + RecordHeader::kBytes>;
MacHeader mac_header(std::uint64_t sequence_number, const RecordHeader &header,
                     std::size_t length) {
    MacHeader bytes;
    for (std::size_t i = 0; i < 8; ++i)
        bytes[i] = static_cast<std::uint8_t>(sequence_number >> (56 - 8 * i));
    bytes[8] = static_cast<std::uint8_t>(header.type);
    bytes[9] = static_cast<std::uint8_t>(header.version >> 8);
    bytes[10] = static_cast<std::uint8_t>(header.version);
    bytes[11] = static_cast<std::uint8_t>(length >> 8);
    bytes[12] = static_cast<std::uint8_t>(length);
    return bytes;
}

bool is_equal(Bytes a, Bytes b) {
    return std::equal(a.begin(), a.end(), b.begin(), b.end());
}

bool is_mac(const RecordKeys &keys, Bytes header, Bytes bytes, Bytes mac) {
    const int algorithm = keys.algorithms.hash == SuiteHash::kSha1     ? GCRY_MD_SHA1
                          : keys.algorithms.hash == SuiteHash::kSha256 ? GCRY_MD_SHA256
                                                                       : GCRY_MD_SHA384;
    gcry_buffer_t parts[3] = {};
    const Bytes key = keys.secret.bytes();
    parts[0].data = const_cast<std::uint8_t *>(key.data());
    parts[0].len = key.size();
    parts[1].data = const_cast<std::uint8_t *>(header.data());
    parts[1].len = header.size();
    parts[2].data = const_cast<std::uint8_t *>(bytes.data());
    parts[2].len = bytes.size();
    std::array<std::uint8_t, 64> digest;
    return gcry_md_hash_buffers(algorithm, GCRY_MD_FLAG_HMAC, digest.data(), parts, 3) == 0 &&
           is_equal(Bytes{digest}.first(bytes_of(keys.algorithms.hash)), mac);
}

// RFC 8446 s.5.2: the type stands behind the text, and zeros behind it.
std::optional<PlainRecord> inner_record(Bytes text) {
    while (!text.empty() && text.back() == 0)
        text = text.first(text.size() - 1);
    if (text.empty()) return std::nullopt;
    const auto type = static_cast<ContentType>(text.back());
    return PlainRecord{type, text.first(text.size() - 1)};
}

} // namespace

RecordCipher::RecordCipher(const RecordKeys &keys) {
    gcry_cipher_hd_t handle = nullptr;
    if (gcry_cipher_open(&handle, algorithm_of(keys.algorithms), mode_of(keys.algorithms.cipher),
                         0) != 0)
        throw std::bad_alloc{};
    handle_.reset(handle);
    if (gcry_cipher_setkey(handle, keys.key.data(), keys.algorithms.key_bytes) != 0)
        throw std::bad_alloc{};
}

std::optional<PlainRecord> RecordCipher::open(const RecordKeys &keys, std::uint64_t sequence_number,
                                              const RecordHeader &header, Bytes fragment,
                                              std::string &buffer) {
    return keys.algorithms.cipher == BulkCipher::kAesCbc
               ? open_cbc(keys, sequence_number, header, fragment, buffer)
               : open_aead(keys, sequence_number, header, fragment, buffer);
}

std::optional<PlainRecord> RecordCipher::open_aead(const RecordKeys &keys,
                                                   std::uint64_t sequence_number,
                                                   const RecordHeader &header, Bytes fragment,
                                                   std::string &buffer) {
    std::array<std::uint8_t, kNonceBytes> nonce;
    std::copy_n(keys.iv.begin(), kNonceBytes, nonce.begin());
    if (has_explicit_nonce(keys)) {
        if (fragment.size() < kExplicitNonceBytes) return std::nullopt;
        std::copy_n(fragment.begin(), kExplicitNonceBytes, nonce.end() - kExplicitNonceBytes);
        fragment = skip(fragment, kExplicitNonceBytes);
    } else {
        for (std::size_t i = 0; i < 8; ++i)
            nonce[nonce.size() - 1 - i] ^= static_cast<std::uint8_t>(sequence_number >> 8 * i);
    }
    const std::size_t tag = tag_bytes(keys.algorithms.cipher);
    if (fragment.size() < tag) return std::nullopt;
    const Bytes ciphertext = fragment.first(fragment.size() - tag);
    if (ciphertext.size() > kMostTextBytes + 1) return std::nullopt;
    const MacHeader mac = mac_header(sequence_number, header, ciphertext.size());
    const std::array<std::uint8_t, RecordHeader::kBytes> outer{
        static_cast<std::uint8_t>(header.type), static_cast<std::uint8_t>(header.version >> 8),
        static_cast<std::uint8_t>(header.version), static_cast<std::uint8_t>(header.length >> 8),
        static_cast<std::uint8_t>(header.length)};
    const Bytes authenticated = keys.version == kTls13 ? Bytes{outer} : Bytes{mac};

    gcry_cipher_hd_t handle = handle_.get();
    bool fine = gcry_cipher_reset(handle) == 0 &&
                gcry_cipher_setiv(handle, nonce.data(), nonce.size()) == 0;
    if (mode_of(keys.algorithms.cipher) == GCRY_CIPHER_MODE_CCM) {
        std::uint64_t lengths[3] = {ciphertext.size(), authenticated.size(), tag};
        fine =
            fine && gcry_cipher_ctl(handle, GCRYCTL_SET_CCM_LENGTHS, lengths, sizeof lengths) == 0;
    }
    fine =
        fine && gcry_cipher_authenticate(handle, authenticated.data(), authenticated.size()) == 0;
    buffer.resize(ciphertext.size());
    fine = fine && gcry_cipher_decrypt(handle, buffer.data(), buffer.size(), ciphertext.data(),
                                       ciphertext.size()) == 0;
    if (!fine || gcry_cipher_checktag(handle, skip(fragment, ciphertext.size()).data(), tag) != 0)
        return std::nullopt;
    if (keys.version == kTls13) return inner_record(as_bytes(buffer));
    return PlainRecord{header.type, as_bytes(buffer)};
}

std::optional<PlainRecord> RecordCipher::open_cbc(const RecordKeys &keys,
                                                  std::uint64_t sequence_number,
                                                  const RecordHeader &header, Bytes fragment,
                                                  std::string &buffer) {
    const std::size_t mac = bytes_of(keys.algorithms.hash);
    if (keys.encrypts_then_macs) {
        if (fragment.size() < mac) return std::nullopt;
        const Bytes authenticated = fragment.first(fragment.size() - mac);
        if (!is_mac(keys, mac_header(sequence_number, header, authenticated.size()), authenticated,
                    fragment.last(mac)))
            return std::nullopt;
        fragment = authenticated;
    }
    Bytes iv{keys.iv};
    if (!keys.is_chained()) {
        if (fragment.size() < kBlockBytes) return std::nullopt;
        iv = fragment.first(kBlockBytes);
        fragment = skip(fragment, kBlockBytes);
    }
    if (fragment.empty() || fragment.size() % kBlockBytes != 0 || iv.size() != kBlockBytes ||
        !decrypt_cbc(iv, fragment, buffer))
        return std::nullopt;
    Bytes text = as_bytes(buffer);
    const std::uint8_t padding = text.back();
    const std::size_t behind = padding + std::size_t{1} + (keys.encrypts_then_macs ? 0 : mac);
    const bool is_padded =
        behind <= text.size() && std::all_of(text.end() - padding - 1, text.end(),
                                             [&](auto byte) { return byte == padding; });
    if (!is_padded) {
        // It is the record, but `iv` is not what was before it.
        if (keys.encrypts_then_macs) return PlainRecord{header.type, {}};
        return std::nullopt;
    }
    const Bytes content = text.first(text.size() - behind);
    if (!keys.encrypts_then_macs &&
        !is_mac(keys, mac_header(sequence_number, header, content.size()), content,
                skip(text, content.size()).first(mac)))
        return std::nullopt;
    return PlainRecord{header.type, content};
}

bool RecordCipher::decrypt_cbc(Bytes iv, Bytes ciphertext, std::string &buffer) {
    gcry_cipher_hd_t handle = handle_.get();
    buffer.resize(ciphertext.size());
    return gcry_cipher_reset(handle) == 0 && gcry_cipher_setiv(handle, iv.data(), iv.size()) == 0 &&
           gcry_cipher_decrypt(handle, buffer.data(), buffer.size(), ciphertext.data(),
                               ciphertext.size()) == 0;
}

RecordCipher &RecordCiphers::of(std::uint64_t id, const RecordKeys &keys) {
    Slot &slot = slots_[id % slots_.size()];
    if (slot.id != id) {
        slot.id = 0;
        slot.cipher.emplace(keys);
        slot.id = id;
    }
    return *slot.cipher;
}

} // namespace pop3ana
