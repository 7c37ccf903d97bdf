// The file with a filter expression that -F names.
// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <cstddef>
#include <string>

namespace pop3dump {

/// Larger files are refused: no filter is that long.
constexpr std::size_t kFilterFileBytes = std::size_t{256} * 1024;

/// Reads the expression, whose line ends and comments (from "#" to the end of a line, where a word
/// begins) count as blanks. False when that fails: `error` is then one line that names the file.
bool read_filter_file(const std::string &path, std::string &expression, std::string &error);

} // namespace pop3dump
