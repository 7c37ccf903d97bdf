// The two ends of a connection.
// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <array>
#include <cstdint>

namespace pop3ana {

/// Which end sent something.
enum class Side : std::uint8_t { kClient = 0, kServer = 1 };

inline constexpr std::array kSides{Side::kClient, Side::kServer};

constexpr Side other(Side side) {
    return side == Side::kClient ? Side::kServer : Side::kClient;
}

/// One thing of each end.
template <class T> struct PerSide {
    std::array<T, 2> values{};

    constexpr T &operator[](Side side) { return values[static_cast<unsigned>(side)]; }
    constexpr const T &operator[](Side side) const { return values[static_cast<unsigned>(side)]; }
};

} // namespace pop3ana
