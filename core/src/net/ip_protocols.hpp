// IP protocol numbers (the registry of protocol numbers) that the packet stage knows.
// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <cstdint>

namespace pop3ana {

enum IpProtocol : std::uint8_t {
    kIpProtocolHopByHop = 0,
    kIpProtocolIpInIp = 4,
    kIpProtocolTcp = 6,
    kIpProtocolUdp = 17,
    kIpProtocolIpv6InIp = 41,
    kIpProtocolRouting = 43,
    kIpProtocolFragment = 44,
    kIpProtocolGre = 47,
    kIpProtocolAuthentication = 51,
    kIpProtocolDestinationOptions = 60,
    kIpProtocolEtherIp = 97,
    kIpProtocolL2tp = 115,
    kIpProtocolMobility = 135,
    kIpProtocolMplsInIp = 137,
};

} // namespace pop3ana
