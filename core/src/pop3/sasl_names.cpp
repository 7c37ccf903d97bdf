// SPDX-License-Identifier: GPL-2.0-or-later
#include "pop3/sasl_names.hpp"

#include <optional>

namespace pop3ana {
namespace {

using namespace std::string_view_literals;

// Up to the first of `ends`.
std::string_view up_to(std::string_view text, std::string_view ends) {
    return text.substr(0, text.find_first_of(ends));
}

// ---------------------------------------------------------------- comma-separated headers

// RFC 5801 s.4: =2C and =3D stand for a comma and an equals sign.
std::string unescape_saslname(std::string_view text) {
    std::string name;
    for (std::size_t i = 0; i < text.size(); ++i) {
        const std::string_view escape = text.substr(i, 3);
        if (escape == "=2C" || escape == "=3D") {
            name.push_back(escape == "=2C" ? ',' : '=');
            i += 2;
        } else {
            name.push_back(text[i]);
        }
    }
    return name;
}

// The header in front of a message (RFC 5801 s.4, gs2-header).
struct Gs2Header {
    std::string_view authorization_identity;
    std::string_view rest; ///< what follows it
};

std::optional<Gs2Header> read_gs2_header(std::string_view text) {
    if (text.starts_with("n,") || text.starts_with("y,")) {
        text.remove_prefix(2);
    } else if (text.starts_with("p=")) {
        const std::size_t comma = text.find(',');
        if (comma == std::string_view::npos) return std::nullopt;
        text.remove_prefix(comma + 1);
    } else {
        return std::nullopt;
    }
    Gs2Header header;
    if (text.starts_with("a=")) {
        header.authorization_identity = up_to(text.substr(2), ",");
        text.remove_prefix(2 + header.authorization_identity.size());
    }
    if (!text.starts_with(',')) return std::nullopt;
    header.rest = text.substr(1);
    return header;
}

// RFC 5802 s.7, client-first-message.
void read_scram_names(std::string_view message, Credentials &names) {
    const auto header = read_gs2_header(message);
    if (!header) return;
    std::string_view rest = header->rest;
    if (rest.starts_with("m=")) {
        const std::size_t comma = rest.find(',');
        rest = comma == std::string_view::npos ? std::string_view{} : rest.substr(comma + 1);
    }
    if (!rest.starts_with("n=")) return;
    names.user = unescape_saslname(up_to(rest.substr(2), ","));
    names.authorization_identity = unescape_saslname(header->authorization_identity);
}

// RFC 7628 s.3.1
void read_oauthbearer_names(std::string_view message, Credentials &names) {
    const auto header = read_gs2_header(message);
    if (!header) return;
    names.user = unescape_saslname(header->authorization_identity);
    names.token = header->rest;
}

void read_xoauth2_names(std::string_view message, Credentials &names) {
    constexpr std::string_view kUser = "user=";
    if (!message.starts_with(kUser)) return;
    message.remove_prefix(kUser.size());
    names.user = up_to(message, "\1");
    message.remove_prefix(names.user.size());
    if (!message.empty()) names.token = message.substr(1);
}

// ---------------------------------------------------------------- DIGEST-MD5

// RFC 2831 s.2.1.2: the value of NAME="…".
std::string digest_md5_value(std::string_view message, std::string_view name) {
    for (std::size_t field = 0; field != std::string_view::npos;) {
        const std::size_t start = message.find_first_not_of(" \t\n\r\f\v", field);
        if (start == std::string_view::npos) break;
        if (message.substr(start).starts_with(name)) {
            std::string value;
            for (std::size_t i = start + name.size(); i < message.size(); ++i) {
                if (message[i] == '"') return value;
                if (message[i] == '\\' && ++i == message.size()) break;
                value.push_back(message[i]);
            }
        }
        const std::size_t comma = message.find(',', field);
        field = comma == std::string_view::npos ? comma : comma + 1;
    }
    return {};
}

// ---------------------------------------------------------------- NTLM

constexpr std::string_view kNtlmAuthenticate = "NTLMSSP\0\3\0\0\0"sv;

unsigned little_endian(std::string_view text, std::size_t at, std::size_t bytes) {
    unsigned value = 0;
    for (std::size_t i = bytes; i > 0; --i)
        value = value << 8 | static_cast<std::uint8_t>(text[at + i - 1]);
    return value;
}

void append_utf8(std::string &text, unsigned code_point) {
    const auto put = [&](unsigned byte) { text.push_back(static_cast<char>(byte)); };
    const auto put_rest = [&](unsigned shift) { put(0x80 | (code_point >> shift & 0x3f)); };
    if (code_point < 0x80) {
        put(code_point);
    } else if (code_point < 0x800) {
        put(0xc0 | code_point >> 6);
        put_rest(0);
    } else if (code_point < 0x10000) {
        put(0xe0 | code_point >> 12);
        put_rest(6);
        put_rest(0);
    } else {
        put(0xf0 | code_point >> 18);
        put_rest(12);
        put_rest(6);
        put_rest(0);
    }
}

// What is no UTF-16 becomes U+FFFD.
std::string utf8_of_utf16(std::string_view text) {
    constexpr unsigned kReplacement = 0xfffd;
    std::string utf8;
    for (std::size_t at = 0; at < text.size(); at += 2) {
        if (text.size() - at < 2) {
            append_utf8(utf8, kReplacement);
            break;
        }
        const unsigned unit = little_endian(text, at, 2);
        if (unit < 0xd800 || unit > 0xdfff) {
            append_utf8(utf8, unit);
            continue;
        }
        if (unit < 0xdc00 && text.size() - at < 4) { // Cut inside a pair.
            append_utf8(utf8, kReplacement);
            break;
        }
        const unsigned low = unit < 0xdc00 ? little_endian(text, at + 2, 2) : 0;
        if (low < 0xdc00 || low > 0xdfff) {
            append_utf8(utf8, kReplacement);
            continue;
        }
        append_utf8(utf8, 0x10000 + ((unit - 0xd800) << 10) + (low - 0xdc00));
        at += 2;
    }
    return utf8;
}

// MS-NLMP section 2.2.1.3: length, capacity and offset of a field stand at `at`.
std::string ntlm_field(std::string_view message, std::size_t at) {
    constexpr std::size_t kFieldBytes = 8;
    constexpr std::size_t kFlags = 60;
    if (message.size() < at + kFieldBytes) return {};
    const std::size_t bytes = little_endian(message, at, 2);
    const std::size_t offset = little_endian(message, at + 4, 4);
    if (offset >= message.size()) return {};
    const std::string_view field = message.substr(offset, bytes);
    const bool is_unicode = message.size() < kFlags + 4 || (message[kFlags] & 1) != 0;
    return is_unicode ? utf8_of_utf16(field) : std::string{field};
}

std::string ntlm_user(std::string_view line) {
    const std::size_t start = line.find(kNtlmAuthenticate);
    if (start == std::string_view::npos) return {};
    const std::string_view message = line.substr(start);
    const std::string domain = ntlm_field(message, 28);
    const std::string user = ntlm_field(message, 36);
    return domain.empty() || user.empty() ? user : domain + '\\' + user;
}

} // namespace

void read_sasl_names(SaslMechanism mechanism, std::string_view decoded, Credentials &names) {
    names.clear();
    switch (mechanism) {
    case SaslMechanism::kCram: names.user = up_to(decoded, " \t"); break; // RFC 2195 s.2
    case SaslMechanism::kXoauth2: read_xoauth2_names(decoded, names); break;
    case SaslMechanism::kOauthbearer: read_oauthbearer_names(decoded, names); break;
    case SaslMechanism::kScram: read_scram_names(decoded, names); break;
    case SaslMechanism::kDigestMd5:
        names.user = digest_md5_value(decoded, "username=\"");
        names.authorization_identity = digest_md5_value(decoded, "authzid=\"");
        break;
    case SaslMechanism::kNtlm:
    case SaslMechanism::kGssapi: names.user = ntlm_user(decoded); break;
    case SaslMechanism::kExternal: names.user = decoded; break;
    case SaslMechanism::kAnonymous: // RFC 4505: what it sends is a trace only.
        names.user = "anonymous";
        break;
    case SaslMechanism::kNone:
    case SaslMechanism::kPlain:
    case SaslMechanism::kLogin:
    case SaslMechanism::kKerberosV4:
    case SaslMechanism::kOther: break;
    }
}

} // namespace pop3ana
