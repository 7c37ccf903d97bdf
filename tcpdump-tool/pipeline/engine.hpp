// An engine of libpop3ana that is configured by the options.
// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include "capture/key_log.hpp"
#include "capture/packet_source.hpp"
#include "pipeline/engine_options.hpp"
#include "pipeline/outputs.hpp"

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

namespace pop3dump {

class Engine {
public:
    Engine() = default;
    Engine(const Engine &) = delete;
    Engine &operator=(const Engine &) = delete;

    /// Must be called once, before feed(). POP3ANA_E_CONFIG when a value was refused: `error` is
    /// then the library's message, "FIELD: 'VALUE': REASON"; one line also for every other failure.
    pop3ana_status configure(const EngineOptions &options, std::string &error);

    /// Where events go; borrowed. Must be called once, before feed().
    void set_outputs(Outputs &outputs) { outputs_ = &outputs; }

    /// Analyses a packet; `number` is the frame number of its events. Returns POP3ANA_OK,
    /// POP3ANA_NOT_POP3, or a failure for which the packet is lost.
    pop3ana_status feed(const Packet &packet, std::uint64_t number);

    /// Whether events may depend on the packet: POP3ANA_OK, POP3ANA_NOT_POP3, or a failure.
    pop3ana_status select(const Packet &packet);

    /// A secret of TLS connections that come later; labels that the library does not know are
    /// passed over.
    void add_secret(const KeyLogSecret &secret);

    /// Those that open a connection, as lines of a key log; "": none.
    [[nodiscard]] std::string key_log(std::uint64_t connection) const;

    /// Analyses what has waited for secrets.
    pop3ana_status use_secrets();

    /// Nothing follows: what is still to be said is said.
    pop3ana_status finish();

    /// Time goes on without a packet, for live captures.
    pop3ana_status tick(std::int64_t ts_ns);

    /// The connection of the packet fed last, see pop3ana_frame_connection().
    [[nodiscard]] std::uint64_t connection() const {
        return pop3ana_frame_connection(engine_.get());
    }

    [[nodiscard]] pop3ana_counters counters() const;

    /// What it did not analyse, in the order of kind and number.
    [[nodiscard]] std::vector<pop3ana_skipped> skipped() const;

private:
    struct EngineDeleter {
        void operator()(pop3ana_engine *engine) const { pop3ana_engine_free(engine); }
    };

    static void on_event(void *user_data, const pop3ana_event *event);
    pop3ana_status checked(pop3ana_status status);

    std::unique_ptr<pop3ana_engine, EngineDeleter> engine_;
    Outputs *outputs_ = nullptr;
    bool output_failed_ = false;
};

} // namespace pop3dump
