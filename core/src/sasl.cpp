// SPDX-License-Identifier: GPL-2.0-or-later
#include "sasl.hpp"

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

SaslMechanism find_mechanism(std::string_view name) {
    if (equal_any_case(name, "PLAIN")) return SaslMechanism::kPlain;
    if (equal_any_case(name, "LOGIN")) return SaslMechanism::kLogin;
    if (equal_any_case(name, "CRAM-MD5")) return SaslMechanism::kCramMd5;
    return SaslMechanism::kOther;
}

SaslExchange::SaslExchange(SaslMechanism mechanism)
    : mechanism_(mechanism), counts_challenges_(mechanism == SaslMechanism::kOther) {
    switch (mechanism) {
    case SaslMechanism::kPlain:
    case SaslMechanism::kCramMd5: lines_left_ = 1; break;
    case SaslMechanism::kLogin: lines_left_ = 2; break;
    case SaslMechanism::kNone:
    case SaslMechanism::kOther: break;
    }
}

void SaslExchange::challenge() {
    if (lines_left_ != kAllLines) ++lines_left_;
}

void SaslExchange::take_all_lines() {
    mechanism_ = SaslMechanism::kOther;
    lines_left_ = kAllLines;
}

SaslExchange::Result SaslExchange::take_line(std::string_view line, Credentials &credentials) {
    if (line == "*") { // RFC 5034 s.4: the client cancels.
        credentials = {};
        lines_left_ = 0;
        counts_challenges_ = false;
        return Result::kFine;
    }
    if (lines_left_ != 0 && lines_left_ != kAllLines) --lines_left_;
    lines_taken_ = static_cast<std::uint8_t>(std::min(2, lines_taken_ + 1));

    std::string decoded;
    if (!decode_base64(line, decoded)) return Result::kBadBase64;
    switch (mechanism_) {
    case SaslMechanism::kPlain: { // RFC 4616 s.2: authorization NUL user NUL password.
        const std::size_t first = decoded.find('\0');
        const std::size_t second =
            first == std::string::npos ? first : decoded.find('\0', first + 1);
        if (second == std::string::npos) return Result::kMalformed;
        credentials.user = decoded.substr(first + 1, second - first - 1);
        credentials.password = decoded.substr(second + 1);
        break;
    }
    case SaslMechanism::kLogin:
        (lines_taken_ == 1 ? credentials.user : credentials.password) = decoded;
        break;
    case SaslMechanism::kCramMd5: // RFC 2195 s.2: user, blank, digest.
        credentials.user = decoded.substr(0, decoded.find_first_of(" \t"));
        break;
    case SaslMechanism::kNone:
    case SaslMechanism::kOther: break;
    }
    return Result::kFine;
}

} // namespace pop3ana
