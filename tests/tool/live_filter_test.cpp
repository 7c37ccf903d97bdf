// What the default filter of live captures passes.
// SPDX-License-Identifier: GPL-2.0-or-later
#include "live/live_filter.hpp"

#include "capture/packet_filter.hpp"
#include "cmocka.hpp"
#include "wire.hpp"

#include <cstdio>
#include <pcap/pcap.h>

using namespace pop3ana_test;
using pop3dump::Packet;

namespace {

constexpr std::uint32_t kEthernet = 1;

Bytes on_ethernet(std::uint16_t ether_type, const Bytes &datagram) {
    Bytes frame(12);
    frame.push_back(static_cast<std::uint8_t>(ether_type >> 8));
    frame.push_back(static_cast<std::uint8_t>(ether_type));
    frame.insert(frame.end(), datagram.begin(), datagram.end());
    return frame;
}

Bytes behind_a_tag(const Bytes &frame) {
    Bytes tagged(frame.begin(), frame.begin() + 12);
    for (const int byte : {0x81, 0x00, 0x00, 0x07})
        tagged.push_back(static_cast<std::uint8_t>(byte));
    tagged.insert(tagged.end(), frame.begin() + 12, frame.end());
    return tagged;
}

Bytes segment_to(std::uint16_t port, const char *client, const char *server) {
    const auto datagram =
        tcp_datagram(endpoint(client, 40'000), endpoint(server, port), 1, 1, kAck, {});
    return on_ethernet(datagram[0] >> 4 == 4 ? 0x0800 : 0x86dd, datagram);
}

bool passes(const char *ports, const Bytes &frame) {
    pop3dump::PacketFilter filter(pop3dump::default_filter(ports, DLT_EN10MB));
    Packet packet;
    packet.link_type = kEthernet;
    packet.data = frame;
    packet.wire_bytes = static_cast<std::uint32_t>(frame.size());
    const auto filtered = filter.apply(packet);
    if (filtered == Packet::Filtered::NotYet) std::printf("%s\n", filter.error().c_str());
    return filtered == Packet::Filtered::In;
}

bool any_tcp_passes_with_auto() {
    bool fine = true;
    for (const char *ports : {"auto", "110,auto", "110, auto ,995"})
        for (const std::uint16_t port : {std::uint16_t{110}, std::uint16_t{2525}})
            for (const bool is_ipv4 : {true, false}) {
                const auto frame = is_ipv4 ? segment_to(port, "10.0.0.1", "10.0.0.2")
                                           : segment_to(port, "2001:db8::1", "2001:db8::2");
                fine = passes(ports, frame) && passes(ports, behind_a_tag(frame)) && fine;
            }
    return fine;
}

bool listed_ports_alone_pass_without() {
    return passes("110,1100-1109", segment_to(110, "10.0.0.1", "10.0.0.2")) &&
           passes("110,1100-1109", segment_to(1105, "10.0.0.1", "10.0.0.2")) &&
           !passes("110,1100-1109", segment_to(2525, "10.0.0.1", "10.0.0.2"));
}

bool other_protocols_do_not_pass_with_auto() {
    auto udp = segment_to(110, "10.0.0.1", "10.0.0.2");
    udp[14 + 9] = 17; // protocol of the IPv4 header
    return !passes("auto", udp) && !passes("auto", on_ethernet(0x0806, Bytes(28)));
}

void with_auto_all_tcp_passes(void **) {
    assert_true(any_tcp_passes_with_auto());
}
void without_it_only_listed_ports_do(void **) {
    assert_true(listed_ports_alone_pass_without());
}
void with_auto_nothing_else_passes(void **) {
    assert_true(other_protocols_do_not_pass_with_auto());
}

} // namespace

int main() {
    const CMUnitTest tests[] = {
        cmocka_unit_test(with_auto_all_tcp_passes),
        cmocka_unit_test(without_it_only_listed_ports_do),
        cmocka_unit_test(with_auto_nothing_else_passes),
    };
    return cmocka_run_group_tests_name("tool.live_filter", tests, nullptr, nullptr);
}
