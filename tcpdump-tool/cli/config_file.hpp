// The configuration file: the long options of the command line, one a line.
//
//     # comment
//     port             110,1110        # as --port 110,1110
//     ignore-commands  ""
//     peer             "mail 1"        # \" and \\ inside quotes
//     json
//
// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include "cli/options.hpp"

#include <cstddef>
#include <string>
#include <string_view>

namespace pop3dump {

/// Larger files and lines are refused: no configuration is that long.
constexpr std::size_t kConfigFileBytes = std::size_t{256} * 1024;
constexpr std::size_t kConfigLineBytes = std::size_t{4} * 1024;

/// Applies the text of a configuration file to `options`; `name` is what messages call the file.
/// False at the first wrong line: `error` is then "NAME:LINE: WORD: REASON".
bool parse_config_file(std::string_view text, const std::string &name, Options &options,
                       std::string &error);

/// Reads the command line, and before it the files that its --config names, in their order: where
/// several give a value the latest counts. `error` is one line unless the result is Ok.
ExitStatus read_options(int argc, char **argv, Options &options, std::string &error);

} // namespace pop3dump
