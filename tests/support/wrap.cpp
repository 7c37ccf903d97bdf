// SPDX-License-Identifier: GPL-2.0-or-later
#include "wrap_parts.hpp"

#include <utility>

namespace pop3ana_test {

void put(Capture &out, const Datagram &datagram, std::uint32_t link_type, Bytes bytes) {
    out.push_back({datagram.ts_ns, link_type, std::move(bytes)});
}

Bytes joined(ByteSpan front, ByteSpan back) {
    Bytes bytes(front.begin(), front.end());
    append(bytes, back);
    return bytes;
}

const Endpoint &tunnel(std::uint8_t family, bool far) {
    static const Endpoint kEnds[] = {endpoint("192.0.2.1", 0), endpoint("192.0.2.2", 0),
                                     endpoint("2001:db8::1", 0), endpoint("2001:db8::2", 0)};
    return kEnds[(family == 4 ? 0 : 2) + (far ? 1 : 0)];
}

const std::vector<Wrap> &all_wraps() {
    static const auto kAll = [] {
        std::vector<Wrap> all;
        for (const auto &part : {link_wraps(), header_wraps(), tunnel_wraps(), fragment_wraps()})
            all.insert(all.end(), part.begin(), part.end());
        return all;
    }();
    return kAll;
}

Capture wrapped(const Capture &capture, const Wrap &wrap) {
    Capture result;
    std::uint32_t number = 0;
    for (const auto &frame : capture) {
        ++number;
        const auto packet = find_tcp(frame);
        // Segmentation offload makes datagrams that leave no room for another header.
        constexpr std::size_t kLongest = 65'000;
        const bool suits = packet && !packet->truncated() && frame.bytes.size() < kLongest;
        if (!suits || (wrap.family != 0 && wrap.family != packet->source.family)) {
            result.push_back(frame);
            continue;
        }
        // Without trailer, and with the length that segmentation offload leaves at zero.
        const auto plain = with_segment(frame, *packet, packet->seq, packet->ack, packet->flags,
                                        payload_of(frame, *packet));
        const auto ip = plain.bytes.begin() + static_cast<std::ptrdiff_t>(packet->ip);
        wrap.add(result, {frame.ts_ns, {ip, plain.bytes.end()}, number});
    }
    return result;
}

} // namespace pop3ana_test
