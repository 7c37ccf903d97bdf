// Who a client is, where clients share room fairly: an address, of IPv6 its first 64 bits, of which
// one host may have all the others.
// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <arpa/inet.h>
#include <netinet/in.h>
#include <pop3ana/pop3ana.h>
#include <string>

namespace pop3dump {

constexpr std::size_t kIpv6PrefixBytes = 8;

/// Of the client of an event.
inline std::string client_key(const pop3ana_event &event) {
    const auto *bytes = reinterpret_cast<const char *>(event.originator_address);
    return {bytes, event.originator_family == 6 ? kIpv6PrefixBytes : sizeof(in_addr)};
}

/// Of an address as inet_ntop(3) prints it; "" when it is none.
inline std::string client_key(const std::string &address) {
    in6_addr six{};
    in_addr four{};
    if (::inet_pton(AF_INET6, address.c_str(), &six) == 1) {
        return {reinterpret_cast<const char *>(&six), kIpv6PrefixBytes};
    }
    if (::inet_pton(AF_INET, address.c_str(), &four) != 1) return "";
    return {reinterpret_cast<const char *>(&four), sizeof(four)};
}

} // namespace pop3dump
