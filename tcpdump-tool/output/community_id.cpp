// SPDX-License-Identifier: GPL-2.0-or-later
#include "output/community_id.hpp"

#include "base/hex.hpp"

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
using Digest = std::array<std::uint8_t, kSha1Bytes>;

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

std::size_t address_bytes(const pop3ana_event &event) {
    return event.address_family == 4 ? 4 : 16;
}

/// Client and server as the packets have them, which may be a proxy's.
std::pair<Endpoint, Endpoint> ends_on_wire(const pop3ana_event &event) {
    const bool is_proxied = event.proxy_family != 0;
    return {Endpoint(is_proxied ? event.proxy_address : event.originator_address,
                     address_bytes(event), is_proxied ? event.proxy_port : event.originator_port),
            Endpoint(event.responder_address, address_bytes(event), event.responder_port)};
}

/// As Community IDs are made, with seed 0; then `ts_ns`, unless it is NULL.
Digest digest_of_ends(const pop3ana_event &event, const Endpoint &first, const Endpoint &second,
                      const std::int64_t *ts_ns) {
    constexpr std::size_t kMostBytes = 2 + 16 + 16 + 2 + 2 + 2 + sizeof(*ts_ns);
    std::array<std::uint8_t, kMostBytes> hashed{}; // begins with the seed: 0
    const std::size_t bytes = address_bytes(event);
    auto to = std::copy_n(first.address.begin(), bytes, hashed.begin() + 2);
    to = std::copy_n(second.address.begin(), bytes, to);
    *to++ = IPPROTO_TCP;
    *to++ = 0;
    to = std::ranges::copy(first.port, to).out;
    to = std::ranges::copy(second.port, to).out;
    for (int shift = 56; ts_ns != nullptr && shift >= 0; shift -= 8)
        *to++ = static_cast<std::uint8_t>(static_cast<std::uint64_t>(*ts_ns) >> shift);
    Digest digest{};
    gcry_md_hash_buffer(GCRY_MD_SHA1, digest.data(), hashed.data(),
                        static_cast<std::size_t>(to - hashed.begin()));
    return digest;
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
    auto [low, high] = ends_on_wire(event);
    if (high < low) std::swap(low, high);
    const Digest digest = digest_of_ends(event, low, high, /*ts_ns=*/nullptr);
    CommunityId id{'1', ':'};
    write_base64(id.data() + 2, digest);
    return id;
}

ConnectionUid connection_uid(const pop3ana_event &event) {
    const auto [client, server] = ends_on_wire(event);
    const Digest digest = digest_of_ends(event, client, server, &event.connection_ts_ns);
    ConnectionUid uid{};
    for (std::size_t i = 0; i < uid.size() / 2; ++i)
        pop3ana::write_hex(uid.data() + 2 * i, digest[i]);
    return uid;
}

} // namespace pop3dump
