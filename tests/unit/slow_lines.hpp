// Lines cut out of a text the slow way, to check the fast way with.
// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <string>
#include <string_view>

namespace unit {

/// "[line]" for each line, the unfinished one included. A line ends at LF; CRs before it go.
inline std::string slow_lines(std::string_view text) {
    std::string log, line;
    const auto finish = [&] {
        while (line.ends_with('\r'))
            line.pop_back();
        log.append("[").append(line).append("]");
        line.clear();
    };
    for (const char c : text)
        if (c == '\n')
            finish();
        else
            line.push_back(c);
    if (!line.empty()) finish();
    return log;
}

} // namespace unit
