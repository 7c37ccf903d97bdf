// Reads the interfaces in turn, and waits for all of them at once.
// SPDX-License-Identifier: GPL-2.0-or-later
#include "live/live_capture.hpp"

#include "capture/capture_limits.hpp"
#include "live/fanout_capture.hpp"
#include "live/interface_list.hpp"
#include "live/live_interface.hpp"
#include "system/diagnostics.hpp"

#include <chrono>
#include <cstddef>
#include <map>
#include <optional>
#include <thread>
#include <utility>
#include <vector>

namespace pop3dump {
namespace {

constexpr std::int64_t kNsPerMs = 1'000'000;
/// Time goes on for the analysis this often when no packet comes.
constexpr int kQuietMs = 500;
/// So many packets of busy interfaces pass before the idle ones are looked at again.
constexpr std::uint32_t kPacketsBetweenLooks = 64;

std::int64_t capture_clock_ns() {
    const auto now = std::chrono::system_clock::now().time_since_epoch();
    return std::chrono::duration_cast<std::chrono::nanoseconds>(now).count();
}

class LiveCapture final : public PacketSource {
public:
    LiveCapture(std::vector<std::unique_ptr<LiveInterface>> interfaces, InputWatcher &watcher)
        : first_link_type_(interfaces.front()->link_type()), watcher_(watcher) {
        for (auto &interface : interfaces)
            cursors_.push_back({std::move(interface), {}, State::Unknown});
    }

    bool next(Packet &packet) override {
        if (current_ != nullptr) current_->state = State::Unknown;
        for (;;) {
            current_ = fill();
            if (current_ != nullptr) break;
            if (cursors_.empty() || (stop_ns_ && !await_last_packets())) return false;
            if (!stop_ns_) wait();
        }
        if (stop_ns_ && current_->packet.ts_ns > *stop_ns_) return false;
        if (++packets_since_look_ >= kPacketsBetweenLooks) look_again();
        packet = current_->packet;
        return true;
    }

    bool stop() override {
        if (stop_ns_) return true;
        look_again(); // Else what the kernel still holds seems to have been asked for since.
        stop_ns_ = look_ns_;
        return true;
    }

    [[nodiscard]] const std::string &error() const override { return error_; }
    [[nodiscard]] std::optional<std::uint32_t> first_link_type() const override {
        return first_link_type_;
    }

    [[nodiscard]] std::vector<InterfaceCounters> interface_counters() const override {
        std::vector<InterfaceCounters> all = ended_;
        for (const Cursor &cursor : cursors_)
            all.push_back({cursor.interface->name(), cursor.interface->counters()});
        return all;
    }

private:
    enum class State { Unknown, Empty, Holds };

    struct Cursor {
        std::unique_ptr<LiveInterface> interface;
        Packet packet;
        State state;
    };

    /// Asks the interfaces that may have a packet, and returns the one with the earliest.
    Cursor *fill() {
        Cursor *earliest = nullptr;
        for (std::size_t index = 0; index < cursors_.size();) {
            Cursor &cursor = cursors_[index];
            if (cursor.state == State::Unknown && !read(cursor)) {
                cursors_.erase(cursors_.begin() + static_cast<std::ptrdiff_t>(index));
                return fill(); // what was pointed at has moved
            }
            if (cursor.state == State::Holds &&
                (earliest == nullptr || cursor.packet.ts_ns < earliest->packet.ts_ns)) {
                earliest = &cursor;
            }
            ++index;
        }
        return earliest;
    }

    /// False when the interface has ended.
    bool read(Cursor &cursor) {
        const LiveInterface::Result result = cursor.interface->next(cursor.packet);
        cursor.state = result == LiveInterface::Result::Packet ? State::Holds : State::Empty;
        if (result != LiveInterface::Result::Ended) return true;
        ended_.push_back({cursor.interface->name(), cursor.interface->counters()});
        if (cursors_.size() > 1) {
            report(cursor.interface->error() + "; capturing continues without it");
        } else {
            error_ = cursor.interface->error();
        }
        return false;
    }

    void look_again() {
        packets_since_look_ = 0;
        look_ns_ = capture_clock_ns();
        for (Cursor &cursor : cursors_) {
            if (cursor.state == State::Empty) cursor.state = State::Unknown;
        }
    }

    /// Nothing is there to be read.
    void wait() {
        if (look_ns_ - published_ns_ >= kQuietMs * kNsPerMs || look_ns_ < published_ns_) {
            published_ns_ = look_ns_;
            for (const Cursor &cursor : cursors_)
                cursor.interface->counters(); // often enough to see each round of 32 bits
            watcher_.on_quiet(look_ns_ - kSettledMs * kNsPerMs);
        }
        descriptors_.clear();
        int timeout_ms = kQuietMs;
        for (const Cursor &cursor : cursors_) {
            descriptors_.push_back(cursor.interface->descriptor());
            const int retry_ms = cursor.interface->retry_ms();
            if (retry_ms >= 0 && retry_ms < timeout_ms) timeout_ms = retry_ms;
        }
        if (!watcher_.wait_readable(descriptors_, timeout_ms)) stop();
        look_again();
    }

    /// False when what was captured before the stop has left the kernel.
    bool await_last_packets() {
        constexpr std::chrono::milliseconds kPause{20};
        const std::int64_t since_stop_ns = look_ns_ - *stop_ns_; // Negative: the clock was set.
        if (since_stop_ns > kSettledMs * kNsPerMs || since_stop_ns < 0) return false;
        std::this_thread::sleep_for(kPause);
        look_again();
        return true;
    }

    std::vector<Cursor> cursors_; ///< interfaces that have not ended
    Cursor *current_ = nullptr;   ///< whose packet was handed out last
    std::uint32_t first_link_type_;
    InputWatcher &watcher_;
    std::uint32_t packets_since_look_ = 0;
    std::int64_t look_ns_ = 0;      ///< when all interfaces were last asked, or will be at once
    std::int64_t published_ns_ = 0; ///< look_ns_ when the watcher last got a watermark
    std::optional<std::int64_t> stop_ns_; ///< when stop() was called
    std::vector<int> descriptors_;
    std::vector<InterfaceCounters> ended_;
    std::string error_;
};

/// What is set up once for each interface, whatever the number of threads that capture from it.
struct CaptureSetup {
    std::map<std::string, int> groups; ///< that divide the packets (--fanout), by interface
    std::vector<std::string> &descriptions;
};

std::unique_ptr<PacketSource> open_interfaces(const LiveOptions &options, const LiveFilter &filter,
                                              InputWatcher &watcher, CaptureSetup &setup,
                                              std::string &error) {
    std::vector<std::unique_ptr<LiveInterface>> interfaces;
    for (const std::string &wanted : options.interfaces) {
        std::string name;
        if (!find_interface(wanted, name, error)) return nullptr;
        auto interface = LiveInterface::open(options, name, filter, error);
        if (!interface) return nullptr;
        const auto group = setup.groups.find(name);
        const bool is_first = group == setup.groups.end();
        const int joined =
            options.fanout > 1 ? interface->join_fanout(is_first ? -1 : group->second) : 0;
        if (joined < 0) {
            error = interface->error();
            return nullptr;
        }
        setup.groups.emplace(name, joined);
        if (is_first) setup.descriptions.push_back(interface->description());
        interfaces.push_back(std::move(interface));
    }
    return std::make_unique<LiveCapture>(std::move(interfaces), watcher);
}

} // namespace

std::unique_ptr<PacketSource> open_live(const LiveOptions &options, const LiveFilter &filter,
                                        InputWatcher &watcher,
                                        std::vector<std::string> &descriptions,
                                        std::string &error) {
    CaptureSetup setup{{}, descriptions};
    if (options.fanout < 2) return open_interfaces(options, filter, watcher, setup, error);
    std::vector<std::unique_ptr<ReaderThread>> threads;
    for (std::uint16_t number = 0; number < options.fanout; ++number) {
        auto thread = std::make_unique<ReaderThread>(kCaptureAheadBytes, watcher);
        auto source = open_interfaces(options, filter, thread->watcher(), setup, error);
        if (!source) return nullptr;
        thread->set_source(std::move(source), "", number);
        threads.push_back(std::move(thread));
    }
    return merge_threads(std::move(threads), watcher);
}

} // namespace pop3dump
