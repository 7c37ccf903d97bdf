// What a run writes: the log or JSON, anomalies, packet files, evidence. Each is an Output.
// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include "capture/capture_names.hpp"
#include "capture/frame_numbers.hpp"
#include "capture/packet_source.hpp"
#include "events/event_table.hpp"
#include "output/output_file.hpp"
#include "system/privileges.hpp"

#include <array>
#include <cstdint>
#include <functional>
#include <pop3ana/pop3ana.h>
#include <string>
#include <string_view>
#include <vector>

namespace pop3dump {

/// What outputs must know of the run.
struct OutputContext {
    Account account;                  ///< whom the run goes on as
    bool is_live = false;             ///< runs for months, so full disks are waited for
    bool quiet = false;               ///< only errors are reported
    std::vector<FileIdentity> in_use; ///< files that the run reads or writes; outputs add theirs
    /// Lines of a key log that open the TLS of a connection; "": none, or secrets are not written.
    std::function<std::string(std::uint64_t connection)> key_log;
    std::function<std::string()> metrics; ///< the counters of the run, as --metrics writes them
    const CaptureNames *names = nullptr;  ///< of the files that packets come from
    const FrameNumbers *frame_numbers = nullptr; ///< that events have
};

/// What outputs count, see --stats.
struct OutputCounters {
    std::uint64_t packets_written = 0;
    std::uint64_t packets_lost = 0; ///< by full disks
    std::uint64_t lines_lost = 0;   ///< of the log, by full disks
    std::uint64_t evidence_files = 0;
    std::uint64_t evidence_files_removed = 0;      ///< older ones, to make room
    std::uint64_t evidence_packets = 0;            ///< written
    std::uint64_t evidence_packets_lost = 0;       ///< of alerted sessions, for whatever reason
    std::uint64_t evidence_packets_over_limit = 0; ///< of these, by limits

    // What only --metrics has counted.
    std::uint64_t error_replies = 0;
    std::array<std::uint64_t, pop3ana::kAlerts.size()> alerts{}; ///< by kind
    std::int64_t last_packet_ns = 0;                             ///< of POP3; 0: there was none
};

/// Called in this order: open(), open_as_account(), begin(); events and packets; close(). A call
/// that returns false ends the run: `error` is then one line that names what was refused.
class Output {
public:
    Output() = default;
    Output(const Output &) = delete;
    Output &operator=(const Output &) = delete;
    virtual ~Output() = default;

    /// Opens what takes the rights of the start; what is in a file stays.
    virtual bool open(std::string & /*error*/) { return true; }

    /// The same with the rights that the run goes on with, for what will be opened again later.
    virtual bool open_as_account(std::string & /*error*/) { return true; }

    /// Empties and begins the files, once nothing can be refused any more.
    virtual bool begin(std::string & /*error*/) { return true; }

    /// Whether on_event() needs the line of the log; asked once.
    [[nodiscard]] virtual bool wants_log_lines() const { return false; }

    /// All is borrowed for the call. `log_line` is "" when the event has none, or nobody wants it.
    virtual void on_event(const pop3ana_event & /*event*/, std::string_view /*log_line*/) {}

    /// The packet that the events since the last one are due to. `is_pop3`: it belongs to a
    /// connection that is analysed, or is a fragment. `connection`: see pop3ana_frame_connection().
    virtual void on_packet(const Packet & /*packet*/, bool /*is_pop3*/,
                           std::uint64_t /*connection*/) {}

    /// Lines of a key log that stand in the capture behind the last packet.
    virtual void on_key_log(std::string_view /*lines*/) {}

    /// Hands everything to the system.
    virtual void flush() {}

    /// Goes on in the file that now has the name (SIGHUP, after a rotation). Reports itself that it
    /// cannot: the old file loses nothing.
    virtual void reopen() {}

    /// What was asked for about the run so far: before close(), and on SIGUSR1.
    virtual void sum_up() {}

    /// What is due by the clock, once a second in live captures: notices of full disks.
    virtual void on_timer() {}

    /// Flushes and closes; `link_type` describes a packet file that got no packet.
    virtual void close(std::uint32_t /*link_type*/) {}

    /// False once nothing more can be written.
    [[nodiscard]] bool is_healthy() const { return !failed_; }
    /// False when all that was asked for is written (-W).
    [[nodiscard]] bool accepts_more() const { return !done_; }
    /// Whether somebody looks on, so that every packet's lines are to be shown at once.
    [[nodiscard]] virtual bool is_terminal() const { return false; }

    /// Adds a line for each failure, and for each reason why something was not written; none for a
    /// reader that has gone.
    virtual void add_errors(std::vector<std::string> & /*errors*/) const {}
    virtual void add_counters(OutputCounters & /*counters*/) const {}

protected:
    // No virtual questions: they are asked after each call.
    bool failed_ = false;
    bool done_ = false;
};

} // namespace pop3dump
