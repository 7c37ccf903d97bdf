// The records of a TLS connection from scratch, as client and server send them, and the secrets
// that open them. Written from the RFCs with libgcrypt, apart from what the library reads them
// with. Nothing is random: the same settings give the same bytes.
// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <array>
#include <cstdint>
#include <initializer_list>
#include <string>
#include <string_view>
#include <vector>

namespace pop3ana_test {

enum class TlsCipher : std::uint8_t { Gcm, Ccm, Ccm8, ChaCha20, Cbc };

struct TlsSuite {
    const char *name; ///< a word for the test
    std::uint16_t number;
    std::uint16_t version; ///< one that it is used with: 0x0301 to 0x0304
    TlsCipher cipher;
    std::uint8_t key_bytes;
    int hash;                        ///< of libgcrypt: of the key schedule, and of the MAC of CBC
    bool encrypts_then_macs = false; ///< RFC 7366
};

/// One for each cipher, each way to protect a record, and each version.
const std::vector<TlsSuite> &tls_suites();

enum class TlsType : std::uint8_t { ChangeCipherSpec = 20, Alert, Handshake, Data };

/// A line of a key log.
struct TlsSecret {
    const char *label;
    std::string client_random, secret; ///< bytes

    [[nodiscard]] std::string line() const;
};

class TlsWriter {
public:
    /// Of TLS 1.3. What is older has the last one alone.
    enum class Epoch : std::uint8_t { Early, Handshake, Traffic };

    /// What one side sends at once.
    struct Flight {
        bool from_server;
        std::string bytes;
    };

    /// Each `number` has its own randoms and secrets.
    explicit TlsWriter(const TlsSuite &suite, std::uint64_t number = 1);

    /// The messages with their header; `more`: extensions besides those that are needed.
    [[nodiscard]] std::string client_hello(std::string_view more = {}) const;
    [[nodiscard]] std::string server_hello(std::string_view more = {}) const;

    /// A record in the clear.
    [[nodiscard]] std::string plain(TlsType type, std::string_view fragment) const;

    /// Records that follow have the keys of this epoch, and their numbers begin at 0.
    void start(bool is_server, Epoch epoch);
    /// RFC 8446 s.7.2, behind a KeyUpdate; what is older has none.
    void update_key(bool is_server);
    /// The next record of this side. `padding`: zeros of TLS 1.3, blocks of CBC.
    std::string seal(bool is_server, TlsType type, std::string_view text, std::size_t padding = 0);
    /// Records that hold a text; of "" one.
    std::string data(bool is_server, std::string_view text);

    /// All flights until both sides send text. `more`: as client_hello()'s.
    std::vector<Flight> handshake(std::string_view more = {});

    [[nodiscard]] std::vector<TlsSecret> secrets() const;
    [[nodiscard]] const std::string &client_random() const { return client_random_; }

    /// Keys of one direction, and the number of its next record.
    struct Side {
        std::string secret, key, iv, mac_key;
        std::string last_block; ///< of CBC with TLS 1.0
        std::uint64_t number = 0;
    };
    [[nodiscard]] const Side &side(bool is_server) const { return sides_[is_server ? 1 : 0]; }

private:
    [[nodiscard]] bool is_13() const { return suite_.version == 0x0304; }
    void set_keys(Side &side, const std::string &secret) const;
    std::string seal_aead(Side &side, TlsType type, std::string_view text, std::size_t padding);
    std::string seal_cbc(Side &side, TlsType type, std::string_view text, std::size_t padding);

    TlsSuite suite_;
    std::string client_random_, server_random_, master_;
    std::array<std::array<std::string, 3>, 2> traffic_secrets_; ///< by side and epoch
    std::array<Side, 2> sides_;
};

/// Records one behind the other: a sum does not say which of them is sealed first.
std::string in_order(std::initializer_list<std::string> records);

/// A message of a handshake with its header.
std::string tls_message(std::uint8_t type, std::string_view body);

/// An extension of a hello.
std::string tls_extension(std::uint16_t type, std::string_view data);

} // namespace pop3ana_test
