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
using pop3ana::LinkType;

/// The encapsulations of the link types that the core decodes, in the order of its list.
std::array<int, std::size(kLinkTypes)> encapsulations() {
    std::array<int, std::size(kLinkTypes)> result{};
    for (std::size_t i = 0; i < result.size(); ++i)
        result[i] = wtap_pcap_encap_to_wtap_encap(static_cast<int>(kLinkTypes[i]));
    return result;
}

/// The protocol that the frame begins with.
int first_protocol_of(const packet_info &packet) {
    const wmem_list_frame_t *frame = wmem_list_head(packet.layers); // Wireshark's own "frame"
    const wmem_list_frame_t *first = frame != nullptr ? wmem_list_frame_next(frame) : nullptr;
    return first != nullptr ? GPOINTER_TO_INT(wmem_list_frame_data(first)) : -1;
}

std::uint32_t number_of(LinkType type) {
    return static_cast<std::uint32_t>(type);
}

} // namespace

std::uint32_t link_type_of(const packet_info &packet) {
    static const auto known = encapsulations();
    static const int pktap = proto_get_id_by_filter_name("pktap");
    static const int ppi = proto_get_id_by_filter_name("ppi");
    // The dissectors of these replace the encapsulation by that of the frame inside.
    const int first = first_protocol_of(packet);
    if (first == pktap) return number_of(LinkType::kPktap);
    if (first == ppi) return number_of(LinkType::kPpi);

    const wtap_packet_header &header = packet.rec->rec_header.packet_header;
    switch (header.pkt_encap) {
    case WTAP_ENCAP_UNKNOWN: return kNoLinkType;
    // Of these the frame begins behind what Wireshark has read of the record.
    case WTAP_ENCAP_PPP_WITH_PHDR: return number_of(LinkType::kPpp);
    case WTAP_ENCAP_ERF: {
        const LinkType inner = pop3ana::link_type_of_erf(header.pseudo_header.erf.phdr.type);
        return inner == LinkType::kErf ? kNoLinkType : number_of(inner);
    }
    default: break;
    }
    for (std::size_t i = 0; i < known.size(); ++i) {
        if (known[i] == header.pkt_encap) return number_of(kLinkTypes[i]);
    }
    return kNoLinkType;
}

} // namespace pop3ana_plugin
