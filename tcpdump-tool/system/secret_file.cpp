// SPDX-License-Identifier: GPL-2.0-or-later
#include "system/secret_file.hpp"

#include "system/small_file.hpp"

#include <cerrno>
#include <cstring>
#include <fmt/format.h>

namespace pop3dump {

std::optional<std::string> read_secret_file(const std::string &path, std::string &error) {
    constexpr std::size_t kMostBytes = 4096;
    std::string text;
    if (!read_small_file(path, kMostBytes, text)) {
        error = fmt::format("{}: {}", path, std::strerror(errno));
        return std::nullopt;
    }
    if (text.size() > kMostBytes) {
        error = fmt::format("{}: more than {} bytes", path, kMostBytes);
        return std::nullopt;
    }
    text.resize(text.find_last_not_of("\r\n") + 1);
    if (text.empty()) {
        error = path + ": is empty";
        return std::nullopt;
    }
    return text;
}

} // namespace pop3dump
