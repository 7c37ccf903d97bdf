// SPDX-License-Identifier: GPL-2.0-or-later
#include "tls/ja4.hpp"

#include "base/hex.hpp"

#include <gcrypt.h>

#include <algorithm>
#include <array>

namespace pop3ana {
namespace {

std::string version_text(std::uint16_t version) {
    switch (version) {
    case 0x0304: return "13";
    case 0x0303: return "12";
    case 0x0302: return "11";
    case 0x0301: return "10";
    case 0x0300: return "s3";
    default: return "00";
    }
}

std::string count_text(std::size_t count) {
    count = std::min<std::size_t>(count, 99);
    return {static_cast<char>('0' + count / 10), static_cast<char>('0' + count % 10)};
}

bool is_alphanumeric(char c) {
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

// First and last character; of a name that begins or ends otherwise, those of it in hex.
std::string protocol_text(std::string_view alpn) {
    if (alpn.empty()) return "00";
    if (is_alphanumeric(alpn.front()) && is_alphanumeric(alpn.back()))
        return {alpn.front(), alpn.back()};
    const std::string hex = to_hex(as_bytes(alpn));
    return {hex.front(), hex.back()};
}

std::string list_text(const Values &values) {
    std::string text;
    for (const std::uint16_t value : values) {
        if (!text.empty()) text += ',';
        text += to_hex(value);
    }
    return text;
}

// The start of SHA-256, in hex.
std::string digest(const std::string &text) {
    constexpr std::size_t kBytes = 6;
    if (text.empty()) return std::string(2 * kBytes, '0');
    std::array<std::uint8_t, 32> hash;
    gcry_md_hash_buffer(GCRY_MD_SHA256, hash.data(), text.data(), text.size());
    return to_hex(Bytes{hash}.first(kBytes));
}

} // namespace

std::string ja4_of(const ClientHello &hello) {
    Values suites = hello.suites;
    std::sort(suites.begin(), suites.end());
    Values extensions;
    for (const std::uint16_t type : hello.extensions)
        if (type != kExtensionServerName && type != kExtensionAlpn) extensions.push_back(type);
    std::sort(extensions.begin(), extensions.end());
    std::string listed = list_text(extensions);
    if (!hello.signature_algorithms.empty()) listed += '_' + list_text(hello.signature_algorithms);
    return 't' + version_text(hello.version) + (hello.has_server_name ? 'd' : 'i') +
           count_text(hello.suites.size()) + count_text(hello.extensions.size()) +
           protocol_text(hello.alpn) + '_' + digest(list_text(suites)) + '_' +
           digest(extensions.empty() ? std::string{} : listed);
}

} // namespace pop3ana
