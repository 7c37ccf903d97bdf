// The fleet key: what leaves a sensor is hashed with it, so that nobody without it learns a secret
// (docs/semantics.md section 14).
// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include "base/byte_word.hpp"
#include "base/hash.hpp"
#include "base/hex.hpp"
#include "base/hmac.hpp"

#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace pop3ana {

class FleetKey {
public:
    static constexpr std::size_t kLeastBytes = 16;

    /// What is hashed, so that equal bytes of two kinds have different hashes.
    enum class Purpose : char {
        kLogin = 'l',   ///< user and secret
        kLengths = 'n', ///< theirs, which is all that is known of an inferred login
        kUser = 'u',
        kSeed = 'b',
        kCheck = 'c', ///< nothing: it tells the key
    };

    explicit FleetKey(std::string_view key)
        : hmac_(GCRY_MD_SHA256, as_bytes(key)), check_(to_hex(hash(Purpose::kCheck, {}).first(4))) {
        const Bytes seed = hash(Purpose::kSeed, {});
        seed_ = std::uint64_t{be32(seed.data())} << 32U | be32(seed.data() + 4);
    }

    /// An HMAC-SHA256, borrowed until the next one.
    [[nodiscard]] Bytes hash(Purpose purpose, std::string_view first,
                             std::string_view second = {}) {
        // The length of the first one: `ab` and `c` are not `a` and `bc`.
        std::array<char, 1 + sizeof(ByteWord)> head{static_cast<char>(purpose)};
        store_word(&head[1], first.size());
        return hmac_.of({{head.data(), head.size()}, first, second});
    }
    /// The first four bytes of it.
    [[nodiscard]] std::uint32_t short_hash(Purpose purpose, std::string_view first,
                                           std::string_view second = {}) {
        return be32(hash(purpose, first, second).data());
    }

    /// Of a login, whose texts are escaped as in the log: "KEY:HASH", of eight hexadecimal digits
    /// each. The first tell the key from others, the second the pair of user and secret.
    [[nodiscard]] std::string login_hash(std::string_view user, std::string_view secret) {
        return login_text(hash(Purpose::kLogin, user, secret));
    }
    /// The same of a login of which only these are known: see Event::login_lengths.
    [[nodiscard]] std::string lengths_hash(std::uint64_t lengths) {
        return login_text(hash(Purpose::kLengths, std::to_string(lengths)));
    }

    /// Tells the key from others, in eight hexadecimal digits.
    [[nodiscard]] const std::string &check() const { return check_; }

    /// Of what is no secret: nobody outside of the fleet can foretell it.
    [[nodiscard]] std::uint64_t quick_hash(std::string_view bytes) const {
        return XXH3_64bits_withSeed(bytes.data(), bytes.size(), seed_);
    }

private:
    [[nodiscard]] std::string login_text(Bytes hash) const {
        return check_ + ":" + to_hex(hash.first(4));
    }

    Hmac hmac_;
    std::string check_;
    std::uint64_t seed_ = 0;
};

} // namespace pop3ana
