// Numbers and addresses as text.
// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include "base/address_set.hpp"

#include <arpa/inet.h>
#include <charconv>
#include <optional>
#include <string>
#include <string_view>

namespace pop3ana {

/// A number in decimal digits; none: `text` is anything else, or too large.
template <class Number> std::optional<Number> parse_number(std::string_view text) {
    Number number = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
    if (error != std::errc{} || end != text.data() + text.size()) return std::nullopt;
    return number;
}

/// An address as inet_pton(3) reads it.
inline std::optional<Address> parse_address(std::string_view text) {
    const std::string terminated{text};
    if (terminated.find('\0') != std::string::npos) return std::nullopt;
    Address address;
    const bool is_ipv4 = inet_pton(AF_INET, terminated.c_str(), address.bytes.data()) == 1;
    if (!is_ipv4 && inet_pton(AF_INET6, terminated.c_str(), address.bytes.data()) != 1)
        return std::nullopt;
    address.family = is_ipv4 ? 4 : 6;
    return address;
}

/// An address, which stands for itself, or a prefix: an address, `/` and the number of its bits.
inline std::optional<AddressPrefix> parse_prefix(std::string_view text) {
    const std::size_t slash = text.find('/');
    const auto address = parse_address(text.substr(0, slash));
    if (!address) return std::nullopt;
    const unsigned most_bits = address->family == 4 ? 32 : 128;
    if (slash == std::string_view::npos) return AddressPrefix{*address, most_bits};
    const auto bits = parse_number<unsigned>(text.substr(slash + 1));
    if (!bits || *bits > most_bits) return std::nullopt;
    return AddressPrefix{*address, *bits};
}

} // namespace pop3ana
