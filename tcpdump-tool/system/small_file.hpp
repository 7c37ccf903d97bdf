// Files that are read as a whole.
// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include "system/file_descriptor.hpp"

#include <cerrno>
#include <cstddef>
#include <string>

namespace pop3dump {

/// Reads the file into `text`. False with errno. Of a file with more than `max_bytes` one byte too
/// many is read.
inline bool read_small_file(const std::string &path, std::size_t max_bytes, std::string &text) {
    const FileDescriptor file = open_file(path, O_RDONLY);
    if (file.get() < 0) return false;
    text.resize(max_bytes + 1);
    std::size_t used = 0;
    while (used < text.size()) {
        const ssize_t got = ::read(file.get(), text.data() + used, text.size() - used);
        if (got < 0 && errno == EINTR) continue;
        if (got < 0) return false;
        if (got == 0) break;
        used += static_cast<std::size_t>(got);
    }
    text.resize(used);
    return true;
}

} // namespace pop3dump
