// SPDX-License-Identifier: GPL-2.0-or-later
#include "pipeline/packet_feed.hpp"

#include "base/bytes.hpp"
#include "system/signals.hpp"

#include <fmt/core.h>
#include <utility>

namespace pop3dump {

bool PacketFeed::set_source(std::unique_ptr<PacketSource> source, const std::string &filter) {
    source_ = std::move(source);
    if (filter.empty()) return true;
    filter_.emplace(filter);
    filter_failed_ = !filter_->prepare(first_link_type());
    return !filter_failed_;
}

void PacketFeed::set_outputs(Outputs &outputs) {
    outputs_ = &outputs;
    engine_.set_outputs(outputs);
}

bool PacketFeed::step() {
    if (stop_requested() && !source_->stop()) return false;
    Packet packet;
    if (!source_->next(packet)) {
        source_ended_ = true;
        return false;
    }
    if (packet.is_key_log) {
        take_key_log(pop3ana::as_text(packet.data));
        return true;
    }
    ++counters_.packets_read;
    if (passes_filter(packet)) {
        ++counters_.packets_passed;
        const pop3ana_status status =
            only_selects_ ? engine_.select(packet) : engine_.feed(packet, number_of(packet));
        if (status < 0) {
            ++counters_.packets_failed;
            analysis_error_ = pop3ana_strerror(status);
        }
        outputs_->on_packet(packet, status == POP3ANA_OK, engine_.connection());
    }
    return !filter_failed_ && counters_.packets_passed != packet_count_;
}

void PacketFeed::take_key_log(std::string_view lines) {
    if (only_selects_) {
        outputs_->on_key_log(lines);
    } else {
        add_key_log(lines);
        use_secrets();
    }
}

std::uint64_t PacketFeed::number_of(const Packet &packet) {
    const std::uint64_t read = counters_.packets_read;
    if (packet.origin != 0) return frame_numbers_.add({packet.origin, packet.frame}, read);
    return frame_numbers_.is_used() ? frame_numbers_.add({0, read}, read) : read;
}

void PacketFeed::add_key_log(std::string_view lines) {
    KeyLogReader reader;
    const auto add = [&](const KeyLogSecret &secret) { engine_.add_secret(secret); };
    reader.take(lines, add);
    reader.finish(add);
}

void PacketFeed::use_secrets() {
    const pop3ana_status status = engine_.use_secrets();
    if (status < 0) analysis_error_ = pop3ana_strerror(status);
}

void PacketFeed::finish() {
    const pop3ana_status status = engine_.finish();
    if (status < 0) analysis_error_ = pop3ana_strerror(status);
}

void PacketFeed::tick(std::int64_t ts_ns) {
    const pop3ana_status status = engine_.tick(ts_ns);
    if (status < 0) analysis_error_ = pop3ana_strerror(status);
}

/// A wrong filter is an error for captures without packets, too.
std::uint32_t PacketFeed::first_link_type() const {
    constexpr std::uint32_t kEthernet = 1;
    return source_->first_link_type().value_or(kEthernet);
}

bool PacketFeed::passes_filter(const Packet &packet) {
    if (!filter_) return true;
    Packet::Filtered filtered = packet.filtered;
    if (filtered == Packet::Filtered::NotYet) filtered = filter_->apply(packet);
    filter_failed_ = filtered == Packet::Filtered::NotYet;
    return filtered == Packet::Filtered::In;
}

std::string PacketFeed::filter_error() const {
    return filter_failed_ ? filter_->error() : "";
}

std::string PacketFeed::source_error() const {
    return source_ended_ ? source_->error() : "";
}

std::string PacketFeed::analysis_error() const {
    if (counters_.packets_failed == 0) return analysis_error_;
    return fmt::format("{} packets were not analysed: {}", counters_.packets_failed,
                       analysis_error_);
}

RunCounters PacketFeed::counters() const {
    RunCounters all = counters_;
    all.analysis = engine_.counters();
    all.skipped = engine_.skipped();
    // A source that is being opened may ask already.
    if (source_) all.interfaces = source_->interface_counters();
    return all;
}

} // namespace pop3dump
