// Where packets come from: a capture file, several of them merged, or an interface.
// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <cstdint>
#include <limits>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

namespace pop3dump {

/// One captured packet. `data` is borrowed from the source until its next call of next().
struct Packet {
    /// What is known of the filter expression: a thread that reads ahead has applied it, or not.
    enum class Filtered : std::uint8_t { NotYet, In, Out };

    std::int64_t ts_ns = 0;             ///< ns since 1970-01-01 UTC
    std::uint32_t link_type = 0;        ///< LINKTYPE_ value
    std::uint32_t wire_bytes = 0;       ///< length on the wire; data.size() is what was captured
    std::span<const std::uint8_t> data; ///< empty when it is filtered out
    std::uint32_t file = 0; ///< number of its file among several; readers of files leave it alone
    Filtered filtered = Filtered::NotYet; ///< as `file`
    bool is_key_log = false; ///< no packet: `data` is a piece of a key log that stands here

    // Which frame of which file it was before it was extracted, see NumberedSource.
    static constexpr std::int64_t kOwnTime = std::numeric_limits<std::int64_t>::min();
    std::uint32_t origin = 0;         ///< name of the file, in CaptureNames; 0: is not extracted
    std::uint64_t frame = 0;          ///< its number there, from 1
    std::int64_t merge_ns = kOwnTime; ///< the latest time in that file up to it, or its own

    [[nodiscard]] std::int64_t merge_time_ns() const {
        return merge_ns == kOwnTime ? ts_ns : merge_ns;
    }
};

/// How far a source has come, in bytes of its files as they are stored.
struct ReadProgress {
    std::uint64_t done_bytes = 0;
    std::uint64_t total_bytes = 0; ///< 0: not known, as for a pipe
};

/// What became of the packets of an interface, as far as the system tells (pcap_stats(3PCAP)).
struct CaptureCounters {
    std::uint64_t received = 0;             ///< by the filter
    std::uint64_t dropped_by_kernel = 0;    ///< because its buffer was full
    std::uint64_t dropped_by_interface = 0; ///< by the network card or its driver
};

struct InterfaceCounters {
    std::string name;
    CaptureCounters counters;
};

/// What is wrong with one file of several, as one line that names it.
struct FileError {
    std::uint32_t file = 0; ///< its number, see Packet
    std::string text;
};

class CaptureNames;

class PacketSource {
public:
    virtual ~PacketSource() = default;

    /// Reads the next packet; false at the end. error() then tells a clean end from a broken one.
    virtual bool next(Packet &packet) = 0;

    /// Asks for no more packets than have been captured until now. False when there are none; else
    /// next() goes on until it has handed them out. May be called again.
    virtual bool stop() { return false; }

    /// Empty, or one line that names the file and what is wrong with it. Damage that can be stepped
    /// over does not end the source, so look at it only after next() has returned false.
    [[nodiscard]] virtual const std::string &error() const = 0;

    /// The same for each file; `file` is the number of one that does not know it.
    virtual void add_errors(std::uint32_t file, std::vector<FileError> &errors) const {
        if (!error().empty()) errors.push_back({file, error()});
    }

    /// Link type of the first packets, when it is known before any of them was read.
    [[nodiscard]] virtual std::optional<std::uint32_t> first_link_type() const {
        return std::nullopt;
    }

    /// Whether there may be packets with is_key_log.
    [[nodiscard]] virtual bool may_hold_key_logs() const { return false; }

    [[nodiscard]] virtual ReadProgress progress() const { return {}; }

    /// One for each interface of a live capture, also of those that have ended; else empty.
    [[nodiscard]] virtual std::vector<InterfaceCounters> interface_counters() const { return {}; }
};

/// Asked by sources of pipes, sockets, terminals and interfaces, so that waiting for input does not
/// hold back output or signals.
class InputWatcher {
public:
    virtual ~InputWatcher() = default;

    /// Called before a read that may block; returns when a read of one of `descriptors` will not,
    /// or after `timeout_ms` (kForever: only then). False: stop reading; the source then ends as if
    /// the input did.
    virtual bool wait_readable(std::span<const int> descriptors, int timeout_ms) = 0;

    /// Called by live sources now and then while nothing comes: no packet that was captured before
    /// `ts_ns` is still to come.
    virtual void on_quiet(std::int64_t ts_ns) = 0;

    static constexpr int kForever = -1;
};

/// Opens a capture file of any format of formats/, uncompressed or compressed by any means of
/// compression/, recognized by content, not by name; "-" is the standard input. NULL if it cannot
/// be read or is not a capture: `error` is then one line that names the file. `watcher`, which may
/// be NULL, must outlive the source. Packets of an extract have their origin if `names`, which must
/// outlive it too, is given.
std::unique_ptr<PacketSource> open_capture_file(const std::string &path, std::string &error,
                                                InputWatcher *watcher = nullptr,
                                                CaptureNames *names = nullptr);

} // namespace pop3dump
