// SPDX-License-Identifier: GPL-2.0-or-later
#include "net/checksum.hpp"

namespace pop3ana {
namespace {

constexpr std::uint64_t kTcp = 6;

std::uint64_t sum(Bytes bytes) {
    std::uint64_t total = 0;
    std::size_t i = 0;
    for (; i + 1 < bytes.size(); i += 2)
        total += be16(&bytes[i]);
    if (i < bytes.size()) total += static_cast<std::uint64_t>(bytes[i]) << 8;
    return total;
}

bool all_ones(std::uint64_t total) {
    while (total >> 16 != 0)
        total = (total & 0xffff) + (total >> 16);
    return total == 0xffff;
}

} // namespace

bool ipv4_header_checksum_ok(Bytes header) {
    return all_ones(sum(header));
}

bool tcp_checksum_ok(Bytes segment, const std::uint8_t *source, const std::uint8_t *destination,
                     std::size_t address_bytes) {
    return all_ones(sum({source, address_bytes}) + sum({destination, address_bytes}) + kTcp +
                    segment.size() + sum(segment));
}

} // namespace pop3ana
