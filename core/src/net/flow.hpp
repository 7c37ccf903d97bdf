// What is kept of one connection: an entry of FlowTable.
// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include "base/index_list.hpp"
#include "net/segment.hpp"
#include "net/tcp_connection.hpp"

namespace pop3ana {

/// In which of FlowLists a flow is.
enum class FlowList : std::uint8_t {
    kWithoutData,
    kWithData,
    kClosed,
    kUndecided, ///< its server's port is not listed, and its application has not claimed it yet
    kRejected,  ///< nor will it: neither port is listed
};

// Hot and cold fields together: the session lies behind its connection, where it takes neither a
// pointer nor what malloc(3) adds, and comes with the same cache lines.
template <class Session> struct Flow {
    FlowKey key;
    Link age; ///< in the list named by `list`
    std::int64_t last_ns = 0;
    std::uint64_t number = 0; ///< from 1, in the order of opening
    TcpConnection tcp;
    Session session;
    std::uint32_t text_place = kNoIndex; ///< among those that keep text
    std::uint32_t text_bytes = 0;        ///< of the session or the probe, as counted last
    std::uint64_t last_order : 48 = 0;   ///< of its last segment, in the order of capture
    std::uint8_t client : 1 = 0;         ///< which end of the key
    bool saw_client : 1 = false;         ///< a segment of it
    bool saw_server : 1 = false;
    bool is_one_sided : 1 = false; ///< counted as such
    bool has_session : 1 = false;  ///< from the first byte or gap on
    FlowList list : 3 = FlowList::kWithoutData;
    bool is_undecided : 1 = false; ///< neither claimed nor rejected
    bool is_analysed : 1 = false;  ///< its server's port is a POP3 port, or it is claimed
    bool midstream : 1 = false;
    bool is_decrypted : 1 = false; ///< its session gets decrypted bytes, and no others
};

} // namespace pop3ana
