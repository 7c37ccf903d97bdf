// An engine of libpop3ana that is configured by the options.
// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include "library_setup.hpp"
#include "packet_source.hpp"

#include <cstdint>
#include <memory>

namespace pop3dump {

/// Which of several engines it is; see pop3ana_judge.
struct EngineShare {
    bool deferred = false;
    std::uint16_t engines = 1; ///< that divide the limits of the run
    std::uint16_t shards = 1;  ///< of them, those that are fed the same packets
    std::uint16_t shard = 0;
};

class Analyzer {
public:
    Analyzer() = default;
    Analyzer(const Analyzer &) = delete;
    Analyzer &operator=(const Analyzer &) = delete;

    /// Must be called once, before feed(). Usage when a value was refused: `error` is then one line
    /// that names the option and its value.
    ExitStatus configure(const Options &options, const EngineShare &share, std::string &error);

    /// Where events go; `output` is borrowed. Must be called once, before feed().
    void set_output(EventOutput &output) { relay_.set_output(output); }

    /// Analyses a packet; `number` is the frame number of its events. Returns POP3ANA_OK,
    /// POP3ANA_NOT_POP3, or a failure for which the packet is lost.
    pop3ana_status feed(const Packet &packet, std::uint64_t number);

    /// Time goes on without a packet, for live captures.
    pop3ana_status tick(std::int64_t ts_ns);

    /// The connection of the packet fed last, see pop3ana_frame_connection().
    [[nodiscard]] std::uint64_t connection() const {
        return pop3ana_frame_connection(engine_.get());
    }

    [[nodiscard]] pop3ana_counters counters() const;

private:
    struct EngineDeleter {
        void operator()(pop3ana_engine *engine) const { pop3ana_engine_free(engine); }
    };

    EventRelay relay_;
    std::unique_ptr<pop3ana_engine, EngineDeleter> engine_;
};

} // namespace pop3dump
