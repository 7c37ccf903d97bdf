// The packets of a source on their way to the engine: counted, numbered, through the filter.
// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include "capture/frame_numbers.hpp"
#include "capture/packet_filter.hpp"
#include "pipeline/counter_report.hpp"
#include "pipeline/engine.hpp"
#include "pipeline/outputs.hpp"

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

namespace pop3dump {

class PacketFeed {
public:
    /// Of `packet_count` packets that pass the filter, or of all. `only_selects`: outputs get those
    /// that events may depend on, and there are no events.
    explicit PacketFeed(std::optional<std::uint64_t> packet_count, bool only_selects = false)
        : packet_count_(packet_count), only_selects_(only_selects) {}

    /// Makes the engine; must be called first. As Engine's.
    pop3ana_status configure(const EngineOptions &options, std::string &error) {
        return engine_.configure(options, error);
    }

    /// Adds a secret of TLS; use_secrets() analyses what has waited for those that were added.
    void add_secret(const KeyLogSecret &secret) { engine_.add_secret(secret); }
    /// The same of all lines of a key log.
    void add_key_log(std::string_view lines);
    void use_secrets();
    [[nodiscard]] std::string key_log(std::uint64_t connection) const {
        return engine_.key_log(connection);
    }

    /// Nothing follows.
    void finish();

    /// Where the packets come from, and which of them: `filter` "": all. False when the filter is
    /// refused: filter_error() names it.
    bool set_source(std::unique_ptr<PacketSource> source, const std::string &filter);

    /// Where events and packets go; borrowed.
    void set_outputs(Outputs &outputs);

    /// Reads a packet and analyses it. False at the end: of the source, or of what -c or a signal
    /// asks for, or because the filter means nothing for a packet.
    bool step();

    /// Time goes on without a packet, for live captures.
    void tick(std::int64_t ts_ns);

    /// Ethernet when the captures tell of none.
    [[nodiscard]] std::uint32_t first_link_type() const;

    /// What it has read and found; not what was written.
    [[nodiscard]] RunCounters counters() const;
    [[nodiscard]] const PacketSource &source() const { return *source_; }

    /// Those that events have, once packets of extracts have come.
    [[nodiscard]] const FrameNumbers &frame_numbers() const { return frame_numbers_; }

    /// One line, or empty: why the filter ended the run, why the source ended early, why packets
    /// were not analysed.
    [[nodiscard]] std::string filter_error() const;
    [[nodiscard]] std::string source_error() const;
    [[nodiscard]] std::string analysis_error() const;

private:
    bool passes_filter(const Packet &packet);
    void take_key_log(std::string_view lines);
    std::uint64_t number_of(const Packet &packet);

    std::optional<std::uint64_t> packet_count_;
    bool only_selects_;
    FrameNumbers frame_numbers_;
    Engine engine_;
    std::unique_ptr<PacketSource> source_;
    std::optional<PacketFilter> filter_;
    Outputs *outputs_ = nullptr;
    RunCounters counters_; ///< of packets only
    bool filter_failed_ = false;
    bool source_ended_ = false;
    std::string analysis_error_; ///< why packets_failed of counters_ were lost
};

} // namespace pop3dump
