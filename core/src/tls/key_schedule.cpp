// SPDX-License-Identifier: GPL-2.0-or-later
#include "tls/key_schedule.hpp"

#include "base/hmac.hpp"

#include <algorithm>
#include <string>

namespace pop3ana {
namespace {

constexpr std::size_t kGcmSaltBytes = 4; // RFC 5288 s.3, RFC 6655 s.3

int algorithm_of(SuiteHash hash) {
    switch (hash) {
    case SuiteHash::kSha1: return GCRY_MD_SHA1;
    case SuiteHash::kSha256: return GCRY_MD_SHA256;
    case SuiteHash::kSha384: return GCRY_MD_SHA384;
    }
    return GCRY_MD_SHA256;
}

// Suites whose MAC is SHA-1 have SHA-256 here.
SuiteHash hash_of_schedule(SuiteHash hash) {
    return hash == SuiteHash::kSha1 ? SuiteHash::kSha256 : hash;
}

// HKDF-Expand-Label with no context (RFC 8446 s.7.1): no more than one hash is needed of it.
std::string expand_label(const Secret &secret, SuiteHash hash, std::string_view label,
                         std::size_t size) {
    const std::string full = std::string{"tls13 "}.append(label);
    std::string info{static_cast<char>(size >> 8), static_cast<char>(size)};
    info.append(1, static_cast<char>(full.size())).append(full).append(1, '\0');
    Hmac hmac{algorithm_of(hash_of_schedule(hash)), secret.bytes()};
    return std::string{as_text(hmac.of({info, std::string_view{"\1", 1}}))}.substr(0, size);
}

// P_hash (RFC 5246 s.5).
std::string expand(int algorithm, Bytes secret, std::string_view seed, std::size_t size) {
    Hmac hmac{algorithm, secret};
    std::string a{as_text(hmac.of({seed}))};
    std::string output;
    while (output.size() < size) {
        output.append(as_text(hmac.of({a, seed})));
        a = as_text(hmac.of({a}));
    }
    output.resize(size);
    return output;
}

std::string prf(std::uint16_t version, SuiteHash hash, Bytes secret, std::string_view seed,
                std::size_t size) {
    if (version >= kTls12) return expand(algorithm_of(hash_of_schedule(hash)), secret, seed, size);
    // Two halves of the secret, which share a byte where it is odd (RFC 2246 s.5).
    const std::size_t half = (secret.size() + 1) / 2;
    std::string output = expand(GCRY_MD_MD5, secret.first(half), seed, size);
    const std::string other = expand(GCRY_MD_SHA1, secret.last(half), seed, size);
    for (std::size_t i = 0; i < size; ++i)
        output[i] = static_cast<char>(output[i] ^ other[i]);
    return output;
}

// Of TLS 1.2 and older: what the key block has of it.
std::size_t iv_bytes(const KeyBlock &block) {
    switch (block.algorithms.cipher) {
    case BulkCipher::kChaCha20Poly1305: return 12; // RFC 7905 s.2
    case BulkCipher::kAesCbc: return block.version == kTls10 ? 16 : 0;
    default: return kGcmSaltBytes;
    }
}

template <std::size_t N>
void take(std::string_view &from, std::size_t size, std::array<std::uint8_t, N> &to) {
    std::copy_n(from.begin(), size, to.begin());
    from.remove_prefix(size);
}

} // namespace

std::size_t bytes_of(SuiteHash hash) {
    return gcry_md_get_algo_dlen(algorithm_of(hash));
}

RecordKeys derive_keys(const Secret &traffic_secret, const SuiteAlgorithms &algorithms) {
    constexpr std::size_t kIvBytes = 12;
    RecordKeys keys{kTls13, algorithms, false, {}, {}, traffic_secret};
    const std::string key =
        expand_label(traffic_secret, algorithms.hash, "key", algorithms.key_bytes);
    const std::string iv = expand_label(traffic_secret, algorithms.hash, "iv", kIvBytes);
    std::copy(key.begin(), key.end(), keys.key.begin());
    std::copy(iv.begin(), iv.end(), keys.iv.begin());
    return keys;
}

Secret next_traffic_secret(const Secret &traffic_secret, const SuiteAlgorithms &algorithms) {
    return Secret{as_bytes(expand_label(traffic_secret, algorithms.hash, "traffic upd",
                                        traffic_secret.bytes().size()))};
}

std::array<RecordKeys, 2> derive_keys(const KeyBlock &block) {
    const std::size_t mac =
        block.algorithms.cipher == BulkCipher::kAesCbc ? bytes_of(block.algorithms.hash) : 0;
    const std::size_t key = block.algorithms.key_bytes, iv = iv_bytes(block);
    const std::string seed = std::string{"key expansion"}
                                 .append(as_text(block.server_random))
                                 .append(as_text(block.client_random));
    const std::string bytes =
        prf(block.version, block.algorithms.hash, block.master.bytes(), seed, 2 * (mac + key + iv));
    std::string_view rest = bytes;
    std::array<RecordKeys, 2> keys;
    for (RecordKeys &side : keys) {
        side.version = block.version;
        side.algorithms = block.algorithms;
        side.encrypts_then_macs = block.encrypts_then_macs;
    }
    for (RecordKeys &side : keys) {
        side.secret = Secret{as_bytes(rest.substr(0, mac))};
        rest.remove_prefix(mac);
    }
    for (RecordKeys &side : keys)
        take(rest, key, side.key);
    for (RecordKeys &side : keys)
        take(rest, iv, side.iv);
    return keys;
}

} // namespace pop3ana
