// The words of a line (docs/semantics.md section 2).
// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace pop3ana {

struct LineWords {
    std::string_view word;     ///< the first one, less one leading sign; as written
    std::string_view argument; ///< all the rest; when empty, it is at the end of the line
};

/// Splits a line: white space at its start goes, runs of blanks become one, the trailing one goes.
/// The result is a view of `line`, or of `scratch` when the line had to be changed.
LineWords split_words(std::string_view line, std::string &scratch);

/// Index of the first blank or TAB of `text` from `start` on; its size when there is none.
std::size_t end_of_word(std::string_view text, std::size_t start = 0);

} // namespace pop3ana
