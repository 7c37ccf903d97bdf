// Lines cut out of a text the slow way, to check the fast way with.
// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <string>
#include <string_view>

namespace unit {

/// "[line]" for each line, the unfinished one included.
inline std::string slow_lines(std::string_view text) {
    std::string log, line;
    bool after_cr = false;
    for (const char c : text) {
        const bool second_half = after_cr && c == '\n';
        after_cr = c == '\r';
        if (second_half) continue;
        if (c == '\r' || c == '\n') {
            log.append("[").append(line).append("]");
            line.clear();
        } else {
            line.push_back(c);
        }
    }
    return line.empty() ? log : log.append("[").append(line).append("]");
}

} // namespace unit
