// SPDX-License-Identifier: GPL-2.0-or-later
#include "pipeline/outputs.hpp"

#include "evidence/evidence.hpp"
#include "output/event_text.hpp"

#include <algorithm>
#include <string_view>
#include <utility>

namespace pop3dump {

/// Keeps what they answer afterwards, which is asked for at every packet of a capture.
template <typename Call> void Outputs::for_each(const Call &call) {
    for (const auto &output : outputs_) {
        call(*output);
        healthy_ = healthy_ && output->is_healthy();
        accepts_more_ = accepts_more_ && output->accepts_more();
    }
}

void Outputs::add(std::unique_ptr<Output> output) {
    if (!output) return;
    wants_log_lines_ = wants_log_lines_ || output->wants_log_lines();
    outputs_.push_back(std::move(output));
}

/// Evidence comes first: a folder that is refused leaves no trace, other outputs make files.
bool Outputs::open(OutputContext context, std::string &error) {
    context_ = std::move(context);
    if (evidence_options_.folder) add(std::make_unique<Evidence>(evidence_options_, context_));
    for (OutputMaker *const make : kOutputMakers)
        add(make(options_, context_));
    if (outputs_.size() == 1 && !wants_log_lines_) only_output_ = outputs_.front().get();
    return std::all_of(outputs_.begin(), outputs_.end(),
                       [&error](const auto &output) { return output->open(error); });
}

bool Outputs::begin(std::string &error) {
    for (const auto &output : outputs_) {
        if (!output->open_as_account(error)) return false;
    }
    return std::all_of(outputs_.begin(), outputs_.end(),
                       [&error](const auto &output) { return output->begin(error); });
}

void Outputs::give_to_all(const pop3ana_event &event) {
    std::string_view log_line;
    if (wants_log_lines_ && event.in_log != 0) log_line = log_line_text(line_buffer_, event);
    for (const auto &output : outputs_) // what failed is noticed at the packet
        output->on_event(event, log_line);
}

void Outputs::on_packet(const Packet &packet, bool is_pop3, std::uint64_t connection) {
    if (is_pop3 || connection != 0) {
        for_each([&](Output &output) { output.on_packet(packet, is_pop3, connection); });
    }
    // A capture may be so busy that it never is quiet.
    constexpr std::uint32_t kPacketsBetweenLooks = 1024;
    if (++packets_ % kPacketsBetweenLooks == 0) look_at_clock();
}

void Outputs::on_key_log(std::string_view lines) {
    for_each([lines](Output &output) { output.on_key_log(lines); });
}

void Outputs::look_at_clock() {
    if (context_.is_live && std::chrono::steady_clock::now() >= next_timer_) on_timer();
}

void Outputs::flush() {
    write_out();
    look_at_clock();
}

void Outputs::write_out() {
    for_each([](Output &output) { output.flush(); });
}

void Outputs::reopen() {
    for_each([](Output &output) { output.reopen(); });
}

void Outputs::sum_up() {
    for_each([](Output &output) { output.sum_up(); });
}

void Outputs::on_timer() {
    constexpr std::chrono::seconds kInterval{1};
    next_timer_ = std::chrono::steady_clock::now() + kInterval;
    write_out();
    for_each([](Output &output) { output.on_timer(); });
}

void Outputs::close(std::uint32_t link_type) {
    for_each([link_type](Output &output) { output.close(link_type); });
}

bool Outputs::is_terminal() const {
    return std::any_of(outputs_.begin(), outputs_.end(),
                       [](const auto &output) { return output->is_terminal(); });
}

std::vector<std::string> Outputs::errors() const {
    std::vector<std::string> errors;
    for (const auto &output : outputs_)
        output->add_errors(errors);
    return errors;
}

OutputCounters Outputs::counters() const {
    OutputCounters counters;
    for (const auto &output : outputs_)
        output->add_counters(counters);
    return counters;
}

} // namespace pop3dump
