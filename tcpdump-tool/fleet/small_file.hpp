// Files that hold a key or a password.
// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <cstddef>
#include <optional>
#include <string>

namespace pop3fleet {

constexpr std::size_t kSmallFileBytes = 4096;

/// The whole content. None when it cannot be read or is larger than kSmallFileBytes: `error` is one
/// line that names the file.
std::optional<std::string> read_small_file(const std::string &path, std::string &error);

} // namespace pop3fleet
