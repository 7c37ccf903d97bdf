// Bytes of a file or of the standard input, decompressed when they are compressed.
// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include "capture/packet_source.hpp"

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>

namespace pop3dump {

/// A stream of bytes that is read once, from its start to its end.
class ByteSource {
public:
    virtual ~ByteSource() = default;

    /// Reads between 1 and room.size() bytes, as many as there are without waiting for more.
    /// Returns 0 at the end; error() then tells a clean end from a broken one.
    virtual std::size_t read(std::span<std::uint8_t> room) = 0;

    /// Empty, or why reading ended early; does not name the file.
    [[nodiscard]] virtual const std::string &error() const = 0;

    /// Counts the bytes as they are stored: compressed ones.
    [[nodiscard]] virtual ReadProgress progress() const = 0;
};

/// What a message calls the file: "-" is the standard input.
std::string display_name(const std::string &path);

/// Opens `path` ("-": the standard input) and looks at its first bytes; content that is
/// compressed is decompressed. NULL when it cannot be opened or read: `error` then says why,
/// without the name. `watcher` may be NULL.
std::unique_ptr<ByteSource> open_bytes(const std::string &path, InputWatcher *watcher,
                                       std::string &error);

} // namespace pop3dump
