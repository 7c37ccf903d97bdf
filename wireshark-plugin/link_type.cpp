// Wireshark tells the encapsulation of a link type, not the other way round.
// SPDX-License-Identifier: GPL-2.0-or-later
#include "link_type.hpp"

#include "net/link_types.hpp"

#include <array>
#include <iterator>
#include <wiretap/pcap-encap.h>

namespace pop3ana_plugin {
namespace {

using pop3ana::kLinkTypes;

/// The encapsulations of the link types that the core decodes, in the order of its list.
std::array<int, std::size(kLinkTypes)> encapsulations() {
    std::array<int, std::size(kLinkTypes)> result{};
    for (std::size_t i = 0; i < result.size(); ++i)
        result[i] = wtap_pcap_encap_to_wtap_encap(static_cast<int>(kLinkTypes[i]));
    return result;
}

} // namespace

std::uint32_t link_type_of(int encapsulation) {
    static const auto known = encapsulations();
    if (encapsulation == WTAP_ENCAP_UNKNOWN) return kNoLinkType;
    for (std::size_t i = 0; i < known.size(); ++i) {
        if (known[i] == encapsulation) return static_cast<std::uint32_t>(kLinkTypes[i]);
    }
    return kNoLinkType;
}

} // namespace pop3ana_plugin
