// All outputs of a run, as one.
// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include "evidence/evidence_options.hpp"
#include "output/output.hpp"
#include "output/output_list.hpp"

#include <chrono>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace pop3dump {

class Outputs {
public:
    /// The options are borrowed.
    Outputs(const OutputOptions &options, const EvidenceOptions &evidence_options)
        : options_(options), evidence_options_(evidence_options) {}

    /// Makes the outputs that the options ask for, and opens what takes the rights of the start;
    /// nothing that is there is changed yet. False when something is refused, as any of the files
    /// that are in use is: `error` is then one line that names it.
    bool open(OutputContext context, std::string &error);

    /// To be called as the account: opens the rest, then empties and begins the files, once nothing
    /// can be refused any more.
    bool begin(std::string &error);

    /// As Output's, but for the line, which it makes itself.
    void on_event(const pop3ana_event &event) {
        if (only_output_ != nullptr) // as in most runs
            only_output_->on_event(event, {});
        else
            give_to_all(event);
    }
    void on_packet(const Packet &packet, bool is_pop3, std::uint64_t connection);

    void on_key_log(std::string_view lines);

    /// Hands everything to the system.
    void flush();

    /// Lets the log go on in the file that now has its name (SIGHUP, after a rotation).
    void reopen();

    /// See Output.
    void sum_up();

    /// What is due by the clock: flushes, tries full disks again, tells of what they cost. Call it
    /// about once a second in live captures.
    void on_timer();

    /// Flushes and closes; `link_type` describes a packet file that got no packet.
    void close(std::uint32_t link_type);

    /// False once one of them can write nothing more; errors() says why.
    [[nodiscard]] bool is_healthy() const { return healthy_; }
    /// False once one of them has written all that was asked for.
    [[nodiscard]] bool accepts_more() const { return accepts_more_; }

    /// See Output.
    [[nodiscard]] bool is_terminal() const;
    [[nodiscard]] std::vector<std::string> errors() const;
    [[nodiscard]] OutputCounters counters() const;

private:
    void add(std::unique_ptr<Output> output);
    [[gnu::noinline]] void give_to_all(const pop3ana_event &event); // on_event() is too hot for it
    template <typename Call> void for_each(const Call &call);
    void look_at_clock();
    void write_out();

    const OutputOptions &options_;
    const EvidenceOptions &evidence_options_;
    OutputContext context_;
    std::vector<std::unique_ptr<Output>> outputs_;
    Output *only_output_ = nullptr; ///< the single one, if it wants no lines
    bool healthy_ = true;           ///< all of them are, as after the last call of them
    bool accepts_more_ = true;
    bool wants_log_lines_ = false; ///< one of them does
    std::string line_buffer_;      ///< of the event's line of the log
    std::uint64_t packets_ = 0;
    std::chrono::steady_clock::time_point next_timer_;
};

} // namespace pop3dump
