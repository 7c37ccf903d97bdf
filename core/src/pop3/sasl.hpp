// SASL exchanges inside POP3 (RFC 5034): which client lines belong to them, and the names in them
// (docs/semantics.md section 4, K5, K13 and K22).
// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include "pop3/credentials.hpp"

#include <cstdint>
#include <string>
#include <string_view>

namespace pop3ana {

enum class SaslMechanism : std::uint8_t {
    kNone,
    kPlain,
    kLogin,
    kCram, ///< CRAM-MD5, -SHA1, -SHA256
    kXoauth2,
    kOauthbearer,
    kScram, ///< SCRAM-SHA-1, -256, -512, with and without -PLUS
    kDigestMd5,
    kNtlm,
    kGssapi, ///< and GSS-SPNEGO
    kKerberosV4,
    kExternal,
    kAnonymous,
    kOther, ///< none that the analyzer knows
};

struct SaslMechanismRow {
    std::string_view name; ///< in capitals
    SaslMechanism kind;
};

/// The mechanism of `name` in any case; that of kNone has no name, nor has that of kOther.
const SaslMechanismRow &find_mechanism(std::string_view name);

inline constexpr SaslMechanismRow kNoMechanism{"", SaslMechanism::kNone};

class SaslExchange {
public:
    SaslExchange() = default;
    explicit SaslExchange(const SaslMechanismRow &mechanism);

    /// In capitals; static storage.
    [[nodiscard]] std::string_view mechanism_name() const { return mechanism_->name; }
    [[nodiscard]] SaslMechanism mechanism() const { return mechanism_->kind; }

    /// Whether the client has sent a line of it that it has not taken back.
    [[nodiscard]] bool has_lines() const { return lines_read_ != 0; }

    /// The next client line belongs to the exchange.
    [[nodiscard]] bool takes_line() const { return lines_left_ != 0; }

    /// The server asks for a client line. Whether that makes the exchange longer.
    bool challenge();

    /// The client sent its first line with the command: nobody had to ask for it.
    void initial_response() { ++lines_asked_for_; }

    /// After lost packets all client lines belong to it, and none is decoded.
    void take_all_lines();

    enum class Result : std::uint8_t { kFine, kBadBase64, kMalformed };

    /// Takes a client line, or the initial response, and stores the names that it holds.
    Result take_line(std::string_view line, Credentials &credentials);

    /// Its lines hold a password or token as it is, not a proof of one.
    [[nodiscard]] bool sends_secret() const;

    /// The client sends a line that is not taken.
    void on_line_behind() { lacks_line_ = lacks_line_ || lines_taken_ < lines_asked_for_; }

    /// A line behind it came where the server had asked for one: it may have taken that.
    [[nodiscard]] bool lacks_line() const { return lacks_line_; }

    /// More lines were taken than the server had asked for: one may have been a command to it.
    [[nodiscard]] bool has_unasked_lines() const { return lines_taken_ > lines_asked_for_; }

    /// The client has sent something for a mechanism whose user may be one that cannot be seen.
    [[nodiscard]] bool may_hide_user() const;

private:
    std::uint32_t lines_left_ = 0;
    std::uint32_t lines_taken_ = 0;
    std::uint32_t lines_asked_for_ = 0;
    const SaslMechanismRow *mechanism_ = &kNoMechanism; ///< static storage
    std::uint8_t lines_read_ = 0;    ///< of those taken; 0 again once cancelled; stays at 3
    bool lacks_line_ = false;        ///< see there
    bool counts_challenges_ = false; ///< each asks for one line: nobody knows how many there are
};

/// Decodes base64 (RFC 4648 s.4) as leniently as the original: `=` is six zero bits and takes one
/// octet off its group, groups after one with `=` are ignored, a short last group is filled up.
/// False when a byte is outside of the alphabet; `decoded` is empty then.
bool decode_base64(std::string_view text, std::string &decoded);

} // namespace pop3ana
