// Unaligned numbers of either byte order.
// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <cstdint>
#include <cstring>

namespace pop3dump {

/// Reads numbers that were written by a machine of the same or of the other byte order.
class ByteOrder {
public:
    constexpr ByteOrder() = default;
    constexpr explicit ByteOrder(bool swapped) : swapped_(swapped) {}

    [[nodiscard]] std::uint16_t u16(const std::uint8_t *bytes) const {
        std::uint16_t value = 0;
        std::memcpy(&value, bytes, sizeof(value));
        return swapped_ ? __builtin_bswap16(value) : value;
    }
    [[nodiscard]] std::uint32_t u32(const std::uint8_t *bytes) const {
        std::uint32_t value = 0;
        std::memcpy(&value, bytes, sizeof(value));
        return swapped_ ? __builtin_bswap32(value) : value;
    }
    [[nodiscard]] std::uint64_t u64(const std::uint8_t *bytes) const {
        std::uint64_t value = 0;
        std::memcpy(&value, bytes, sizeof(value));
        return swapped_ ? __builtin_bswap64(value) : value;
    }

private:
    bool swapped_ = false;
};

} // namespace pop3dump
