// Views of captured bytes, and numbers out of them: in network byte order (be), or little-endian
// (le).
// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

namespace pop3ana {

/// Captured bytes, borrowed.
using Bytes = std::span<const std::uint8_t>;

/// The caller has checked that two (four) bytes are there.
inline std::uint16_t be16(const std::uint8_t *p) {
    return static_cast<std::uint16_t>(p[0] << 8 | p[1]);
}

inline std::uint32_t be32(const std::uint8_t *p) {
    return static_cast<std::uint32_t>(be16(p)) << 16 | be16(p + 2);
}

inline std::uint16_t le16(const std::uint8_t *p) {
    return static_cast<std::uint16_t>(p[1] << 8 | p[0]);
}

inline std::uint32_t le32(const std::uint8_t *p) {
    return static_cast<std::uint32_t>(le16(p + 2)) << 16 | le16(p);
}

/// The next multiple of `to`, a power of two.
constexpr std::size_t aligned(std::size_t bytes, std::size_t to) {
    return (bytes + to - 1) & ~(to - 1);
}

/// `bytes` without its first `count`; empty when it is shorter.
inline Bytes skip(Bytes bytes, std::size_t count) {
    return count < bytes.size() ? bytes.subspan(count) : Bytes{};
}

inline std::string_view as_text(Bytes bytes) {
    return {reinterpret_cast<const char *>(bytes.data()), bytes.size()};
}

inline Bytes as_bytes(std::string_view text) {
    return {reinterpret_cast<const std::uint8_t *>(text.data()), text.size()};
}

} // namespace pop3ana
