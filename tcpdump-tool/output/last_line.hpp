// How the last line of a log ends: a kill -9, or the end of power, may have left a part of one.
// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <cstdint>
#include <optional>

namespace pop3dump {

struct PartialLine {
    std::uint64_t offset; ///< in the file, of its first byte
    bool is_ours;         ///< begins as a line of the log or of JSON does
};

/// The bytes behind the last line end of a file that has `file_bytes`; none when there are none, or
/// they cannot be read. `fd` is open for reading.
std::optional<PartialLine> find_partial_line(int fd, std::uint64_t file_bytes);

} // namespace pop3dump
