// SPDX-License-Identifier: GPL-2.0-or-later
#include "tls_writer.hpp"

#include "base/hex.hpp"
#include "seed.hpp"

#include <gcrypt.h>

#include <algorithm>
#include <cstdlib>

namespace pop3ana_test {
namespace {

constexpr std::size_t kBlockBytes = 16;
constexpr std::size_t kCertificateBytes = 1'400; // with what verifies it

std::string number(std::uint64_t value, unsigned bytes) {
    std::string text;
    while (bytes-- > 0)
        text += bytes < sizeof value ? static_cast<char>(value >> 8 * bytes) : '\0';
    return text;
}

std::string vector(std::string_view bytes, unsigned length_bytes) {
    return number(bytes.size(), length_bytes).append(bytes);
}

// Bytes that look like none in particular, another run for each `salt`.
std::string filler(std::size_t size, std::uint64_t salt) {
    const Bytes bytes = Random{salt}.bytes(size);
    return {bytes.begin(), bytes.end()};
}

void must(gcry_error_t error) {
    if (error != 0) std::abort();
}

std::string hmac(int hash, std::string_view key, std::string_view bytes) {
    gcry_md_hd_t handle = nullptr;
    must(gcry_md_open(&handle, hash, GCRY_MD_FLAG_HMAC));
    must(gcry_md_setkey(handle, key.data(), key.size()));
    gcry_md_write(handle, bytes.data(), bytes.size());
    std::string digest(reinterpret_cast<const char *>(gcry_md_read(handle, hash)),
                       gcry_md_get_algo_dlen(hash));
    gcry_md_close(handle);
    return digest;
}

std::string expand_label(int hash, std::string_view secret, std::string_view label,
                         std::size_t size) {
    const std::string info =
        number(size, 2) + vector("tls13 " + std::string{label}, 1) + vector("", 1) + '\1';
    return hmac(hash, secret, info).substr(0, size);
}

std::string p_hash(int hash, std::string_view secret, std::string_view seed, std::size_t size) {
    std::string output, a{seed};
    while (output.size() < size) {
        a = hmac(hash, secret, a);
        output += hmac(hash, secret, a + std::string{seed});
    }
    return output.substr(0, size);
}

std::string prf(const TlsSuite &suite, std::string_view secret, std::string_view seed,
                std::size_t size) {
    if (suite.version == 0x0303)
        return p_hash(suite.hash == GCRY_MD_SHA1 ? GCRY_MD_SHA256 : suite.hash, secret, seed, size);
    const std::size_t half = (secret.size() + 1) / 2;
    std::string output = p_hash(GCRY_MD_MD5, secret.substr(0, half), seed, size);
    const std::string other = p_hash(GCRY_MD_SHA1, secret.substr(secret.size() - half), seed, size);
    for (std::size_t i = 0; i < size; ++i)
        output[i] = static_cast<char>(output[i] ^ other[i]);
    return output;
}

class Cipher {
public:
    Cipher(const TlsSuite &suite, const std::string &key) {
        const int modes[] = {GCRY_CIPHER_MODE_GCM, GCRY_CIPHER_MODE_CCM, GCRY_CIPHER_MODE_CCM,
                             GCRY_CIPHER_MODE_POLY1305, GCRY_CIPHER_MODE_CBC};
        const int algorithm = suite.cipher == TlsCipher::ChaCha20 ? GCRY_CIPHER_CHACHA20
                              : suite.key_bytes == 16             ? GCRY_CIPHER_AES128
                                                                  : GCRY_CIPHER_AES256;
        must(gcry_cipher_open(&handle_, algorithm, modes[static_cast<int>(suite.cipher)], 0));
        must(gcry_cipher_setkey(handle_, key.data(), key.size()));
    }
    ~Cipher() { gcry_cipher_close(handle_); }
    Cipher(const Cipher &) = delete;
    Cipher &operator=(const Cipher &) = delete;

    void set_iv(const std::string &iv) { must(gcry_cipher_setiv(handle_, iv.data(), iv.size())); }
    void set_ccm_lengths(std::uint64_t text, std::uint64_t head, std::uint64_t tag) {
        std::uint64_t lengths[] = {text, head, tag};
        must(gcry_cipher_ctl(handle_, GCRYCTL_SET_CCM_LENGTHS, lengths, sizeof lengths));
    }
    void authenticate(const std::string &head) {
        must(gcry_cipher_authenticate(handle_, head.data(), head.size()));
    }
    std::string encrypt(std::string text) {
        must(gcry_cipher_encrypt(handle_, text.data(), text.size(), nullptr, 0));
        return text;
    }
    std::string tag(std::size_t size) {
        std::string tag(size, '\0');
        must(gcry_cipher_gettag(handle_, tag.data(), size));
        return tag;
    }

private:
    gcry_cipher_hd_t handle_ = nullptr;
};

} // namespace

const std::vector<TlsSuite> &tls_suites() {
    constexpr auto kSha1 = GCRY_MD_SHA1, kSha256 = GCRY_MD_SHA256, kSha384 = GCRY_MD_SHA384;
    static const std::vector<TlsSuite> suites{
        {"tls13_aes_128_gcm", 0x1301, 0x0304, TlsCipher::Gcm, 16, kSha256},
        {"tls13_aes_256_gcm", 0x1302, 0x0304, TlsCipher::Gcm, 32, kSha384},
        {"tls13_chacha20", 0x1303, 0x0304, TlsCipher::ChaCha20, 32, kSha256},
        {"tls13_aes_128_ccm", 0x1304, 0x0304, TlsCipher::Ccm, 16, kSha256},
        {"tls13_aes_128_ccm_8", 0x1305, 0x0304, TlsCipher::Ccm8, 16, kSha256},
        {"tls12_aes_128_gcm", 0xc02f, 0x0303, TlsCipher::Gcm, 16, kSha256},
        {"tls12_aes_256_gcm", 0xc030, 0x0303, TlsCipher::Gcm, 32, kSha384},
        {"tls12_chacha20", 0xcca8, 0x0303, TlsCipher::ChaCha20, 32, kSha256},
        {"tls12_aes_256_ccm", 0xc09d, 0x0303, TlsCipher::Ccm, 32, kSha256},
        {"tls12_aes_128_ccm_8", 0xc0a0, 0x0303, TlsCipher::Ccm8, 16, kSha256},
        {"tls12_cbc_sha1", 0x002f, 0x0303, TlsCipher::Cbc, 16, kSha1},
        {"tls12_cbc_sha256", 0x003d, 0x0303, TlsCipher::Cbc, 32, kSha256},
        {"tls12_cbc_sha384", 0xc028, 0x0303, TlsCipher::Cbc, 32, kSha384},
        {"tls12_cbc_sha1_etm", 0x002f, 0x0303, TlsCipher::Cbc, 16, kSha1, true},
        {"tls12_cbc_sha384_etm", 0xc028, 0x0303, TlsCipher::Cbc, 32, kSha384, true},
        {"tls11_cbc_sha1", 0x0035, 0x0302, TlsCipher::Cbc, 32, kSha1},
        {"tls11_cbc_sha1_etm", 0x0035, 0x0302, TlsCipher::Cbc, 32, kSha1, true},
        {"tls10_cbc_sha1", 0x002f, 0x0301, TlsCipher::Cbc, 16, kSha1},
        {"tls10_cbc_sha1_etm", 0x002f, 0x0301, TlsCipher::Cbc, 16, kSha1, true},
    };
    return suites;
}

std::string in_order(std::initializer_list<std::string> records) {
    std::string bytes;
    for (const std::string &record : records)
        bytes += record;
    return bytes;
}

std::string tls_message(std::uint8_t type, std::string_view body) {
    return number(type, 1) + vector(body, 3);
}

std::string tls_extension(std::uint16_t type, std::string_view data) {
    return number(type, 2) + vector(data, 2);
}

std::string TlsSecret::line() const {
    return std::string{label} + ' ' + pop3ana::to_hex(pop3ana::as_bytes(client_random)) + ' ' +
           pop3ana::to_hex(pop3ana::as_bytes(secret)) + '\n';
}

TlsWriter::TlsWriter(const TlsSuite &suite, std::uint64_t number) : suite_(suite) {
    std::uint64_t salt = number << 4;
    client_random_ = filler(32, salt++);
    server_random_ = filler(32, salt++);
    master_ = filler(48, salt++);
    for (auto &secrets : traffic_secrets_)
        for (std::string &secret : secrets)
            secret = filler(gcry_md_get_algo_dlen(suite.hash), salt++);
}

std::string TlsWriter::client_hello(std::string_view more) const {
    std::string extensions{more};
    if (is_13()) extensions += tls_extension(43, vector(number(0x0304, 2) + number(0x0303, 2), 1));
    return tls_message(1, number(std::min<std::uint16_t>(suite_.version, 0x0303), 2) +
                              client_random_ + vector(filler(32, 9), 1) +
                              vector(number(suite_.number, 2), 2) + vector(number(0, 1), 1) +
                              vector(extensions, 2));
}

std::string TlsWriter::server_hello(std::string_view more) const {
    std::string extensions{more};
    if (is_13()) extensions += tls_extension(43, number(0x0304, 2));
    if (suite_.encrypts_then_macs) extensions += tls_extension(22, "");
    return tls_message(2, number(std::min<std::uint16_t>(suite_.version, 0x0303), 2) +
                              server_random_ + vector(filler(32, 10), 1) +
                              number(suite_.number, 2) + number(0, 1) + vector(extensions, 2));
}

std::string TlsWriter::plain(TlsType type, std::string_view fragment) const {
    return number(static_cast<unsigned>(type), 1) +
           number(std::min<std::uint16_t>(suite_.version, 0x0303), 2) + vector(fragment, 2);
}

void TlsWriter::set_keys(Side &side, const std::string &secret) const {
    side = {};
    side.secret = secret;
    side.key = expand_label(suite_.hash, secret, "key", suite_.key_bytes);
    side.iv = expand_label(suite_.hash, secret, "iv", 12);
}

void TlsWriter::start(bool is_server, Epoch epoch) {
    Side &side = sides_[is_server ? 1 : 0];
    if (is_13()) {
        set_keys(side, traffic_secrets_[is_server ? 1 : 0][static_cast<unsigned>(epoch)]);
        return;
    }
    const std::size_t mac =
        suite_.cipher == TlsCipher::Cbc ? gcry_md_get_algo_dlen(suite_.hash) : 0;
    const std::size_t iv = suite_.cipher == TlsCipher::ChaCha20 ? 12
                           : suite_.cipher != TlsCipher::Cbc    ? 4
                           : suite_.version == 0x0301           ? kBlockBytes
                                                                : 0;
    const std::size_t key = suite_.key_bytes;
    const std::string block = prf(
        suite_, master_, "key expansion" + server_random_ + client_random_, 2 * (mac + key + iv));
    const std::size_t turn = is_server ? 1 : 0;
    side = {};
    side.mac_key = block.substr(turn * mac, mac);
    side.key = block.substr(2 * mac + turn * key, key);
    side.iv = side.last_block = block.substr(2 * (mac + key) + turn * iv, iv);
}

void TlsWriter::update_key(bool is_server) {
    if (!is_13()) return;
    Side &side = sides_[is_server ? 1 : 0];
    set_keys(side, expand_label(suite_.hash, side.secret, "traffic upd", side.secret.size()));
}

std::string TlsWriter::seal(bool is_server, TlsType type, std::string_view text,
                            std::size_t padding) {
    Side &side = sides_[is_server ? 1 : 0];
    std::string record = suite_.cipher == TlsCipher::Cbc ? seal_cbc(side, type, text, padding)
                                                         : seal_aead(side, type, text, padding);
    ++side.number;
    return record;
}

std::string TlsWriter::data(bool is_server, std::string_view text) {
    constexpr std::size_t kMostBytes = 1U << 14; // RFC 8446 s.5.1
    std::string records = seal(is_server, TlsType::Data, text.substr(0, kMostBytes));
    for (std::size_t at = kMostBytes; at < text.size(); at += kMostBytes)
        records += seal(is_server, TlsType::Data, text.substr(at, kMostBytes));
    return records;
}

std::string TlsWriter::seal_aead(Side &side, TlsType type, std::string_view text,
                                 std::size_t padding) {
    const std::size_t tag = suite_.cipher == TlsCipher::Ccm8 ? 8 : 16;
    std::string inside{text}, nonce = side.iv, explicit_nonce;
    if (is_13()) inside.append(1, static_cast<char>(type)).append(padding, '\0');
    if (is_13() || suite_.cipher == TlsCipher::ChaCha20) {
        const std::string sequence = number(side.number, 12);
        for (std::size_t i = 0; i < nonce.size(); ++i)
            nonce[i] = static_cast<char>(nonce[i] ^ sequence[i]);
    } else {
        nonce += explicit_nonce = number(side.number, 8);
    }
    const std::string outer = number(is_13() ? 23 : static_cast<unsigned>(type), 1) +
                              number(std::min<std::uint16_t>(suite_.version, 0x0303), 2);
    const std::string head = is_13() ? outer + number(inside.size() + tag, 2)
                                     : number(side.number, 8) + outer + number(inside.size(), 2);
    Cipher cipher{suite_, side.key};
    cipher.set_iv(nonce);
    if (suite_.cipher == TlsCipher::Ccm || suite_.cipher == TlsCipher::Ccm8)
        cipher.set_ccm_lengths(inside.size(), head.size(), tag);
    cipher.authenticate(head);
    std::string fragment = explicit_nonce + cipher.encrypt(inside);
    fragment += cipher.tag(tag);
    return outer + vector(fragment, 2);
}

std::string TlsWriter::seal_cbc(Side &side, TlsType type, std::string_view text,
                                std::size_t padding) {
    const std::string start = plain(type, "").substr(0, 3);
    const auto mac_of = [&](const std::string &bytes) {
        return hmac(suite_.hash, side.mac_key, number(side.number, 8) + start + vector(bytes, 2));
    };
    std::string inside{text};
    if (!suite_.encrypts_then_macs) inside += mac_of(inside);
    const std::size_t pad = kBlockBytes - 1 - inside.size() % kBlockBytes +
                            kBlockBytes * std::min<std::size_t>(padding, 14);
    inside.append(pad + 1, static_cast<char>(pad));
    const bool has_iv = suite_.version != 0x0301;
    const std::string iv =
        has_iv ? filler(kBlockBytes, static_cast<unsigned>(side.number)) : side.last_block;
    Cipher cipher{suite_, side.key};
    cipher.set_iv(iv);
    std::string fragment = (has_iv ? iv : "") + cipher.encrypt(inside);
    side.last_block = fragment.substr(fragment.size() - kBlockBytes);
    if (suite_.encrypts_then_macs) fragment += mac_of(fragment);
    return start + vector(fragment, 2);
}

std::vector<TlsWriter::Flight> TlsWriter::handshake(std::string_view more) {
    const std::string ccs = plain(TlsType::ChangeCipherSpec, "\1");
    const std::string certificate = tls_message(11, filler(kCertificateBytes, 3));
    const std::string finished =
        tls_message(20, filler(is_13() ? gcry_md_get_algo_dlen(suite_.hash) : 12, 7));
    std::vector<Flight> flights{{false, plain(TlsType::Handshake, client_hello(more))},
                                {true, plain(TlsType::Handshake, server_hello())}};
    if (is_13()) {
        start(true, Epoch::Handshake);
        start(false, Epoch::Handshake);
        flights[1].bytes += in_order(
            {ccs, seal(true, TlsType::Handshake, tls_message(8, vector("", 2)) + certificate),
             seal(true, TlsType::Handshake, finished)});
        flights.push_back({false, ccs + seal(false, TlsType::Handshake, finished)});
        start(true, Epoch::Traffic);
        start(false, Epoch::Traffic);
        return flights;
    }
    flights[1].bytes += plain(TlsType::Handshake, certificate + tls_message(14, ""));
    start(false, Epoch::Traffic);
    flights.push_back({false, plain(TlsType::Handshake, tls_message(16, filler(64, 4))) + ccs +
                                  seal(false, TlsType::Handshake, finished)});
    start(true, Epoch::Traffic);
    flights.push_back({true, ccs + seal(true, TlsType::Handshake, finished)});
    return flights;
}

std::vector<TlsSecret> TlsWriter::secrets() const {
    if (!is_13()) return {{"CLIENT_RANDOM", client_random_, master_}};
    return {{"CLIENT_EARLY_TRAFFIC_SECRET", client_random_, traffic_secrets_[0][0]},
            {"CLIENT_HANDSHAKE_TRAFFIC_SECRET", client_random_, traffic_secrets_[0][1]},
            {"SERVER_HANDSHAKE_TRAFFIC_SECRET", client_random_, traffic_secrets_[1][1]},
            {"CLIENT_TRAFFIC_SECRET_0", client_random_, traffic_secrets_[0][2]},
            {"SERVER_TRAFFIC_SECRET_0", client_random_, traffic_secrets_[1][2]}};
}

} // namespace pop3ana_test
