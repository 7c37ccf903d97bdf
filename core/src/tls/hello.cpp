// SPDX-License-Identifier: GPL-2.0-or-later
#include "tls/hello.hpp"

#include "tls/byte_reader.hpp"

#include <algorithm>
#include <array>

namespace pop3ana {
namespace {

constexpr std::uint16_t kVersion10 = 0x0301, kVersion13 = 0x0304;

// RFC 8446 s.4.1.3: SHA-256 of "HelloRetryRequest".
constexpr std::array<std::uint8_t, kHelloRandomBytes> kRetryRandom{
    0xcf, 0x21, 0xad, 0x74, 0xe5, 0x9a, 0x61, 0x11, 0xbe, 0x1d, 0x8c, 0x02, 0x1e, 0x65, 0xb8, 0x91,
    0xc2, 0xa2, 0x11, 0x16, 0x7a, 0xbb, 0x8c, 0x5e, 0x07, 0x9e, 0x09, 0xe2, 0xc8, 0xa8, 0x33, 0x9c};

constexpr bool is_grease(std::uint16_t value) {
    return (value & 0x0f0f) == 0x0a0a && value >> 8 == (value & 0xff);
}

Values values_of(Bytes list) {
    Values values;
    values.reserve(list.size() / 2);
    for (ByteReader reader{list}; !reader.is_at_end();) {
        const auto value = static_cast<std::uint16_t>(reader.number(2));
        if (reader.is_fine() && !is_grease(value)) values.push_back(value);
    }
    return values;
}

// server_name_list (RFC 6066 s.3).
std::string_view host_name(Bytes list) {
    ByteReader reader{list};
    constexpr std::uint32_t kHostName = 0;
    ByteReader names{reader.vector(2)};
    const std::uint32_t type = names.number(1);
    const Bytes name = names.vector(2);
    return type == kHostName && names.is_fine() ? as_text(name) : std::string_view{};
}

// protocol_name_list (RFC 7301 s.3.1).
std::string_view first_protocol(Bytes list) {
    ByteReader reader{list};
    ByteReader names{reader.vector(2)};
    return as_text(names.vector(1));
}

// Calls `on_extension(type, data)` for each. False: they are damaged. No extensions are fine.
template <class OnExtension> bool read_extensions(ByteReader &reader, OnExtension on_extension) {
    if (reader.is_at_end()) return true;
    ByteReader extensions{reader.vector(2)};
    while (!extensions.is_at_end()) {
        const auto type = static_cast<std::uint16_t>(extensions.number(2));
        const Bytes data = extensions.vector(2);
        if (!extensions.is_fine()) return false;
        on_extension(type, data);
    }
    return reader.is_fine();
}

} // namespace

std::optional<ClientHello> parse_client_hello(Bytes body) {
    ByteReader reader{body};
    ClientHello hello;
    hello.version = static_cast<std::uint16_t>(reader.number(2));
    hello.random = reader.take(kHelloRandomBytes);
    hello.session_id = reader.vector(1);
    hello.suites = values_of(reader.vector(2));
    reader.vector(1); // compression methods
    if (!reader.is_fine()) return std::nullopt;
    const bool is_fine = read_extensions(reader, [&](std::uint16_t type, Bytes data) {
        if (!is_grease(type)) hello.extensions.push_back(type);
        ByteReader value{data};
        switch (type) {
        case kExtensionServerName:
            hello.has_server_name = true;
            hello.server_name = host_name(data);
            break;
        case kExtensionSignatureAlgorithms:
            hello.signature_algorithms = values_of(value.vector(2));
            break;
        case kExtensionAlpn: hello.alpn = first_protocol(data); break;
        case kExtensionEarlyData: hello.has_early_data = true; break;
        case kExtensionSupportedVersions:
            for (const std::uint16_t version : values_of(value.vector(1)))
                if (version <= kVersion13) hello.version = std::max(hello.version, version);
            break;
        default: break;
        }
    });
    if (!is_fine) return std::nullopt;
    return hello;
}

std::optional<ServerHello> parse_server_hello(Bytes body) {
    ByteReader reader{body};
    ServerHello hello;
    hello.version = static_cast<std::uint16_t>(reader.number(2));
    hello.random = reader.take(kHelloRandomBytes);
    hello.session_id = reader.vector(1);
    hello.suite = static_cast<std::uint16_t>(reader.number(2));
    reader.number(1); // compression method
    if (!reader.is_fine()) return std::nullopt;
    hello.is_retry_request =
        std::equal(hello.random.begin(), hello.random.end(), kRetryRandom.begin());
    const bool is_fine = read_extensions(reader, [&](std::uint16_t type, Bytes data) {
        ByteReader value{data};
        switch (type) {
        case kExtensionAlpn: hello.alpn = first_protocol(data); break;
        case kExtensionEncryptThenMac: hello.has_encrypt_then_mac = true; break;
        case kExtensionExtendedMasterSecret: hello.has_extended_master_secret = true; break;
        case kExtensionPreSharedKey: hello.has_pre_shared_key = true; break;
        case kExtensionSupportedVersions:
            hello.version = static_cast<std::uint16_t>(value.number(2));
            break;
        default: break;
        }
    });
    if (!is_fine || hello.version < kVersion10 || hello.version > kVersion13) return std::nullopt;
    return hello;
}

bool accepts_early_data(Bytes encrypted_extensions) {
    ByteReader reader{encrypted_extensions};
    bool accepts = false;
    return read_extensions(reader,
                           [&](std::uint16_t type, Bytes /*data*/) {
                               accepts = accepts || type == kExtensionEarlyData;
                           }) &&
           accepts;
}

} // namespace pop3ana
