// The numbers of link types: files hold LINKTYPE_ values, libpcap speaks in DLT_ values.
// They differ where systems had chosen differently before the file format was fixed
// (pcap-linktype(7)), and libpcap does not export its table.
// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <cstdint>

namespace pop3dump {

/// libpcap's own number (DLT_) for a LINKTYPE_ value.
int data_link_type(std::uint32_t link_type);

/// The LINKTYPE_ value for libpcap's own number.
std::uint32_t link_type_of(int data_link_type);

} // namespace pop3dump
