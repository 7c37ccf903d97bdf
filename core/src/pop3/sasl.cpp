// SPDX-License-Identifier: GPL-2.0-or-later
#include "pop3/sasl.hpp"

#include "pop3/sasl_names.hpp"

#include <algorithm>
#include <array>
#include <limits>

namespace pop3ana {
namespace {

constexpr std::uint32_t kAllLines = std::numeric_limits<std::uint32_t>::max();
constexpr std::uint8_t kOutside = 0xff;

constexpr std::array<std::uint8_t, 256> kSixBits = [] {
    constexpr std::string_view kAlphabet =
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    std::array<std::uint8_t, 256> values{};
    values.fill(kOutside);
    for (std::size_t i = 0; i < kAlphabet.size(); ++i)
        values[static_cast<std::uint8_t>(kAlphabet[i])] = static_cast<std::uint8_t>(i);
    values[static_cast<std::uint8_t>('=')] = 0;
    return values;
}();

std::uint8_t six_bits(char c) {
    return kSixBits[static_cast<std::uint8_t>(c)];
}

bool equal_any_case(std::string_view a, std::string_view b) {
    const auto upper = [](char c) {
        return c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c;
    };
    return std::equal(a.begin(), a.end(), b.begin(), b.end(),
                      [&](char x, char y) { return upper(x) == upper(y); });
}

constexpr SaslMechanismRow kOtherMechanism{"", SaslMechanism::kOther};

constexpr SaslMechanismRow kMechanisms[] = {
    {"PLAIN", SaslMechanism::kPlain},
    {"LOGIN", SaslMechanism::kLogin},
    {"CRAM-MD5", SaslMechanism::kCram},
    {"CRAM-SHA1", SaslMechanism::kCram},
    {"CRAM-SHA256", SaslMechanism::kCram},
    {"XOAUTH2", SaslMechanism::kXoauth2},
    {"OAUTHBEARER", SaslMechanism::kOauthbearer},
    {"SCRAM-SHA-1", SaslMechanism::kScram},
    {"SCRAM-SHA-256", SaslMechanism::kScram},
    {"SCRAM-SHA-512", SaslMechanism::kScram},
    {"SCRAM-SHA-1-PLUS", SaslMechanism::kScram}, // with channel binding (RFC 5802 s.6)
    {"SCRAM-SHA-256-PLUS", SaslMechanism::kScram},
    {"SCRAM-SHA-512-PLUS", SaslMechanism::kScram},
    {"DIGEST-MD5", SaslMechanism::kDigestMd5},
    {"NTLM", SaslMechanism::kNtlm},
    {"GSSAPI", SaslMechanism::kGssapi},
    {"GSS-SPNEGO", SaslMechanism::kGssapi},
    {"KERBEROS_V4", SaslMechanism::kKerberosV4},
    {"EXTERNAL", SaslMechanism::kExternal},
    {"ANONYMOUS", SaslMechanism::kAnonymous},
};

} // namespace

bool decode_base64(std::string_view text, std::string &decoded) {
    decoded.clear();
    if (std::any_of(text.begin(), text.end(), [](char c) { return six_bits(c) == kOutside; }))
        return false;
    for (std::size_t i = 0; i < text.size(); i += 4) {
        std::uint32_t bits = 0;
        int padding = 0;
        for (std::size_t k = i; k < i + 4; ++k) {
            const char c = k < text.size() ? text[k] : '=';
            bits = bits << 6 | six_bits(c);
            padding += c == '=' ? 1 : 0;
        }
        for (int octet = 0; octet < 3 - padding; ++octet)
            decoded.push_back(static_cast<char>(bits >> (16 - 8 * octet) & 0xff));
        if (padding != 0) break;
    }
    return true;
}

const SaslMechanismRow &find_mechanism(std::string_view name) {
    for (const SaslMechanismRow &mechanism : kMechanisms)
        if (equal_any_case(name, mechanism.name)) return mechanism;
    return kOtherMechanism;
}

SaslExchange::SaslExchange(const SaslMechanismRow &mechanism) : mechanism_(&mechanism) {
    switch (mechanism.kind) {
    case SaslMechanism::kNone: break;
    case SaslMechanism::kPlain:
    case SaslMechanism::kCram: lines_left_ = 1; break;
    case SaslMechanism::kLogin: lines_left_ = 2; break;
    default: counts_challenges_ = true; break;
    }
}

bool SaslExchange::challenge() {
    ++lines_asked_for_;
    if (counts_challenges_) ++lines_left_;
    return counts_challenges_;
}

void SaslExchange::take_all_lines() {
    mechanism_ = &kOtherMechanism;
    counts_challenges_ = false;
    lines_left_ = kAllLines;
}

bool SaslExchange::sends_secret() const {
    switch (mechanism_->kind) {
    case SaslMechanism::kPlain:
    case SaslMechanism::kLogin:
    case SaslMechanism::kXoauth2:
    case SaslMechanism::kOauthbearer: return true;
    default: return false;
    }
}

bool SaslExchange::may_hide_user() const {
    switch (mechanism_->kind) {
    case SaslMechanism::kGssapi:
    case SaslMechanism::kKerberosV4:
    case SaslMechanism::kExternal: return lines_read_ != 0;
    default: return false;
    }
}

SaslExchange::Result SaslExchange::take_line(std::string_view line, Credentials &credentials) {
    ++lines_taken_;
    if (line == "*") { // RFC 5034 s.4: the client cancels.
        credentials = {};
        lines_left_ = 0;
        lines_read_ = 0;
        counts_challenges_ = false;
        return Result::kFine;
    }
    if (lines_left_ != 0 && lines_left_ != kAllLines) --lines_left_;
    lines_read_ = static_cast<std::uint8_t>(std::min(3, lines_read_ + 1));

    std::string decoded;
    if (!decode_base64(line, decoded)) return Result::kBadBase64;
    switch (mechanism_->kind) {
    case SaslMechanism::kPlain: { // RFC 4616 s.2: authorization NUL user NUL password.
        const std::size_t first = decoded.find('\0');
        const std::size_t second =
            first == std::string::npos ? first : decoded.find('\0', first + 1);
        if (second == std::string::npos) return Result::kMalformed;
        credentials.authorization_identity = decoded.substr(0, first);
        credentials.user = decoded.substr(first + 1, second - first - 1);
        credentials.password = decoded.substr(second + 1);
        break;
    }
    case SaslMechanism::kLogin:
        if (lines_read_ == 1) credentials.user = decoded;
        if (lines_read_ == 2) credentials.password = decoded;
        break;
    default:
        if (credentials.user.empty()) read_sasl_names(mechanism_->kind, decoded, credentials);
        break;
    }
    return Result::kFine;
}

} // namespace pop3ana
