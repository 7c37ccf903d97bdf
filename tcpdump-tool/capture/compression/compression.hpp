// Compressed data as a stream of plain bytes. A new compression is a file of this folder and a row
// in compression.cpp.
// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include "capture/byte_source.hpp"

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>

namespace pop3dump {

struct Compression {
    /// Whether `start`, the first kCompressionStartBytes bytes of a file or less, begins such data.
    bool (*is_begun_by)(std::span<const std::uint8_t> start);

    /// Decompresses any number of members, streams or frames, one behind the other. Data that is
    /// cut or damaged gives all bytes up to there, then an error. Throws std::bad_alloc.
    std::unique_ptr<ByteSource> (*decompress)(std::unique_ptr<ByteSource> compressed);
};

/// RFC 1952.
Compression gzip_compression();

/// RFC 8878. Frames that need a window of more than kZstdWindowBytes (zstd --ultra, --long) are
/// refused: error() names the window and the remedy.
Compression zstd_compression();

/// The frames of lz4(1), https://github.com/lz4/lz4/blob/dev/doc/lz4_Frame_format.md; their blocks
/// have 4 MiB at most. Frames of its legacy format have no end, and are refused.
Compression lz4_compression();

/// https://tukaani.org/xz/xz-file-format.txt. What needs more than kXzMemoryBytes is refused:
/// error() names the memory and the remedy.
Compression xz_compression();

/// bzip2(1); its blocks have 900 kB at most.
Compression bzip2_compression();

/// The longest start that tells a compression from other data.
constexpr std::size_t kCompressionStartBytes = 8;

/// NULL when a file with this start is not compressed.
const Compression *find_compression(std::span<const std::uint8_t> start);

/// What a skippable frame has behind its first eight bytes, which are in `start`; nothing else
/// begins so. It may precede frames of zstd (pzstd writes one) and of lz4.
std::optional<std::uint32_t> skippable_bytes(std::span<const std::uint8_t> start);

} // namespace pop3dump
