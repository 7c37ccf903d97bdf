// Files that hold a key or a password.
// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <optional>
#include <string>

namespace pop3dump {

/// The content, without the line ends at its end. None when the file cannot be read, has more
/// than 4096 bytes, or nothing: `error` is one line that names it.
std::optional<std::string> read_secret_file(const std::string &path, std::string &error);

} // namespace pop3dump
