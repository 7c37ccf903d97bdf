// Texts of libpcap as ours.
// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <string>
#include <string_view>

namespace pop3dump {

/// libpcap's messages may have several lines; ours have one.
inline std::string one_line(std::string_view text) {
    std::string line(text);
    while (!line.empty() && line.back() == '\n')
        line.pop_back();
    for (char &c : line) {
        if (c == '\n') c = ' ';
    }
    return line;
}

} // namespace pop3dump
