// A capture file whose packets say which frame of it they are, for --extract.
// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include "capture/packet_source.hpp"

#include <algorithm>
#include <memory>
#include <utility>

namespace pop3dump {

/// Packets of an extract keep the origin that they have.
class NumberedSource final : public PacketSource {
public:
    /// `origin` is the number of the file's name in CaptureNames.
    NumberedSource(std::unique_ptr<PacketSource> source, std::uint32_t origin)
        : source_(std::move(source)), origin_(origin) {}

    bool next(Packet &packet) override {
        packet.origin = 0;
        packet.frame = 0;
        packet.merge_ns = Packet::kOwnTime;
        if (!source_->next(packet)) return false;
        if (packet.is_key_log) {
            packet.merge_ns = latest_ns_;
            return true;
        }
        ++frame_;
        latest_ns_ = std::max(latest_ns_, packet.merge_time_ns());
        if (packet.origin != 0) return true;
        packet.origin = origin_;
        packet.frame = frame_;
        packet.merge_ns = latest_ns_;
        return true;
    }

    bool stop() override { return source_->stop(); }
    [[nodiscard]] const std::string &error() const override { return source_->error(); }
    void add_errors(std::uint32_t file, std::vector<FileError> &errors) const override {
        source_->add_errors(file, errors);
    }
    [[nodiscard]] std::optional<std::uint32_t> first_link_type() const override {
        return source_->first_link_type();
    }
    [[nodiscard]] bool may_hold_key_logs() const override { return source_->may_hold_key_logs(); }
    [[nodiscard]] ReadProgress progress() const override { return source_->progress(); }

private:
    std::unique_ptr<PacketSource> source_;
    std::uint32_t origin_;
    std::uint64_t frame_ = 0;                   ///< read
    std::int64_t latest_ns_ = Packet::kOwnTime; ///< of those read
};

} // namespace pop3dump
