// SPDX-License-Identifier: GPL-2.0-or-later
#include "fleet/small_file.hpp"

#include "system/file_descriptor.hpp"

#include <array>
#include <cerrno>
#include <cstring>
#include <fmt/format.h>
#include <unistd.h>

namespace pop3fleet {

std::optional<std::string> read_small_file(const std::string &path, std::string &error) {
    const pop3dump::FileDescriptor fd{::open(path.c_str(), O_RDONLY | O_CLOEXEC)};
    std::array<char, kSmallFileBytes + 1> bytes;
    std::size_t size = 0;
    ssize_t count = fd.get() < 0 ? -1 : 1;
    while (count > 0 && size < bytes.size()) {
        count = ::read(fd.get(), bytes.data() + size, bytes.size() - size);
        if (count > 0) size += static_cast<std::size_t>(count);
    }
    if (count < 0) {
        error = fmt::format("{}: {}", path, std::strerror(errno));
        return std::nullopt;
    }
    if (size > kSmallFileBytes) {
        error = fmt::format("{}: more than {} bytes", path, kSmallFileBytes);
        return std::nullopt;
    }
    return std::string{bytes.data(), size};
}

} // namespace pop3fleet
