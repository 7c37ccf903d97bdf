// Limits for what capture files may ask of the readers. Each that bites ends in an error line.
// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <cstddef>
#include <cstdint>

namespace pop3dump {

/// What libpcap allows for a packet's captured bytes (MAXIMUM_SNAPLEN); no IP packet is longer.
constexpr std::uint32_t kCapturedBytes = 256 * 1024;

/// The same for a pcap file whose header announces longer ones; bounds the window of a file.
constexpr std::uint32_t kAnnouncedCapturedBytes = 16 * 1024 * 1024;

/// A pcapng block that must be read as a whole: a packet with its options, or an interface.
constexpr std::uint32_t kBlockBytes = kAnnouncedCapturedBytes + 64 * 1024;

/// What a thread of --workers reads ahead: as much as a file of a ring commonly holds, since the
/// files of a ring are read side by side but analysed one after the other.
constexpr std::size_t kReadAheadBytes = std::size_t{128} * 1024 * 1024;

/// The same of --fanout. It waits for threads that tell only every half second how far they are,
/// and what it does not take the kernel may drop.
constexpr std::size_t kCaptureAheadBytes = std::size_t{32} * 1024 * 1024;

/// Interfaces of one pcapng section; real files have a few dozen at most.
constexpr std::size_t kInterfaces = 65536;

/// A name of a file that an extract says its frames come from (PATH_MAX), and all of them together.
/// What exceeds it is read as if it were no extract's.
inline constexpr std::size_t kCaptureNameBytes = 4096;
inline constexpr std::size_t kCaptureNamesBytes = std::size_t{64} << 20;

/// Changes from one such file to another whose frame numbers are remembered; 24 bytes each. Of what
/// came before, JSON has the number 0.
inline constexpr std::size_t kFrameRuns = std::size_t{1} << 20;

/// What is kept of the bytes that zstd data gave. Whoever writes a file chooses how much that needs
/// to be, up to 2 GiB; zstd does with this up to level 19, and every decoder should allow it (RFC
/// 8878 s.3.1.1.1.2). The window of gzip is 32 KiB, blocks of lz4 have at most 4 MiB and those of
/// bzip2 900 kB, always.
inline constexpr std::uint64_t kZstdWindowBytes = 8ULL << 20;

/// The same for xz: its dictionary, up to 4 GiB as the writer wants it, and what belongs to it. No
/// level needs more (xz -9: 65 MiB), only dictionaries that were asked for by their size.
inline constexpr std::uint64_t kXzMemoryBytes = 66ULL << 20;

/// Secrets of TLS in a pcapng section that stand before its first interface: these are kept until
/// packets are read, later ones are handed on at once.
inline constexpr std::size_t kFirstKeyLogBytes = 64U << 20;

} // namespace pop3dump
