// SPDX-License-Identifier: GPL-2.0-or-later
#include "outputs.hpp"

#include "anomaly_output.hpp"
#include "diagnostics.hpp"
#include "json_output.hpp"
#include "log_output.hpp"

#include <utility>

namespace pop3dump {

bool Outputs::open(std::vector<FileIdentity> in_use, std::string &error) {
    if (options_.packet_file && !open_packets(in_use, error)) return false;
    const bool packets_take_stdout = options_.packet_file == "-";
    if (options_.log_file || !packets_take_stdout) {
        if (!open_log(in_use, error)) return false;
    }
    if (options_.show_anomalies) event_outputs_.push_back(std::make_unique<AnomalyOutput>());
    return true;
}

bool Outputs::open_packets(std::vector<FileIdentity> &in_use, std::string &error) {
    const OutputPolicy policy{.holds_lines = false, .is_live = options_.is_live()};
    packet_file_ = OutputFile::open(*options_.packet_file, policy, in_use, error);
    if (!packet_file_) return false;
    if (*options_.packet_file != "-") add_identity(*options_.packet_file, in_use);
    packet_writer_.emplace(*packet_file_);
    return true;
}

bool Outputs::open_log(const std::vector<FileIdentity> &in_use, std::string &error) {
    const OutputPolicy policy{.holds_lines = true, .is_live = options_.is_live()};
    log_file_ = OutputFile::open(options_.log_file.value_or("-"), policy, in_use, error);
    if (!log_file_) return false;
    if (options_.json) {
        event_outputs_.push_back(std::make_unique<JsonOutput>(*log_file_));
    } else {
        event_outputs_.push_back(std::make_unique<LogOutput>(*log_file_));
    }
    return true;
}

void Outputs::on_event(const pop3ana_event &event) {
    for (const auto &output : event_outputs_)
        output->on_event(event);
}

void Outputs::on_packet(const Packet &packet, bool is_pop3) {
    if (!is_pop3 || !packet_writer_) return;
    if (packet_writer_->write(packet)) ++packets_written_;
}

void Outputs::flush() {
    if (log_file_) log_file_->flush();
    if (packet_file_) packet_file_->flush();
}

void Outputs::reopen() {
    std::string error;
    if (log_file_ && !log_file_->reopen(error)) report(error);
}

void Outputs::on_timer() {
    flush();
    if (log_file_) log_loss_.say(*log_file_, "log lines");
    if (packet_file_) packet_loss_.say(*packet_file_, "packets");
}

void Outputs::close(std::uint32_t link_type) {
    if (packet_writer_) packet_writer_->finish(link_type);
    for (OutputFile *file : {log_file_.get(), packet_file_.get()}) {
        if (file != nullptr) file->close();
    }
}

bool Outputs::work() const {
    return !(log_file_ && log_file_->failed()) && !(packet_file_ && packet_file_->failed());
}

std::vector<std::string> Outputs::errors() const {
    std::vector<std::string> errors;
    for (const OutputFile *file : {log_file_.get(), packet_file_.get()}) {
        if (file == nullptr || file->reader_gone() || !file->failed()) continue;
        errors.push_back(file->error());
    }
    return errors;
}

} // namespace pop3dump
