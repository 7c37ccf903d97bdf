// SPDX-License-Identifier: GPL-2.0-or-later
#include "tls/secrets.hpp"

#include "base/hex.hpp"
#include "base/limits.hpp"

#include <algorithm>
#include <cstring>

namespace pop3ana {

namespace {

// In the order of SecretLabel.
constexpr std::array<std::string_view, kSecretLabels> kLabels{"CLIENT_RANDOM",
                                                              "CLIENT_EARLY_TRAFFIC_SECRET",
                                                              "CLIENT_HANDSHAKE_TRAFFIC_SECRET",
                                                              "SERVER_HANDSHAKE_TRAFFIC_SECRET",
                                                              "CLIENT_TRAFFIC_SECRET_0",
                                                              "SERVER_TRAFFIC_SECRET_0"};

} // namespace

std::optional<SecretLabel> find_secret_label(std::string_view label) {
    const auto found = std::find(kLabels.begin(), kLabels.end(), label);
    if (found == kLabels.end()) return std::nullopt;
    return static_cast<SecretLabel>(found - kLabels.begin());
}

Secret::Secret(Bytes bytes) : size_(static_cast<std::uint8_t>(bytes.size())) {
    std::copy(bytes.begin(), bytes.end(), bytes_.begin());
}

Secret::~Secret() {
    explicit_bzero(bytes_.data(), bytes_.size());
}

void Secrets::add(Bytes random, SecretLabel label, Bytes secret) {
    std::uint32_t index = index_of(random);
    if (index == kNoIndex) {
        if (table_.size() >= kTlsSecrets) {
            const std::uint32_t oldest = by_age_.first();
            by_age_.remove(table_, oldest);
            table_.erase(oldest);
        }
        Key key;
        std::copy(random.begin(), random.end(), key.random.begin());
        index = table_.insert(key);
        by_age_.push_back(table_, index);
    }
    table_[index].secrets[static_cast<std::size_t>(label)] = Secret{secret};
}

const Secret *Secrets::find(Bytes random, SecretLabel label) const {
    const std::uint32_t index = index_of(random);
    if (index == kNoIndex) return nullptr;
    const Secret &secret = table_[index].secrets[static_cast<std::size_t>(label)];
    return secret.empty() ? nullptr : &secret;
}

std::string Secrets::key_log(Bytes random) const {
    std::string lines;
    for (std::size_t label = 0; label < kSecretLabels; ++label) {
        const Secret *const secret = find(random, static_cast<SecretLabel>(label));
        if (secret == nullptr) continue;
        lines.append(kLabels[label]).append(" ").append(to_hex(random)).append(" ");
        lines.append(to_hex(secret->bytes())).append("\n");
    }
    return lines;
}

std::uint32_t Secrets::index_of(Bytes random) const {
    Key key;
    if (random.size() != key.random.size()) return kNoIndex;
    std::copy(random.begin(), random.end(), key.random.begin());
    return table_.find(key);
}

} // namespace pop3ana
