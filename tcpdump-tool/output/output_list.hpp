// The outputs of this room: the options of each, and its maker. A new one is a file that defines
// the maker, a row in cli/option_rows.cpp, and here its options and its maker.
// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include "output/event_selection.hpp"
#include "output/time_stamps.hpp"

#include <cstdint>
#include <memory>
#include <optional>
#include <string>

namespace pop3dump {

class Output;
struct OutputContext;

struct LogOptions {
    std::optional<std::string> file; ///< -o; none, or "-": the standard output
    bool json = false;
    EventSelection selection;
    // Of the log alone: JSON has all of it.
    TimeStampFormat time_stamps = TimeStampFormat::kEpoch;
    int time_stamp_letters = 0; ///< how often -t was given
    bool login_addresses = false;

    /// Whether the log is to be what it is without any of these.
    [[nodiscard]] bool is_default_form() const {
        return selection.is_everything() && time_stamps == TimeStampFormat::kEpoch &&
               !login_addresses;
    }
};

struct PacketFileOptions {
    std::optional<std::string> file;           ///< -w; "-": the standard output
    std::optional<std::uint64_t> rotate_bytes; ///< -C
    std::optional<std::int64_t> rotate_s;      ///< -G
    std::optional<std::uint64_t> file_count;   ///< -W
    bool is_extract = false;                   ///< --extract: packets keep their origin
};

struct OutputOptions {
    LogOptions log;
    bool show_anomalies = false; ///< -v
    bool summary = false;
    PacketFileOptions packets;
    std::optional<std::string> metrics_file;

    [[nodiscard]] bool wants_session_ends() const { return log.json || summary; }
    /// There is none when packets take the standard output, or are only extracted.
    [[nodiscard]] bool has_log() const {
        return !packets.is_extract && (log.file || packets.file != "-");
    }
};

/// Makes an output; NULL when the options ask for none. Options and context are borrowed.
using OutputMaker = std::unique_ptr<Output>(const OutputOptions &options, OutputContext &context);

OutputMaker make_log_output;        // log_output.cpp
OutputMaker make_custom_log_output; // custom_log_output.cpp
OutputMaker make_json_output;       // json_output.cpp
OutputMaker make_anomaly_output;    // anomaly_output.cpp
OutputMaker make_summary_output;    // summary_output.cpp
OutputMaker make_packet_files;      // packet_files.cpp
OutputMaker make_metrics_file;      // metrics_file.cpp

/// In the order in which they are opened, and get events and packets; metrics know of the others.
inline constexpr OutputMaker *kOutputMakers[] = {
    make_log_output,     make_custom_log_output, make_json_output,  make_anomaly_output,
    make_summary_output, make_packet_files,      make_metrics_file,
};

} // namespace pop3dump
