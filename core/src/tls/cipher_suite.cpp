// SPDX-License-Identifier: GPL-2.0-or-later
#include "tls/cipher_suite.hpp"

#include "base/hex.hpp"

#include <algorithm>
#include <array>

namespace pop3ana {
namespace {

// By number. Those that OpenSSL 3 and GnuTLS know, and what older servers have.
constexpr std::array kSuites{
    CipherSuite{0x0001, "TLS_RSA_WITH_NULL_MD5"},
    CipherSuite{0x0002, "TLS_RSA_WITH_NULL_SHA"},
    CipherSuite{0x0004, "TLS_RSA_WITH_RC4_128_MD5"},
    CipherSuite{0x0005, "TLS_RSA_WITH_RC4_128_SHA"},
    CipherSuite{0x000a, "TLS_RSA_WITH_3DES_EDE_CBC_SHA"},
    CipherSuite{0x0016, "TLS_DHE_RSA_WITH_3DES_EDE_CBC_SHA"},
    CipherSuite{0x002c, "TLS_PSK_WITH_NULL_SHA"},
    CipherSuite{0x002d, "TLS_DHE_PSK_WITH_NULL_SHA"},
    CipherSuite{0x002e, "TLS_RSA_PSK_WITH_NULL_SHA"},
    CipherSuite{0x002f, "TLS_RSA_WITH_AES_128_CBC_SHA"},
    CipherSuite{0x0032, "TLS_DHE_DSS_WITH_AES_128_CBC_SHA"},
    CipherSuite{0x0033, "TLS_DHE_RSA_WITH_AES_128_CBC_SHA"},
    CipherSuite{0x0034, "TLS_DH_anon_WITH_AES_128_CBC_SHA"},
    CipherSuite{0x0035, "TLS_RSA_WITH_AES_256_CBC_SHA"},
    CipherSuite{0x0038, "TLS_DHE_DSS_WITH_AES_256_CBC_SHA"},
    CipherSuite{0x0039, "TLS_DHE_RSA_WITH_AES_256_CBC_SHA"},
    CipherSuite{0x003a, "TLS_DH_anon_WITH_AES_256_CBC_SHA"},
    CipherSuite{0x003b, "TLS_RSA_WITH_NULL_SHA256"},
    CipherSuite{0x003c, "TLS_RSA_WITH_AES_128_CBC_SHA256"},
    CipherSuite{0x003d, "TLS_RSA_WITH_AES_256_CBC_SHA256"},
    CipherSuite{0x0040, "TLS_DHE_DSS_WITH_AES_128_CBC_SHA256"},
    CipherSuite{0x0041, "TLS_RSA_WITH_CAMELLIA_128_CBC_SHA"},
    CipherSuite{0x0044, "TLS_DHE_DSS_WITH_CAMELLIA_128_CBC_SHA"},
    CipherSuite{0x0045, "TLS_DHE_RSA_WITH_CAMELLIA_128_CBC_SHA"},
    CipherSuite{0x0046, "TLS_DH_anon_WITH_CAMELLIA_128_CBC_SHA"},
    CipherSuite{0x0067, "TLS_DHE_RSA_WITH_AES_128_CBC_SHA256"},
    CipherSuite{0x006a, "TLS_DHE_DSS_WITH_AES_256_CBC_SHA256"},
    CipherSuite{0x006b, "TLS_DHE_RSA_WITH_AES_256_CBC_SHA256"},
    CipherSuite{0x006c, "TLS_DH_anon_WITH_AES_128_CBC_SHA256"},
    CipherSuite{0x006d, "TLS_DH_anon_WITH_AES_256_CBC_SHA256"},
    CipherSuite{0x0084, "TLS_RSA_WITH_CAMELLIA_256_CBC_SHA"},
    CipherSuite{0x0087, "TLS_DHE_DSS_WITH_CAMELLIA_256_CBC_SHA"},
    CipherSuite{0x0088, "TLS_DHE_RSA_WITH_CAMELLIA_256_CBC_SHA"},
    CipherSuite{0x0089, "TLS_DH_anon_WITH_CAMELLIA_256_CBC_SHA"},
    CipherSuite{0x008c, "TLS_PSK_WITH_AES_128_CBC_SHA"},
    CipherSuite{0x008d, "TLS_PSK_WITH_AES_256_CBC_SHA"},
    CipherSuite{0x0090, "TLS_DHE_PSK_WITH_AES_128_CBC_SHA"},
    CipherSuite{0x0091, "TLS_DHE_PSK_WITH_AES_256_CBC_SHA"},
    CipherSuite{0x0094, "TLS_RSA_PSK_WITH_AES_128_CBC_SHA"},
    CipherSuite{0x0095, "TLS_RSA_PSK_WITH_AES_256_CBC_SHA"},
    CipherSuite{0x009c, "TLS_RSA_WITH_AES_128_GCM_SHA256"},
    CipherSuite{0x009d, "TLS_RSA_WITH_AES_256_GCM_SHA384"},
    CipherSuite{0x009e, "TLS_DHE_RSA_WITH_AES_128_GCM_SHA256"},
    CipherSuite{0x009f, "TLS_DHE_RSA_WITH_AES_256_GCM_SHA384"},
    CipherSuite{0x00a2, "TLS_DHE_DSS_WITH_AES_128_GCM_SHA256"},
    CipherSuite{0x00a3, "TLS_DHE_DSS_WITH_AES_256_GCM_SHA384"},
    CipherSuite{0x00a6, "TLS_DH_anon_WITH_AES_128_GCM_SHA256"},
    CipherSuite{0x00a7, "TLS_DH_anon_WITH_AES_256_GCM_SHA384"},
    CipherSuite{0x00a8, "TLS_PSK_WITH_AES_128_GCM_SHA256"},
    CipherSuite{0x00a9, "TLS_PSK_WITH_AES_256_GCM_SHA384"},
    CipherSuite{0x00aa, "TLS_DHE_PSK_WITH_AES_128_GCM_SHA256"},
    CipherSuite{0x00ab, "TLS_DHE_PSK_WITH_AES_256_GCM_SHA384"},
    CipherSuite{0x00ac, "TLS_RSA_PSK_WITH_AES_128_GCM_SHA256"},
    CipherSuite{0x00ad, "TLS_RSA_PSK_WITH_AES_256_GCM_SHA384"},
    CipherSuite{0x00ae, "TLS_PSK_WITH_AES_128_CBC_SHA256"},
    CipherSuite{0x00af, "TLS_PSK_WITH_AES_256_CBC_SHA384"},
    CipherSuite{0x00b0, "TLS_PSK_WITH_NULL_SHA256"},
    CipherSuite{0x00b1, "TLS_PSK_WITH_NULL_SHA384"},
    CipherSuite{0x00b2, "TLS_DHE_PSK_WITH_AES_128_CBC_SHA256"},
    CipherSuite{0x00b3, "TLS_DHE_PSK_WITH_AES_256_CBC_SHA384"},
    CipherSuite{0x00b4, "TLS_DHE_PSK_WITH_NULL_SHA256"},
    CipherSuite{0x00b5, "TLS_DHE_PSK_WITH_NULL_SHA384"},
    CipherSuite{0x00b6, "TLS_RSA_PSK_WITH_AES_128_CBC_SHA256"},
    CipherSuite{0x00b7, "TLS_RSA_PSK_WITH_AES_256_CBC_SHA384"},
    CipherSuite{0x00b8, "TLS_RSA_PSK_WITH_NULL_SHA256"},
    CipherSuite{0x00b9, "TLS_RSA_PSK_WITH_NULL_SHA384"},
    CipherSuite{0x00ba, "TLS_RSA_WITH_CAMELLIA_128_CBC_SHA256"},
    CipherSuite{0x00bd, "TLS_DHE_DSS_WITH_CAMELLIA_128_CBC_SHA256"},
    CipherSuite{0x00be, "TLS_DHE_RSA_WITH_CAMELLIA_128_CBC_SHA256"},
    CipherSuite{0x00bf, "TLS_DH_anon_WITH_CAMELLIA_128_CBC_SHA256"},
    CipherSuite{0x00c0, "TLS_RSA_WITH_CAMELLIA_256_CBC_SHA256"},
    CipherSuite{0x00c3, "TLS_DHE_DSS_WITH_CAMELLIA_256_CBC_SHA256"},
    CipherSuite{0x00c4, "TLS_DHE_RSA_WITH_CAMELLIA_256_CBC_SHA256"},
    CipherSuite{0x00c5, "TLS_DH_anon_WITH_CAMELLIA_256_CBC_SHA256"},
    CipherSuite{0x1301, "TLS_AES_128_GCM_SHA256"},
    CipherSuite{0x1302, "TLS_AES_256_GCM_SHA384"},
    CipherSuite{0x1303, "TLS_CHACHA20_POLY1305_SHA256"},
    CipherSuite{0x1304, "TLS_AES_128_CCM_SHA256"},
    CipherSuite{0x1305, "TLS_AES_128_CCM_8_SHA256"},
    CipherSuite{0xc006, "TLS_ECDHE_ECDSA_WITH_NULL_SHA"},
    CipherSuite{0xc009, "TLS_ECDHE_ECDSA_WITH_AES_128_CBC_SHA"},
    CipherSuite{0xc00a, "TLS_ECDHE_ECDSA_WITH_AES_256_CBC_SHA"},
    CipherSuite{0xc010, "TLS_ECDHE_RSA_WITH_NULL_SHA"},
    CipherSuite{0xc011, "TLS_ECDHE_RSA_WITH_RC4_128_SHA"},
    CipherSuite{0xc012, "TLS_ECDHE_RSA_WITH_3DES_EDE_CBC_SHA"},
    CipherSuite{0xc013, "TLS_ECDHE_RSA_WITH_AES_128_CBC_SHA"},
    CipherSuite{0xc014, "TLS_ECDHE_RSA_WITH_AES_256_CBC_SHA"},
    CipherSuite{0xc015, "TLS_ECDH_anon_WITH_NULL_SHA"},
    CipherSuite{0xc018, "TLS_ECDH_anon_WITH_AES_128_CBC_SHA"},
    CipherSuite{0xc019, "TLS_ECDH_anon_WITH_AES_256_CBC_SHA"},
    CipherSuite{0xc01d, "TLS_SRP_SHA_WITH_AES_128_CBC_SHA"},
    CipherSuite{0xc01e, "TLS_SRP_SHA_RSA_WITH_AES_128_CBC_SHA"},
    CipherSuite{0xc01f, "TLS_SRP_SHA_DSS_WITH_AES_128_CBC_SHA"},
    CipherSuite{0xc020, "TLS_SRP_SHA_WITH_AES_256_CBC_SHA"},
    CipherSuite{0xc021, "TLS_SRP_SHA_RSA_WITH_AES_256_CBC_SHA"},
    CipherSuite{0xc022, "TLS_SRP_SHA_DSS_WITH_AES_256_CBC_SHA"},
    CipherSuite{0xc023, "TLS_ECDHE_ECDSA_WITH_AES_128_CBC_SHA256"},
    CipherSuite{0xc024, "TLS_ECDHE_ECDSA_WITH_AES_256_CBC_SHA384"},
    CipherSuite{0xc027, "TLS_ECDHE_RSA_WITH_AES_128_CBC_SHA256"},
    CipherSuite{0xc028, "TLS_ECDHE_RSA_WITH_AES_256_CBC_SHA384"},
    CipherSuite{0xc02b, "TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256"},
    CipherSuite{0xc02c, "TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384"},
    CipherSuite{0xc02f, "TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256"},
    CipherSuite{0xc030, "TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384"},
    CipherSuite{0xc035, "TLS_ECDHE_PSK_WITH_AES_128_CBC_SHA"},
    CipherSuite{0xc036, "TLS_ECDHE_PSK_WITH_AES_256_CBC_SHA"},
    CipherSuite{0xc037, "TLS_ECDHE_PSK_WITH_AES_128_CBC_SHA256"},
    CipherSuite{0xc038, "TLS_ECDHE_PSK_WITH_AES_256_CBC_SHA384"},
    CipherSuite{0xc039, "TLS_ECDHE_PSK_WITH_NULL_SHA"},
    CipherSuite{0xc03a, "TLS_ECDHE_PSK_WITH_NULL_SHA256"},
    CipherSuite{0xc03b, "TLS_ECDHE_PSK_WITH_NULL_SHA384"},
    CipherSuite{0xc050, "TLS_RSA_WITH_ARIA_128_GCM_SHA256"},
    CipherSuite{0xc051, "TLS_RSA_WITH_ARIA_256_GCM_SHA384"},
    CipherSuite{0xc052, "TLS_DHE_RSA_WITH_ARIA_128_GCM_SHA256"},
    CipherSuite{0xc053, "TLS_DHE_RSA_WITH_ARIA_256_GCM_SHA384"},
    CipherSuite{0xc056, "TLS_DHE_DSS_WITH_ARIA_128_GCM_SHA256"},
    CipherSuite{0xc057, "TLS_DHE_DSS_WITH_ARIA_256_GCM_SHA384"},
    CipherSuite{0xc05c, "TLS_ECDHE_ECDSA_WITH_ARIA_128_GCM_SHA256"},
    CipherSuite{0xc05d, "TLS_ECDHE_ECDSA_WITH_ARIA_256_GCM_SHA384"},
    CipherSuite{0xc060, "TLS_ECDHE_RSA_WITH_ARIA_128_GCM_SHA256"},
    CipherSuite{0xc061, "TLS_ECDHE_RSA_WITH_ARIA_256_GCM_SHA384"},
    CipherSuite{0xc06a, "TLS_PSK_WITH_ARIA_128_GCM_SHA256"},
    CipherSuite{0xc06b, "TLS_PSK_WITH_ARIA_256_GCM_SHA384"},
    CipherSuite{0xc06c, "TLS_DHE_PSK_WITH_ARIA_128_GCM_SHA256"},
    CipherSuite{0xc06d, "TLS_DHE_PSK_WITH_ARIA_256_GCM_SHA384"},
    CipherSuite{0xc06e, "TLS_RSA_PSK_WITH_ARIA_128_GCM_SHA256"},
    CipherSuite{0xc06f, "TLS_RSA_PSK_WITH_ARIA_256_GCM_SHA384"},
    CipherSuite{0xc072, "TLS_ECDHE_ECDSA_WITH_CAMELLIA_128_CBC_SHA256"},
    CipherSuite{0xc073, "TLS_ECDHE_ECDSA_WITH_CAMELLIA_256_CBC_SHA384"},
    CipherSuite{0xc076, "TLS_ECDHE_RSA_WITH_CAMELLIA_128_CBC_SHA256"},
    CipherSuite{0xc077, "TLS_ECDHE_RSA_WITH_CAMELLIA_256_CBC_SHA384"},
    CipherSuite{0xc094, "TLS_PSK_WITH_CAMELLIA_128_CBC_SHA256"},
    CipherSuite{0xc095, "TLS_PSK_WITH_CAMELLIA_256_CBC_SHA384"},
    CipherSuite{0xc096, "TLS_DHE_PSK_WITH_CAMELLIA_128_CBC_SHA256"},
    CipherSuite{0xc097, "TLS_DHE_PSK_WITH_CAMELLIA_256_CBC_SHA384"},
    CipherSuite{0xc098, "TLS_RSA_PSK_WITH_CAMELLIA_128_CBC_SHA256"},
    CipherSuite{0xc099, "TLS_RSA_PSK_WITH_CAMELLIA_256_CBC_SHA384"},
    CipherSuite{0xc09a, "TLS_ECDHE_PSK_WITH_CAMELLIA_128_CBC_SHA256"},
    CipherSuite{0xc09b, "TLS_ECDHE_PSK_WITH_CAMELLIA_256_CBC_SHA384"},
    CipherSuite{0xc09c, "TLS_RSA_WITH_AES_128_CCM"},
    CipherSuite{0xc09d, "TLS_RSA_WITH_AES_256_CCM"},
    CipherSuite{0xc09e, "TLS_DHE_RSA_WITH_AES_128_CCM"},
    CipherSuite{0xc09f, "TLS_DHE_RSA_WITH_AES_256_CCM"},
    CipherSuite{0xc0a0, "TLS_RSA_WITH_AES_128_CCM_8"},
    CipherSuite{0xc0a1, "TLS_RSA_WITH_AES_256_CCM_8"},
    CipherSuite{0xc0a2, "TLS_DHE_RSA_WITH_AES_128_CCM_8"},
    CipherSuite{0xc0a3, "TLS_DHE_RSA_WITH_AES_256_CCM_8"},
    CipherSuite{0xc0a4, "TLS_PSK_WITH_AES_128_CCM"},
    CipherSuite{0xc0a5, "TLS_PSK_WITH_AES_256_CCM"},
    CipherSuite{0xc0a6, "TLS_DHE_PSK_WITH_AES_128_CCM"},
    CipherSuite{0xc0a7, "TLS_DHE_PSK_WITH_AES_256_CCM"},
    CipherSuite{0xc0a8, "TLS_PSK_WITH_AES_128_CCM_8"},
    CipherSuite{0xc0a9, "TLS_PSK_WITH_AES_256_CCM_8"},
    CipherSuite{0xc0aa, "TLS_PSK_DHE_WITH_AES_128_CCM_8"},
    CipherSuite{0xc0ab, "TLS_PSK_DHE_WITH_AES_256_CCM_8"},
    CipherSuite{0xc0ac, "TLS_ECDHE_ECDSA_WITH_AES_128_CCM"},
    CipherSuite{0xc0ad, "TLS_ECDHE_ECDSA_WITH_AES_256_CCM"},
    CipherSuite{0xc0ae, "TLS_ECDHE_ECDSA_WITH_AES_128_CCM_8"},
    CipherSuite{0xc0af, "TLS_ECDHE_ECDSA_WITH_AES_256_CCM_8"},
    CipherSuite{0xcca8, "TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256"},
    CipherSuite{0xcca9, "TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256"},
    CipherSuite{0xccaa, "TLS_DHE_RSA_WITH_CHACHA20_POLY1305_SHA256"},
    CipherSuite{0xccab, "TLS_PSK_WITH_CHACHA20_POLY1305_SHA256"},
    CipherSuite{0xccac, "TLS_ECDHE_PSK_WITH_CHACHA20_POLY1305_SHA256"},
    CipherSuite{0xccad, "TLS_DHE_PSK_WITH_CHACHA20_POLY1305_SHA256"},
    CipherSuite{0xccae, "TLS_RSA_PSK_WITH_CHACHA20_POLY1305_SHA256"},
};

static_assert(std::is_sorted(kSuites.begin(), kSuites.end(),
                             [](const auto &a, const auto &b) { return a.number < b.number; }));

} // namespace

const CipherSuite *find_cipher_suite(std::uint16_t number) {
    const auto found = std::lower_bound(
        kSuites.begin(), kSuites.end(), number,
        [](const CipherSuite &suite, auto wanted) { return suite.number < wanted; });
    return found != kSuites.end() && found->number == number ? &*found : nullptr;
}

std::string cipher_suite_text(std::uint16_t number) {
    if (const CipherSuite *const suite = find_cipher_suite(number)) return suite->name;
    return "0x" + to_hex(number);
}

std::optional<SuiteAlgorithms> CipherSuite::algorithms() const {
    struct CipherName {
        std::string_view name;
        BulkCipher cipher;
        std::uint8_t key_bytes;
    };
    constexpr CipherName kCiphers[] = {
        {"AES_128_GCM", BulkCipher::kAesGcm, 16},
        {"AES_256_GCM", BulkCipher::kAesGcm, 32},
        {"AES_128_CCM_8", BulkCipher::kAesCcm8, 16},
        {"AES_256_CCM_8", BulkCipher::kAesCcm8, 32},
        {"AES_128_CCM", BulkCipher::kAesCcm, 16},
        {"AES_256_CCM", BulkCipher::kAesCcm, 32},
        {"CHACHA20_POLY1305", BulkCipher::kChaCha20Poly1305, 32},
        {"AES_128_CBC", BulkCipher::kAesCbc, 16},
        {"AES_256_CBC", BulkCipher::kAesCbc, 32},
    };
    std::string_view rest = name;
    constexpr std::string_view kWith = "_WITH_", kPrefix = "TLS_";
    const std::size_t with = rest.find(kWith);
    rest.remove_prefix(with == std::string_view::npos ? kPrefix.size() : with + kWith.size());
    for (const CipherName &row : kCiphers) {
        if (!rest.starts_with(row.name)) continue;
        rest.remove_prefix(row.name.size());
        return SuiteAlgorithms{row.cipher, row.key_bytes,
                               rest == "_SHA384" ? SuiteHash::kSha384
                               : rest == "_SHA"  ? SuiteHash::kSha1
                                                 : SuiteHash::kSha256};
    }
    return std::nullopt;
}

} // namespace pop3ana
