// An end of a connection as the log has it.
// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include "base/address_text.hpp"

#include <array>
#include <cstdio>

namespace pop3ana_plugin {

using EndText = std::array<char, pop3ana::kAddressTextBytes + sizeof("/65535")>;

/// "10.0.0.1/110"; empty when the address is not known: family 0.
inline EndText end_text(std::uint8_t family, const std::uint8_t *address, std::uint16_t port) {
    EndText text{};
    if (family == 0) return text;
    char *const end = pop3ana::write_address(text.data(), family, address);
    std::snprintf(end, sizeof("/65535"), "/%u", port);
    return text;
}

} // namespace pop3ana_plugin
