// SPDX-License-Identifier: GPL-2.0-or-later
#include "cli/filter_file.hpp"

#include "system/small_file.hpp"

#include <cerrno>
#include <cstring>
#include <fmt/core.h>

namespace pop3dump {

bool read_filter_file(const std::string &path, std::string &expression, std::string &error) {
    if (!read_small_file(path, kFilterFileBytes, expression)) {
        error = fmt::format("-F {}: {}", path.empty() ? "''" : path, std::strerror(errno));
    } else if (expression.size() > kFilterFileBytes) {
        error = fmt::format("-F {}: is longer than {} bytes", path, kFilterFileBytes);
    } else if (expression.find('\0') != std::string::npos) {
        error = fmt::format("-F {}: contains a NUL byte", path);
    }
    bool in_comment = false;
    char before = '\n';
    for (char &c : expression) {
        const char read = c;
        if (c == '\n') in_comment = false;
        if (c == '#' && (before == ' ' || before == '\t' || before == '\n')) in_comment = true;
        if (in_comment || c == '\n' || c == '\r') c = ' ';
        before = read;
    }
    while (!expression.empty() && expression.back() == ' ')
        expression.pop_back();
    return error.empty();
}

} // namespace pop3dump
