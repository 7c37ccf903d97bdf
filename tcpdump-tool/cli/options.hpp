// The command line: what the user asked for.
// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include "evidence/evidence_options.hpp"
#include "live/live_options.hpp"
#include "output/output_list.hpp"
#include "pipeline/capture_list.hpp"
#include "pipeline/engine_options.hpp"

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace pop3dump {

/// What the exit status says; 2 is for mistakes in the command line.
enum class ExitStatus : int { Ok = 0, Failure = 1, Usage = 2 };

/// A struct for each part of the program, which gets no more than its own.
struct Options {
    enum class Action { Run, ShowHelp, ShowVersion, ListInterfaces, ListLinkTypes };

    /// Whether packets are captured as they come, so that the run goes on for months.
    [[nodiscard]] bool is_live() const { return !live.interfaces.empty(); }

    Action action = Action::Run;
    std::vector<std::string> config_files; ///< a name behind "-" need not exist
    /// Where a configuration file sets what the command line does not: "FILE:LINE: WORD" by
    /// option_text().
    std::map<std::string, std::string> origins;

    std::vector<CaptureInput> inputs;  ///< -r, -V
    std::uint16_t workers = 0;         ///< threads that read files; 0: the one that analyses does
    std::vector<std::string> key_logs; ///< of TLS
    LiveOptions live;
    std::string filter;                     ///< "": none
    std::optional<std::string> filter_file; ///< -F; there is then no filter
    std::optional<std::uint64_t> packet_count;
    EngineOptions engine;
    std::optional<std::string> fleet_key_file; ///< of engine.fleet_key
    OutputOptions output;
    EvidenceOptions evidence;
    bool flush_each_packet = false;  ///< -l, -U
    std::optional<std::string> user; ///< -Z
    bool quiet = false;
    bool show_counters = false;
};

/// Reads the command line into `options`. False when it is wrong: `error` is then one line that
/// names the option and its value. Uses getopt_long(3), so it is not for threads.
bool parse_options(int argc, char **argv, Options &options, std::string &error);

/// How to call the program: one line without a line end.
std::string synopsis();

/// The text of --help.
std::string usage();

/// What the library says of a field of pop3ana_config, "FIELD: REASON", with the option that sets
/// it in place of the field: as the user typed it, or where the configuration file does.
std::string name_option(const Options &options, const std::string &refusal);

} // namespace pop3dump
