// SPDX-License-Identifier: GPL-2.0-or-later
#include "pop_ports.hpp"

#include <epan/packet.h>
#include <epan/proto.h>
#include <new>
#include <vector>

namespace pop3ana_plugin {
namespace {

struct Found {
    int protocol;
    std::vector<guint> ports;
    bool is_incomplete = false; ///< memory ran out
};

// No exception may pass through Wireshark.
void add_port(const char *, ftenum_t, gpointer port, gpointer entry, gpointer to) {
    auto *found = static_cast<Found *>(to);
    const dissector_handle_t handle = dtbl_entry_get_handle(static_cast<dtbl_entry_t *>(entry));
    if (handle == nullptr || dissector_handle_get_protocol_index(handle) != found->protocol) return;
    try {
        found->ports.push_back(GPOINTER_TO_UINT(port));
    } catch (...) {
        found->is_incomplete = true;
    }
}

} // namespace

std::string pop_ports() {
    Found found{proto_get_id_by_filter_name("pop"), {}};
    if (found.protocol == -1) return {};
    dissector_table_foreach("tcp.port", add_port, &found);
    if (found.is_incomplete) throw std::bad_alloc{};
    std::string text;
    for (const guint port : found.ports)
        if (port != 0) text.append(1, ',').append(std::to_string(port));
    return text;
}

} // namespace pop3ana_plugin
