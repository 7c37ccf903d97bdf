// SASL exchanges inside POP3 (RFC 5034): which client lines belong to them, and the names in them
// (SEMANTICS.md section 4, K5 and K13).
// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace pop3ana {

/// User and password of a login attempt; raw bytes.
struct Credentials {
    std::string user;
    std::string password;
};

enum class SaslMechanism : std::uint8_t { kNone, kPlain, kLogin, kCramMd5, kOther };

/// `name` in any case; kOther when it is none that the analyzer decodes.
SaslMechanism find_mechanism(std::string_view name);

class SaslExchange {
public:
    SaslExchange() = default;
    explicit SaslExchange(SaslMechanism mechanism);

    /// The next client line belongs to the exchange.
    [[nodiscard]] bool takes_line() const { return lines_left_ != 0; }

    /// Each challenge asks for one client line (mechanisms whose length nobody knows).
    [[nodiscard]] bool counts_challenges() const { return counts_challenges_; }

    void challenge();

    /// After lost packets all client lines belong to it, and none is decoded.
    void take_all_lines();

    enum class Result : std::uint8_t { kFine, kBadBase64, kMalformed };

    /// Takes a client line, or the initial response, and stores the names that it holds.
    Result take_line(std::string_view line, Credentials &credentials);

private:
    std::uint32_t lines_left_ = 0;
    SaslMechanism mechanism_ = SaslMechanism::kNone;
    std::uint8_t lines_taken_ = 0; ///< stays at 2: LOGIN has no more
    bool counts_challenges_ = false;
};

/// Decodes base64 (RFC 4648 s.4) as leniently as the original: `=` is six zero bits and takes one
/// octet off its group, groups after one with `=` are ignored, a short last group is filled up.
/// False when a byte is outside of the alphabet; `decoded` is empty then.
bool decode_base64(std::string_view text, std::string &decoded);

} // namespace pop3ana
