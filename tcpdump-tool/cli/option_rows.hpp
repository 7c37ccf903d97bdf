// The table of options: getopt, the usage text and the manual page are made from it.
// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include "cli/options.hpp"

#include <span>
#include <string>

namespace pop3dump {

/// Stores an option's value; returns "" or what is wrong with it.
using OptionSetter = std::string (*)(Options &options, const char *value);

// NOLINTNEXTLINE(clang-analyzer-optin.performance.Padding): a few rows, in the order of reading
struct OptionRow {
    char letter;          ///< 0: none
    const char *name;     ///< without "--"; NULL: none
    const char *argument; ///< what the usage text calls it; NULL: the option takes none
    const char *summary;  ///< a line of the usage text
    const char *detail;   ///< what the manual page says besides; NULL: nothing
    const char *field;    ///< of pop3ana_config, which the library's messages name; NULL: none
    OptionSetter set;
    bool repeatable = false; ///< each value counts, not the last one
};

struct OptionGroup {
    const char *title;
    std::span<const OptionRow> rows;
};

std::span<const OptionGroup> option_groups();

/// The option as the user types it: "-r", or "--port" when it has no letter.
std::string option_text(const OptionRow &row);

} // namespace pop3dump
