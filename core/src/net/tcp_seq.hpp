// TCP sequence numbers (RFC 9293 s.3.4) as 64-bit stream positions that never wrap.
// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <cstdint>

namespace pop3ana {

/// Position of a byte in one direction of a connection. It starts at 2^32 plus the first sequence
/// number, so that positions before the start stay positive.
using StreamPosition = std::uint64_t;

/// No position.
inline constexpr StreamPosition kNoPosition = ~StreamPosition{0};

inline constexpr StreamPosition first_position(std::uint32_t sequence_number) {
    return (StreamPosition{1} << 32) + sequence_number;
}

/// Whether one sequence number comes before another one, across the wrap.
inline constexpr bool is_before(std::uint32_t sequence_number, std::uint32_t other) {
    return static_cast<std::int32_t>(sequence_number - other) < 0;
}

/// The position that `sequence_number` means: the one nearest to `reference`.
inline constexpr StreamPosition unwrap(std::uint32_t sequence_number, StreamPosition reference) {
    const auto distance =
        static_cast<std::int32_t>(sequence_number - static_cast<std::uint32_t>(reference));
    return reference + static_cast<StreamPosition>(static_cast<std::int64_t>(distance));
}

static_assert(is_before(0xfffffff0, 5) && !is_before(5, 0xfffffff0) && !is_before(5, 5));
static_assert(unwrap(5, first_position(0xfffffff0)) == first_position(0xfffffff0) + 21);
static_assert(unwrap(0xfffffff0, first_position(0xfffffff0) + 21) == first_position(0xfffffff0));

} // namespace pop3ana
