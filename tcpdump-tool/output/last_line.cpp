// SPDX-License-Identifier: GPL-2.0-or-later
#include "output/last_line.hpp"

#include <algorithm>
#include <cctype>
#include <cstddef>
#include <string>
#include <unistd.h>

namespace pop3dump {

std::optional<PartialLine> find_partial_line(int fd, std::uint64_t file_bytes) {
    // Every byte of 64 KiB in the form \xhh, with room for the rest of a line of the log or JSON.
    constexpr std::size_t kLongestLineBytes = std::size_t{1024} * 1024;
    std::string tail(std::min<std::uint64_t>(file_bytes, kLongestLineBytes), '\0');
    const std::uint64_t tail_offset = file_bytes - tail.size();
    const ssize_t got = ::pread(fd, tail.data(), tail.size(), static_cast<off_t>(tail_offset));
    if (tail.empty() || got != static_cast<ssize_t>(tail.size()) || tail.back() == '\n')
        return std::nullopt;
    const std::size_t last_end = tail.rfind('\n');
    const std::size_t start = last_end == std::string::npos ? 0 : last_end + 1;
    const bool is_whole = start > 0 || tail_offset == 0;
    const char first = tail[start];
    const bool is_ours =
        is_whole && (first == '{' || std::isdigit(static_cast<unsigned char>(first)) != 0);
    return PartialLine{tail_offset + start, is_ours};
}

} // namespace pop3dump
