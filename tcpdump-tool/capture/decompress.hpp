// gzip and zstd data as a stream of plain bytes.
// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include "capture/byte_source.hpp"

#include <cstdint>
#include <memory>
#include <span>

namespace pop3dump {

/// Whether `start`, the first four bytes of a file or less, begins gzip data (RFC 1952 s.2.3.1).
bool is_gzip(std::span<const std::uint8_t> start);

/// The same for zstd (RFC 8878 s.3.1); skippable frames count, pzstd writes one first.
bool is_zstd(std::span<const std::uint8_t> start);

/// Decompresses gzip data of any number of members. Data that is cut or damaged gives all bytes up
/// to there, then an error. Throws std::bad_alloc.
std::unique_ptr<ByteSource> make_gzip_source(std::unique_ptr<ByteSource> compressed);

/// The same for zstd frames. Frames that need a window of more than 8 MiB (zstd --ultra, --long)
/// are refused: error() names the window and the remedy.
std::unique_ptr<ByteSource> make_zstd_source(std::unique_ptr<ByteSource> compressed);

} // namespace pop3dump
