// What the outputs are told by the user.
// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <cstdint>
#include <optional>
#include <string>

namespace pop3dump {

struct LogOptions {
    std::optional<std::string> file; ///< -o; none, or "-": the standard output
    bool json = false;
};

struct PacketFileOptions {
    std::optional<std::string> file;           ///< -w; "-": the standard output
    std::optional<std::uint64_t> rotate_bytes; ///< -C
    std::optional<std::int64_t> rotate_s;      ///< -G
    std::optional<std::uint64_t> file_count;   ///< -W
};

struct OutputOptions {
    LogOptions log;
    bool show_anomalies = false; ///< -v
    PacketFileOptions packets;
};

} // namespace pop3dump
