// What the wraps are made of.
// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include "wrap.hpp"

namespace pop3ana_test {

constexpr std::uint8_t kIpIp = 4, kIpv6InIp = 41;

std::span<const Wrap> header_wraps();
std::span<const Wrap> link_wraps();
std::span<const Wrap> tunnel_wraps();
std::span<const Wrap> fragment_wraps();

/// Appends a frame with the time of `datagram`.
void put(Capture &out, const Datagram &datagram, std::uint32_t link_type, Bytes bytes);

Bytes joined(ByteSpan front, ByteSpan back);

/// An end of a tunnel.
const Endpoint &tunnel(std::uint8_t family, bool far);

} // namespace pop3ana_test
