// The command line: what the user asked for.
// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace pop3dump {

/// What the exit status says; 2 is for mistakes in the command line.
enum class ExitStatus : int { Ok = 0, Failure = 1, Usage = 2 };

/// No packet is longer (libpcap's MAXIMUM_SNAPLEN).
constexpr int kMaxSnapshotBytes = 256 * 1024;

struct Options {
    enum class Action { Analyse, ShowHelp, ShowVersion, ListInterfaces, ListLinkTypes };
    enum class Direction { In, Out, Both };

    /// A capture file, or a file that lists capture files.
    struct Input {
        std::string path;
        bool is_list = false;
    };

    /// Whether packets are captured as they come, so that the run goes on for months.
    [[nodiscard]] bool is_live() const { return !interfaces.empty(); }

    Action action = Action::Analyse;
    std::optional<std::string> config_file;
    /// Where the configuration file sets what the command line does not: "FILE:LINE: WORD" by
    /// option_text().
    std::map<std::string, std::string> origins;
    std::vector<Input> inputs;

    // For live captures.
    std::vector<std::string> interfaces;  ///< names, or numbers of -D
    std::optional<std::string> link_type; ///< libpcap's name for it
    int snapshot_bytes = kMaxSnapshotBytes;
    int buffer_kib = 16384;
    Direction direction = Direction::Both;
    std::uint16_t fanout = 1; ///< threads that capture
    bool promiscuous = true;
    bool immediate = false;
    bool nanoseconds = true;

    std::optional<std::string> user;           ///< -Z
    std::optional<std::string> packet_file;    ///< -w
    std::optional<std::string> log_file;       ///< -o
    std::optional<std::uint64_t> rotate_bytes; ///< -C
    std::optional<std::int64_t> rotate_s;      ///< -G
    std::optional<std::uint64_t> file_count;   ///< -W
    std::string filter;                        ///< "": none
    std::optional<std::string> filter_file;    ///< -F; there is then no filter
    std::optional<std::uint64_t> packet_count;
    std::optional<std::string> evidence_folder;
    std::uint64_t evidence_mib = 1024;
    bool flush_log = false;     ///< -l: after each packet
    bool flush_packets = false; ///< -U: the same for -w
    std::uint16_t workers = 1;  ///< threads that read files, and the one that analyses
    bool quiet = false;
    bool show_anomalies = false;
    bool json = false;
    bool show_counters = false;

    // For the library; what is not given keeps the library's default.
    std::optional<std::string> ports;
    std::optional<std::string> ignore_commands;
    std::optional<std::string> peer;
    std::optional<std::uint32_t> error_threshold;
    std::optional<std::uint64_t> expire_minutes;
    bool midstream = true;
    bool verify_checksums = false;
    bool redact = false;
};

/// Reads the command line into `options`. False when it is wrong: `error` is then one line that
/// names the option and its value. Uses getopt_long(3), so it is not for threads.
bool parse_options(int argc, char **argv, Options &options, std::string &error);

/// How to call the program: one line without a line end.
std::string synopsis();

/// The text of --help.
std::string usage();

/// The option that sets a field of pop3ana_config, as the user typed it, or where the configuration
/// file does; "" when there is none.
std::string option_for_field(const Options &options, const std::string &field);

} // namespace pop3dump
