// Frames for the tests of the packet stage: bytes put together by hand, and what became of them.
// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include "net/packet.hpp"
#include "support.hpp"
#include "wire.hpp"

namespace unit {

using Buffer = std::vector<std::uint8_t>;
using pop3ana_test::ByteSpan;

/// Bytes of hexadecimal digits; blanks are skipped.
Buffer hex(std::string_view digits);

/// One after the other.
Buffer operator+(Buffer front, const Buffer &back);

/// The datagram inside the frames of most tests: from 10.1.2.3 (2001:db8::3) port 40000 to 10.9.8.7
/// (2001:db8::7) port 110, sequence number 1000, ACK 2000, payload kPayload.
inline constexpr std::string_view kPayload = "USER alice\r\n";
Buffer datagram(std::uint8_t family = 4, std::string_view payload = kPayload);
Buffer tcp_segment(std::string_view payload = kPayload);
Buffer udp(std::uint16_t destination_port, const Buffer &payload);
Buffer ethernet(std::uint16_t type, const Buffer &payload);

/// IP headers in front of `payload`.
Buffer ipv4(std::uint8_t protocol, const Buffer &payload);
Buffer ipv6(std::uint8_t next_header, const Buffer &payload);

/// Decodes one frame, which ends at an unmapped page: "segment" and what is in it (that of
/// datagram() reads "segment ok"), "fragment", or the counter that was touched: "other",
/// "malformed", "too deep", "undecodable", "checksum". Of several packets in it, in turn.
std::string decoded(std::uint32_t link_type, const Buffer &frame, bool verify_checksums = false);

/// The same for several frames and one decoder; results with blanks between them. "and more": there
/// are other packets in the frame.
std::string decoded_in_turn(const std::vector<Buffer> &ethernet_frames);

struct FrameRow {
    const char *name;
    std::uint32_t link_type;
    Buffer frame;
    const char *expected;
};

/// Whether the frame gives what is expected, and none of its truncations anything invented.
bool decodes(const FrameRow &row);

/// Overwrites every byte of the frame with every value: whatever is decoded must lie inside it.
bool survives_lies(std::uint32_t link_type, const Buffer &frame);

} // namespace unit
