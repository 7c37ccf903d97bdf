// SPDX-License-Identifier: GPL-2.0-or-later
#include "dissected_bytes.hpp"

#include "base/bytes.hpp"
#include "compat.hpp"
#include "preferences.hpp"

#include <cstring>
#include <limits>
#include <wiretap/wtap.h>

namespace pop3ana_plugin {
namespace {

int protocol_pop = -1;
int protocol_tcp = -1;
int tcp_len = -1;

bool has_ip_ends(const packet_info &packet) {
    return packet.ptype == PT_TCP && packet.src.type == packet.dst.type &&
           (packet.src.type == AT_IPv4 || packet.src.type == AT_IPv6);
}

std::uint8_t family_of(const address &end) {
    return end.type == AT_IPv4 ? 4 : 6;
}

void copy_address(const address &from, std::uint8_t *to) {
    std::memcpy(to, from.data, static_cast<std::size_t>(from.len));
}

bool fill_ends(const packet_info &packet, pop3ana_decrypted &bytes) {
    if (!has_ip_ends(packet)) return false;
    const bool from_pop3_port = is_pop3_port(packet.srcport);
    const bool from_responder = from_pop3_port == is_pop3_port(packet.destport)
                                    ? packet.srcport < packet.destport
                                    : from_pop3_port;
    bytes.address_family = family_of(packet.src);
    copy_address(from_responder ? packet.dst : packet.src, bytes.originator_address);
    copy_address(from_responder ? packet.src : packet.dst, bytes.responder_address);
    bytes.originator_port =
        static_cast<std::uint16_t>(from_responder ? packet.destport : packet.srcport);
    bytes.responder_port =
        static_cast<std::uint16_t>(from_responder ? packet.srcport : packet.destport);
    bytes.from_responder = from_responder ? 1 : 0;
    return true;
}

/// The field's last instance in the tree; NULL: none.
const field_info *last_of(proto_tree *tree, int field) {
    const GPtrArray *found = proto_get_finfo_ptr_array(tree, field);
    if (found == nullptr || found->len == 0) return nullptr;
    return static_cast<const field_info *>(g_ptr_array_index(found, found->len - 1));
}

} // namespace

std::int64_t time_of(const packet_info &packet) {
    if ((packet.rec->presence_flags & WTAP_HAS_TS) == 0) return 0;
    // Capture files can hold any time; the core takes those beyond its range for the last one in
    // it.
    std::int64_t ts_ns = 0;
    const bool is_beyond =
        __builtin_mul_overflow(std::int64_t{packet.rec->ts.secs}, 1'000'000'000, &ts_ns) ||
        __builtin_add_overflow(ts_ns, packet.rec->ts.nsecs, &ts_ns);
    if (!is_beyond) return ts_ns;
    return packet.rec->ts.secs < 0 ? 0 : std::numeric_limits<std::int64_t>::max();
}

bool has_quoted_packets(const packet_info &packet) {
    return proto_is_frame_protocol(packet.layers, "icmp") ||
           proto_is_frame_protocol(packet.layers, "icmpv6");
}

void register_dissected_fields() {
    protocol_pop = proto_get_id_by_filter_name("pop");
    protocol_tcp = proto_get_id_by_filter_name("tcp");
    tcp_len = proto_registrar_get_id_byname("tcp.len");
}

GArray *dissected_fields() {
    GArray *fields = g_array_new(FALSE, FALSE, sizeof(int));
    for (const int id : {protocol_pop, protocol_tcp, tcp_len})
        if (id != -1) g_array_append_val(fields, id);
    return fields;
}

DecryptedList decrypted_of(packet_info *packet, proto_tree *tree) {
    DecryptedList result;
    if (!proto_is_frame_protocol(packet->layers, "tls")) return result;
    GPtrArray *found = proto_get_finfo_ptr_array(tree, protocol_pop);
    if (found == nullptr) return result;
    result.items = wmem_alloc0_array(packet->pool, pop3ana_decrypted, found->len);
    for (guint i = 0; i < found->len; ++i) {
        const auto *field = static_cast<const field_info *>(g_ptr_array_index(found, i));
        pop3ana_decrypted &bytes = result.items[result.count];
        const gint available = tvb_captured_length_remaining(field->ds_tvb, field->start);
        const gint length = MIN(field->length, available);
        if (length <= 0 || !fill_ends(*packet, bytes)) continue;
        bytes.struct_size = sizeof(bytes);
        bytes.data = tvb_get_ptr(field->ds_tvb, field->start, length);
        bytes.bytes = static_cast<std::size_t>(length);
        bytes.number = packet->num;
        bytes.ts_ns = time_of(*packet);
        ++result.count;
    }
    return result;
}

pop3ana_segment segment_of(const packet_info &packet, proto_tree *tree) {
    constexpr gint kLeastHeader = 20;
    pop3ana_segment segment{};
    if (!has_ip_ends(packet) || has_quoted_packets(packet)) return segment;
    const field_info *tcp = last_of(tree, protocol_tcp);
    const field_info *length = last_of(tree, tcp_len);
    if (tcp == nullptr || length == nullptr) return segment;
    const gint available = tvb_captured_length_remaining(tcp->ds_tvb, tcp->start);
    if (available < kLeastHeader) return segment;
    const std::uint8_t *header = tvb_get_ptr(tcp->ds_tvb, tcp->start, available);
    // Of the packet whose ends Wireshark names.
    if (pop3ana::be16(header) != packet.srcport || pop3ana::be16(header + 2) != packet.destport)
        return segment;
    segment.struct_size = sizeof(segment);
    segment.data = header;
    segment.sent_bytes = (header[12] >> 4) * std::size_t{4} + uint_value_of(*length);
    segment.captured_bytes = MIN(static_cast<std::size_t>(available), segment.sent_bytes);
    copy_address(packet.src, segment.source_address);
    copy_address(packet.dst, segment.destination_address);
    segment.address_family = family_of(packet.src);
    return segment;
}

} // namespace pop3ana_plugin
