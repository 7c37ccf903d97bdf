// SPDX-License-Identifier: GPL-2.0-or-later
#include "capture/formats/pcapng_origin.hpp"

#include "base/bytes.hpp"
#include "capture/formats/pcapng_options.hpp"
#include "capture/frame_origin.hpp"

#include <algorithm>
#include <cstddef>

namespace pop3dump {

bool are_of_extract(const ByteOrder &order, std::span<const std::uint8_t> options) {
    bool found = false;
    for_each_option(order, options,
                    [&found](std::uint16_t code, std::span<const std::uint8_t> value) {
                        if (code == kApplication)
                            found = pop3ana::as_text(value) == kExtractApplication;
                    });
    return found;
}

void read_origin(const ByteOrder &order, std::uint32_t origin, std::span<const std::uint8_t> room,
                 Packet &packet) {
    packet.origin = 0;
    packet.frame = 0;
    packet.merge_ns = Packet::kOwnTime;
    if (origin == 0) return;
    const std::size_t padded = (packet.data.size() + 3) / 4 * 4;
    const auto on_option = [&](std::uint16_t code, std::span<const std::uint8_t> value) {
        if (code != kComment || packet.origin != 0) return;
        const auto frame = parse_origin(pop3ana::as_text(value));
        if (!frame) return;
        packet.origin = origin;
        packet.frame = frame->frame;
        packet.merge_ns = frame->after_ns.value_or(Packet::kOwnTime);
    };
    for_each_option(order, room.subspan(std::min(padded, room.size())), on_option);
}

} // namespace pop3dump
