// Where packets come from: a capture file, several of them merged, or an interface.
// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>

namespace pop3dump {

/// One captured packet. `data` is borrowed from the source until its next call of next().
struct Packet {
    std::int64_t ts_ns = 0;       ///< ns since 1970-01-01 UTC
    std::uint32_t link_type = 0;  ///< LINKTYPE_ value
    std::uint32_t wire_bytes = 0; ///< length on the wire; data.size() is what was captured
    std::span<const std::uint8_t> data;
};

/// How far a source has come, in bytes of its files as they are stored.
struct ReadProgress {
    std::uint64_t done_bytes = 0;
    std::uint64_t total_bytes = 0; ///< 0: not known, as for a pipe
};

class PacketSource {
public:
    virtual ~PacketSource() = default;

    /// Reads the next packet; false at the end. error() then tells a clean end from a broken one.
    virtual bool next(Packet &packet) = 0;

    /// Empty, or one line that names the file and what is wrong with it. Damage that can be stepped
    /// over does not end the source, so look at it only after next() has returned false.
    [[nodiscard]] virtual const std::string &error() const = 0;

    /// Link type of the first packets, when it is known before any of them was read.
    [[nodiscard]] virtual std::optional<std::uint32_t> first_link_type() const {
        return std::nullopt;
    }

    [[nodiscard]] virtual ReadProgress progress() const { return {}; }
};

/// Asked by sources of pipes, sockets and terminals, so that waiting for input does not hold back
/// output or signals.
class InputWatcher {
public:
    virtual ~InputWatcher() = default;

    /// Called before each read of `fd`; returns when a read will not block. False: stop reading;
    /// the source then ends as if the input did.
    virtual bool wait_readable(int fd) = 0;
};

/// Opens a pcap or pcapng file, plain or compressed with gzip or zstd (told by content, never by
/// name); "-" is the standard input. NULL when it cannot be read or is no capture: `error` then
/// holds one line that names the file. `watcher`, which may be NULL, must outlive the source.
std::unique_ptr<PacketSource> open_capture_file(const std::string &path, std::string &error,
                                                InputWatcher *watcher = nullptr);

} // namespace pop3dump
