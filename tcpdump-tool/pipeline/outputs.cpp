// SPDX-License-Identifier: GPL-2.0-or-later
#include "pipeline/outputs.hpp"

#include "output/anomaly_output.hpp"
#include "output/event_text.hpp"
#include "output/json_output.hpp"
#include "output/log_output.hpp"
#include "output/output_path.hpp"
#include "system/diagnostics.hpp"

#include <fcntl.h>
#include <fmt/core.h>
#include <unistd.h>
#include <utility>

namespace pop3dump {

bool Outputs::open(std::vector<FileIdentity> in_use, const Account &account, std::string &error) {
    account_ = account;
    in_use_ = std::move(in_use);
    if (evidence_options_.folder) {
        evidence_.emplace(evidence_options_, is_live_, account);
        if (!evidence_->open(error)) return false;
    }
    const bool packets_take_stdout = options_.packets.file == "-";
    if (options_.log.file || !packets_take_stdout) {
        if (!open_log(error)) return false;
    }
    if (options_.packets.file) {
        packet_files_.emplace(options_.packets, is_live_, account);
        if (!packet_files_->rotates() && !packet_files_->open(in_use_, error)) return false;
    }
    if (options_.show_anomalies) event_outputs_.push_back(std::make_unique<AnomalyOutput>());
    return true;
}

bool Outputs::open_log(std::string &error) {
    const OutputPolicy policy{.holds_lines = true, .is_live = is_live_, .account = account_};
    int code = 0;
    log_file_ = OutputFile::open(options_.log.file.value_or("-"), policy, in_use_, error, code);
    if (!log_file_) return false;
    if (options_.log.file) log_file_->add_identity(in_use_);
    if (options_.log.json) {
        event_outputs_.push_back(std::make_unique<JsonOutput>(*log_file_));
    } else {
        event_outputs_.push_back(std::make_unique<LogOutput>(*log_file_));
    }
    return true;
}

bool Outputs::begin(std::string &error) {
    if (evidence_ && !evidence_->begin(error)) return false;
    if (packet_files_ && packet_files_->rotates() && !packet_files_->open(in_use_, error)) {
        return false;
    }
    if (log_file_ && !log_file_->begin(error)) return false;
    if (packet_files_ && !packet_files_->begin(error)) return false;
    warn_of_rotation();
    return true;
}

/// That the log cannot go on in a new file is no reason not to begin: the old one loses nothing.
void Outputs::warn_of_rotation() const {
    if (!is_live_ || quiet_ || !account_.change) return;
    if (!options_.log.file || !log_file_->is_regular()) return;
    const std::string folder = folder_of(*options_.log.file);
    if (::faccessat(AT_FDCWD, folder.c_str(), W_OK | X_OK, AT_EACCESS) == 0) return;
    report(fmt::format("{}: user {} cannot open it anew there: on SIGHUP the log stays in the old "
                       "file",
                       log_file_->name(), account_.name));
}

void Outputs::on_event(const pop3ana_event &event) {
    for (const auto &output : event_outputs_)
        output->on_event(event);
    if (!packet_files_ && !evidence_) return;
    line_.clear();
    if (event.in_log != 0) assign_log_line(line_, event);
    if (packet_files_ && !line_.empty()) comments_.add(line_);
    if (evidence_) evidence_->on_event(event, line_);
}

void Outputs::on_packet(const Packet &packet, bool is_pop3, std::uint64_t connection) {
    // What time gave rise to, between packets or at one that is not written, goes to the next one.
    if (is_pop3 && packet_files_) {
        packet_files_->write(packet, comments_.texts());
        comments_.clear();
    }
    if (evidence_) evidence_->on_packet(packet, connection);
    // A capture may be so busy that it never is quiet.
    constexpr std::uint32_t kPacketsBetweenLooks = 1024;
    if (++packets_ % kPacketsBetweenLooks == 0) look_at_clock();
}

void Outputs::look_at_clock() {
    if (is_live_ && std::chrono::steady_clock::now() >= next_timer_) on_timer();
}

void Outputs::flush() {
    write_out();
    look_at_clock();
}

void Outputs::write_out() {
    if (log_file_) log_file_->flush();
    if (packet_files_) packet_files_->flush();
    if (evidence_) evidence_->flush();
}

void Outputs::reopen() {
    std::string error;
    if (log_file_ && !log_file_->reopen(error)) report(error);
}

void Outputs::on_timer() {
    constexpr std::chrono::seconds kInterval{1};
    next_timer_ = std::chrono::steady_clock::now() + kInterval;
    write_out();
    if (log_file_) {
        log_loss_.say({log_file_->disk_full(), log_file_->name(), log_file_->error(), lines_lost()},
                      "lines of the log");
    }
    if (packet_files_) packet_files_->on_timer();
    if (evidence_) evidence_->on_timer();
}

void Outputs::close(std::uint32_t link_type) {
    if (log_file_) log_file_->close();
    if (packet_files_) packet_files_->close(link_type);
    if (evidence_) evidence_->close();
}

bool Outputs::work() const {
    const auto failed = [](const auto &output) { return output && output->failed(); };
    return !failed(log_file_) && !failed(packet_files_) && !failed(evidence_);
}

std::vector<std::string> Outputs::errors() const {
    std::vector<std::string> errors;
    const auto add = [&errors](const auto &output) {
        if (output && output->failed() && !output->reader_gone()) errors.push_back(output->error());
    };
    add(log_file_);
    add(packet_files_);
    add(evidence_);
    if (packet_files_) packet_files_->failures().describe("packets", errors);
    if (evidence_) evidence_->failures().describe("packets of alerted sessions", errors);
    return errors;
}

} // namespace pop3dump
