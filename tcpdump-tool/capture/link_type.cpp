// SPDX-License-Identifier: GPL-2.0-or-later
#include "capture/link_type.hpp"

#include <pcap/pcap.h>

namespace pop3dump {
namespace {

struct Row {
    std::uint32_t link_type;
    int data_link_type;
};

constexpr Row kRows[] = {
    {100, DLT_ATM_RFC1483}, {101, DLT_RAW},      {102, DLT_SLIP_BSDOS},
    {103, DLT_PPP_BSDOS},   {106, DLT_ATM_CLIP}, {246, DLT_PFSYNC},
    {258, DLT_PKTAP},       {14, DLT_RAW}, // OpenBSD's DLT_RAW, found in files; behind 101, which
                                           // we write
};

} // namespace

int data_link_type(std::uint32_t link_type) {
    for (const Row &row : kRows) {
        if (row.link_type == link_type) return row.data_link_type;
    }
    return static_cast<int>(link_type);
}

std::uint32_t link_type_of(int data_link_type) {
    for (const Row &row : kRows) {
        if (row.data_link_type == data_link_type) return row.link_type;
    }
    return static_cast<std::uint32_t>(data_link_type);
}

} // namespace pop3dump
