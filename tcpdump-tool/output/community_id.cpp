// SPDX-License-Identifier: GPL-2.0-or-later
#include "output/community_id.hpp"

#include <algorithm>
#include <cstdint>
#include <gcrypt.h>
#include <netinet/in.h>
#include <span>
#include <string_view>
#include <utility>

namespace pop3dump {
namespace {

constexpr std::size_t kSha1Bytes = 20;

/// An end of a connection in the order of bytes that is hashed: the smaller one comes first.
struct Endpoint {
    std::array<std::uint8_t, 16> address{};
    std::array<std::uint8_t, 2> port{};

    Endpoint(const std::uint8_t *bytes, std::size_t count, std::uint16_t number)
        : port{static_cast<std::uint8_t>(number >> 8), static_cast<std::uint8_t>(number)} {
        std::copy_n(bytes, count, address.begin());
    }
    auto operator<=>(const Endpoint &) const = default;
};

/// RFC 4648 section 4.
void write_base64(char *to, std::span<const std::uint8_t, kSha1Bytes> bytes) {
    constexpr std::string_view kDigits =
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    std::array<std::uint8_t, kSha1Bytes + 1> whole{}; // seven groups of three
    std::ranges::copy(bytes, whole.begin());
    for (std::size_t i = 0; i < whole.size(); i += 3) {
        const std::uint32_t group =
            std::uint32_t{whole[i]} << 16 | std::uint32_t{whole[i + 1]} << 8 | whole[i + 2];
        for (int shift = 18; shift >= 0; shift -= 6)
            *to++ = kDigits[group >> shift & 63];
    }
    to[-1] = '='; // the byte that is not there
}

} // namespace

bool prepare_community_ids(std::string &error) {
    if (gcry_control(GCRYCTL_INITIALIZATION_FINISHED_P) != 0) return true;
    if (gcry_check_version(GCRYPT_VERSION) == nullptr) {
        error = "libgcrypt: the library is older than version " GCRYPT_VERSION;
        return false;
    }
    gcry_control(GCRYCTL_DISABLE_SECMEM, 0); // nothing that is hashed is secret
    gcry_control(GCRYCTL_INITIALIZATION_FINISHED, 0);
    return true;
}

CommunityId community_id(const pop3ana_event &event) {
    const std::size_t address_bytes = event.address_family == 4 ? 4 : 16;
    const bool is_proxied = event.proxy_family != 0; // then the packets are the proxy's
    Endpoint low(is_proxied ? event.proxy_address : event.originator_address, address_bytes,
                 is_proxied ? event.proxy_port : event.originator_port);
    Endpoint high(event.responder_address, address_bytes, event.responder_port);
    if (high < low) std::swap(low, high);
    constexpr std::size_t kMostBytes = 2 + 16 + 16 + 2 + 2 + 2;
    std::array<std::uint8_t, kMostBytes> hashed{}; // begins with the seed: 0
    auto to = std::copy_n(low.address.begin(), address_bytes, hashed.begin() + 2);
    to = std::copy_n(high.address.begin(), address_bytes, to);
    *to++ = IPPROTO_TCP;
    *to++ = 0;
    to = std::ranges::copy(low.port, to).out;
    to = std::ranges::copy(high.port, to).out;
    std::array<std::uint8_t, kSha1Bytes> digest{};
    gcry_md_hash_buffer(GCRY_MD_SHA1, digest.data(), hashed.data(),
                        static_cast<std::size_t>(to - hashed.begin()));
    CommunityId id{'1', ':'};
    write_base64(id.data() + 2, digest);
    return id;
}

} // namespace pop3dump
