// A whole run: capture files or interfaces through the filter and the analyzer to the outputs.
// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include "analyzer.hpp"
#include "counter_report.hpp"
#include "options.hpp"
#include "outputs.hpp"
#include "packet_filter.hpp"
#include "packet_source.hpp"

#include <cstdint>
#include <memory>
#include <optional>
#include <poll.h>
#include <span>
#include <string>
#include <vector>

namespace pop3dump {

/// Reports errors and losses on stderr itself. For one run.
class Analysis final : public InputWatcher {
public:
    /// `options` is borrowed. install_signal_handlers() must have been called.
    explicit Analysis(const Options &options) : options_(options), outputs_(options) {}

    ExitStatus run();

    /// Brings output up to date before the input makes us wait, and looks after signals.
    bool wait_readable(std::span<const int> descriptors, int timeout_ms) override;
    void on_quiet(std::int64_t ts_ns) override;

private:
    bool read_filter();
    bool open_inputs();
    bool prepare_filter();
    [[nodiscard]] std::uint32_t first_link_type() const;
    bool open_outputs();
    void read_packets();
    bool passes_filter(const Packet &packet);
    void analyse(const Packet &packet);
    void reopen_outputs();
    ExitStatus finish();
    ExitStatus report_errors();
    void report_counters();
    void answer_report_request();
    [[nodiscard]] RunCounters counters() const;

    const Options &options_;
    Outputs outputs_;
    Analyzer analyzer_;
    std::unique_ptr<PacketSource> source_;
    std::vector<FileIdentity> files_in_use_;
    std::string filter_text_; ///< "": none was given
    std::optional<PacketFilter> filter_;
    bool filter_failed_ = false;
    bool input_ended_ = false;
    std::string analysis_error_; ///< why packets_failed of counters_ were lost
    RunCounters counters_;
    std::vector<pollfd> waiting_; ///< of wait_readable(), kept for its memory
};

} // namespace pop3dump
