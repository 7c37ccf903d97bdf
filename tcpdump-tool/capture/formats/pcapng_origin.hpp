// What an extract says of its frames, in options of pcapng: see capture/frame_origin.hpp.
// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include "capture/byte_order.hpp"
#include "capture/packet_source.hpp"

#include <cstdint>
#include <span>

namespace pop3dump {

/// Whether `options`, which may be cut, are those of the section header of an extract.
bool are_of_extract(const ByteOrder &order, std::span<const std::uint8_t> options);

/// Sets what says where a packet comes from, of which packet.data is set, and `origin` is that of
/// its interface. `room` is its data with what follows, its options.
void read_origin(const ByteOrder &order, std::uint32_t origin, std::span<const std::uint8_t> room,
                 Packet &packet);

} // namespace pop3dump
