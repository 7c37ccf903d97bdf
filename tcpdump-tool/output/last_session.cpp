// SPDX-License-Identifier: GPL-2.0-or-later
#include "output/last_session.hpp"

#include "output/exclusive_file.hpp"
#include "system/file_descriptor.hpp"

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <cstddef>
#include <cstring>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

namespace pop3dump {
namespace {

constexpr std::size_t kBlockBytes = std::size_t{1024} * 1024;

/// The number that `text` begins with; 0: none.
std::uint64_t number_at(std::string_view text) {
    std::uint64_t number = 0;
    const auto result = std::from_chars(text.data(), text.data() + text.size(), number);
    return result.ec == std::errc() ? number : 0;
}

} // namespace

std::uint64_t session_of_line(std::string_view line) {
    if (line.starts_with('{')) {
        constexpr std::string_view kMember = R"("session":)"; // in a text its quotes are escaped
        const std::size_t member = line.find(kMember);
        return member == std::string_view::npos ? 0
                                                : number_at(line.substr(member + kMember.size()));
    }
    const std::size_t mark = line.find_first_not_of("0123456789.:- ");
    if (mark == std::string_view::npos || line[mark] != '#') return 0;
    std::string_view name = line.substr(mark + 1);
    name = name.substr(0, name.find(' '));
    return number_at(name.substr(name.rfind('-') + 1)); // --peer comes before it
}

std::uint64_t last_session(const std::string &path, std::string &error) {
    const FileDescriptor fd = open_file(path, O_RDONLY | O_NONBLOCK);
    struct stat status {};
    if (fd.get() < 0) {
        if (errno != ENOENT) error = file_error(path, errno);
        return 0;
    }
    if (!is_regular_file(fd.get(), status)) return 0;
    std::uint64_t last = 0;
    std::string block(kBlockBytes, '\0');
    std::size_t kept = 0; // of a line whose end is not there yet
    bool is_rest = false; // of a line that is longer than the block
    for (;;) {
        const ssize_t got = ::read(fd.get(), block.data() + kept, block.size() - kept);
        if (got < 0) error = file_error(path, errno);
        if (got <= 0) return last;
        std::string_view lines(block.data(), kept + static_cast<std::size_t>(got));
        for (std::size_t end = 0; (end = lines.find('\n')) != std::string_view::npos;) {
            if (!is_rest) last = std::max(last, session_of_line(lines.substr(0, end)));
            is_rest = false;
            lines.remove_prefix(end + 1);
        }
        if (lines.size() == block.size()) {
            if (!is_rest) last = std::max(last, session_of_line(lines));
            is_rest = true;
            lines.remove_prefix(lines.size());
        }
        kept = lines.size();
        std::memmove(block.data(), lines.data(), kept);
    }
}

} // namespace pop3dump
