// The fleet key: what leaves a sensor is hashed with it, so that the server learns no secret.
// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <array>
#include <cstdint>
#include <cstring>
#include <optional>
#include <string>
#include <string_view>

namespace pop3fleet {

class FleetKey {
public:
    /// An HMAC-SHA256 (RFC 2104).
    using Digest = std::array<char, 32>;

    /// What is hashed, so that equal bytes of two kinds have different hashes.
    enum class Purpose : char {
        kPair = 'p',
        kUser = 'u',
        kSecret = 's',
        kBucket = 'b',
        kCheck = 'c'
    };

    /// The content of a file of 16 to 4096 bytes, which only its owner should be able to read.
    /// None: `error` is one line that names it.
    static std::optional<FleetKey> read(const std::string &path, std::string &error);

    [[nodiscard]] Digest hash(Purpose purpose, std::string_view first,
                              std::string_view second = {}) const;

    /// The first `bytes` of hash().
    [[nodiscard]] std::string short_hash(Purpose purpose, std::size_t bytes, std::string_view first,
                                         std::string_view second = {}) const {
        const Digest digest = hash(purpose, first, second);
        return {digest.data(), bytes};
    }

    /// The same as a number.
    [[nodiscard]] std::uint32_t short_number(Purpose purpose, std::string_view first,
                                             std::string_view second = {}) const {
        const Digest digest = hash(purpose, first, second);
        std::uint32_t number = 0;
        std::memcpy(&number, digest.data(), sizeof number);
        return number;
    }

    /// Of what is no secret: nobody outside of the fleet can foretell it.
    [[nodiscard]] std::uint64_t quick_hash(std::string_view bytes) const;

private:
    explicit FleetKey(std::string key);

    std::string key_;
    std::uint64_t seed_ = 0;
};

} // namespace pop3fleet
