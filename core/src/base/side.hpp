// The two ends of a connection.
// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <cstdint>

namespace pop3ana {

/// Which end sent something.
enum class Side : std::uint8_t { kOriginator = 0, kResponder = 1 };

constexpr Side other(Side side) {
    return side == Side::kOriginator ? Side::kResponder : Side::kOriginator;
}

} // namespace pop3ana
