// One network interface that is captured from, by libpcap.
// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include "capture/packet_source.hpp"
#include "live/live_options.hpp"

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

struct pcap;

namespace pop3dump {

/// How often the kernel's timer looks whether packets wait to be handed over, which it does for
/// several at once. A packet leaves at the second look at the latest.
constexpr int kKernelDelayMs = 100;
/// What was captured longer ago has left the kernel, even when its timer is late.
constexpr int kSettledMs = 4 * kKernelDelayMs;

class LiveInterface {
public:
    enum class Result { Packet, Timeout, Ended };

    /// Starts to capture. NULL when something is refused: `error`
    /// is then one line that names the interface. May be called again for the same interface.
    static std::unique_ptr<LiveInterface> open(const LiveOptions &options, const std::string &name,
                                               const LiveFilter &filter, std::string &error);

    /// Takes a packet if there is one; never waits. Ended: error() says why, there will be no more.
    Result next(Packet &packet);

    /// Divides the packets of the interface among all that join the same group, by the kernel's
    /// hash (PACKET_FANOUT_HASH, packet(7)): those of a connection stay together, its fragments may
    /// go elsewhere. `group` < 0: begins one. Returns the group; -1 when that is refused: error()
    /// says why.
    int join_fanout(int group);

    /// For poll(2).
    [[nodiscard]] int descriptor() const { return descriptor_; }

    /// When next() should be called again though the descriptor is not readable; -1: need not.
    [[nodiscard]] int retry_ms() const;

    /// What -y may choose from, as DLT_ values.
    [[nodiscard]] std::vector<int> data_link_types() const;

    /// What became of packets since open(), as far as the system tells. To be asked at least once
    /// in 4 billion packets.
    CaptureCounters counters();

    /// What is captured, and how.
    [[nodiscard]] std::string description() const;

    [[nodiscard]] const std::string &name() const { return name_; }
    [[nodiscard]] std::uint32_t link_type() const { return link_type_; }
    [[nodiscard]] const std::string &error() const { return error_; }

private:
    struct Closer {
        void operator()(pcap *handle) const;
    };

    explicit LiveInterface(std::string name) : name_(std::move(name)) {}
    bool activate(const LiveOptions &options);
    bool set_link_type(const std::string &link_type);
    bool set_filter(const std::string &filter);
    bool fail(const std::string &reason);
    Result after_failure();

    std::string name_;
    std::unique_ptr<pcap, Closer> handle_;
    int descriptor_ = -1;
    std::uint32_t link_type_ = 0;
    bool nanoseconds_ = false;
    CaptureCounters counters_;
    std::optional<std::chrono::steady_clock::time_point> end_; ///< set by the first failure
    std::string error_;
};

} // namespace pop3dump
