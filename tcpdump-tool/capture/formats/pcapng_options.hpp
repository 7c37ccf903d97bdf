// The options of a pcapng block.
// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include "capture/byte_order.hpp"

#include <cstddef>
#include <cstdint>
#include <span>

namespace pop3dump {

enum PcapngOption : std::uint16_t {
    kEndOfOptions = 0,
    kComment = 1,
    kInterfaceName = 2, // of an interface
    kApplication = 4,   // of a section
    kResolution = 9,    // of an interface, as kOffset
    kOffset = 14
};

/// Calls `on_option(code, value)` for each option in `bytes`, which begin with the first one, up to
/// their end. False when one runs past it.
template <typename Call>
bool for_each_option(const ByteOrder &order, std::span<const std::uint8_t> bytes,
                     const Call &on_option) {
    constexpr std::size_t kHeadBytes = 4;
    while (bytes.size() >= kHeadBytes) {
        const std::uint16_t code = order.u16(bytes.data());
        const std::size_t length = order.u16(bytes.data() + 2);
        bytes = bytes.subspan(kHeadBytes);
        if (code == kEndOfOptions) break;
        if (length > bytes.size()) return false;
        on_option(code, bytes.first(length));
        const std::size_t padded = (length + 3) / 4 * 4;
        if (padded >= bytes.size()) break;
        bytes = bytes.subspan(padded);
    }
    return true;
}

} // namespace pop3dump
