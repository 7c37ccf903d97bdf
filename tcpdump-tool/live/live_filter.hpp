// The filter of live captures when the user gives none.
// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <string>
#include <string_view>

namespace pop3dump {

/// A filter expression (pcap-filter(7)) that passes TCP segments from and to `ports` (a list as
/// --port takes it, which is known to be right; with "auto" in it, all TCP segments), and what may
/// be fragments of them; on Ethernet also behind one or two VLAN tags. `data_link_type` is a DLT_
/// value.
std::string default_filter(std::string_view ports, int data_link_type);

} // namespace pop3dump
