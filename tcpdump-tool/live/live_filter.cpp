// Builds the text of the default filter.
// SPDX-License-Identifier: GPL-2.0-or-later
#include "live/live_filter.hpp"

#include <fmt/core.h>
#include <pcap/pcap.h>

namespace pop3dump {
namespace {

std::string port_tests(std::string_view ports) {
    std::string tests;
    while (!ports.empty()) {
        const std::string_view item = ports.substr(0, ports.find(','));
        ports.remove_prefix(item.size() < ports.size() ? item.size() + 1 : item.size());
        const bool is_range = item.find('-') != std::string_view::npos;
        if (item.find("auto") != std::string_view::npos) return "tcp"; // Blanks may be around it.
        if (!tests.empty()) tests += " or ";
        tests += fmt::format("tcp {} {}", is_range ? "portrange" : "port", item);
    }
    return tests;
}

} // namespace

std::string default_filter(std::string_view ports, int data_link_type) {
    // The ports stand in the first fragment only. Of IPv6 fragments libpcap does not see the ports
    // at all; 44 is the fragment header, whose first byte is the next header.
    std::string pop3 = port_tests(ports) + " or (ip proto 6 and ip[6:2] & 0x1fff != 0)"
                                           " or (ip6 and ip6[6] = 44 and ip6[40] = 6)";
    // Of other link types "vlan" is refused. For "any" the kernel takes one tag out; packets with
    // two it hands over with a wrong protocol, so that nothing could be made of them.
    if (data_link_type != DLT_EN10MB) return pop3;
    // "vlan" moves all that stands behind it by a tag, so the order matters. A tag that the kernel
    // has taken out of the packet is one for the first "vlan".
    return fmt::format("{0} or (vlan and ({0} or (vlan and ({0}))))", pop3);
}

} // namespace pop3dump
