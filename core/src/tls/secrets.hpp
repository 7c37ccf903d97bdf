// Secrets of TLS connections as key logs name them (RFC 9850), by the random of the ClientHello.
// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include "base/keyed_table.hpp"
#include "tls/hello.hpp"

#include <array>
#include <string>
#include <string_view>

namespace pop3ana {

enum class SecretLabel : std::uint8_t {
    kMaster, ///< CLIENT_RANDOM: the master secret of TLS 1.2 and older
    kClientEarly,
    kClientHandshake,
    kServerHandshake,
    kClientTraffic,
    kServerTraffic,
};
inline constexpr std::size_t kSecretLabels = 6;

/// nullptr-like none for a label that nothing is decrypted with.
std::optional<SecretLabel> find_secret_label(std::string_view label);

/// A secret: as long as the hash of its suite, at most. A copy; it is wiped when it is destroyed.
class Secret {
public:
    static constexpr std::size_t kMostBytes = 48;

    Secret() = default;
    explicit Secret(Bytes bytes);
    Secret(const Secret &) = default;
    Secret &operator=(const Secret &) = default;
    ~Secret();

    [[nodiscard]] Bytes bytes() const { return Bytes{bytes_}.first(size_); }
    [[nodiscard]] bool empty() const { return size_ == 0; }

private:
    std::array<std::uint8_t, kMostBytes> bytes_{};
    std::uint8_t size_ = 0;
};

class Secrets {
public:
    explicit Secrets(std::uint64_t hash_seed) : table_(hash_seed) {}

    /// Keeps a secret; one of the same label is replaced. Where there are too many connections the
    /// one that came first gives way. `random` has kHelloRandomBytes, `secret` from 1 to
    /// Secret::kMostBytes.
    void add(Bytes random, SecretLabel label, Bytes secret);

    /// nullptr: it is not known.
    [[nodiscard]] const Secret *find(Bytes random, SecretLabel label) const;

    /// Whether those are known that the text of a connection needs.
    [[nodiscard]] bool are_complete(Bytes random) const {
        return find(random, SecretLabel::kMaster) != nullptr ||
               (find(random, SecretLabel::kClientTraffic) != nullptr &&
                find(random, SecretLabel::kServerTraffic) != nullptr);
    }

    /// All that are known of a ClientHello, as lines of a key log (RFC 9850).
    [[nodiscard]] std::string key_log(Bytes random) const;

    [[nodiscard]] std::size_t size() const { return table_.size(); }

private:
    struct Key {
        std::array<std::uint8_t, kHelloRandomBytes> random{};
        friend bool operator==(const Key &, const Key &) = default;
    };
    struct Entry {
        Key key;
        Link age;
        std::array<Secret, kSecretLabels> secrets;
    };
    using Table = KeyedTable<Entry>;
    struct AgeLink {
        static Link &get(Table &table, std::uint32_t index) { return table[index].age; }
    };
    [[nodiscard]] std::uint32_t index_of(Bytes random) const;

    Table table_;
    IndexList<Table, AgeLink> by_age_;
};

} // namespace pop3ana
