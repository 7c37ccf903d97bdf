// SPDX-License-Identifier: GPL-2.0-or-later
#include "live/fanout_capture.hpp"

#include <algorithm>
#include <chrono>
#include <limits>
#include <poll.h>
#include <utility>

namespace pop3dump {
namespace {

constexpr int kQuietMs = 500;
/// A packet that waits for a slower thread looks this often whether its own has become too full.
constexpr int kHeldUpMs = 20;

class FanoutCapture final : public PacketSource {
public:
    FanoutCapture(std::vector<std::unique_ptr<ReaderThread>> threads, InputWatcher &watcher)
        : watcher_(watcher) {
        for (auto &thread : threads)
            cursors_.push_back({std::move(thread), {}, State::Unknown});
    }

    bool next(Packet &packet) override {
        for (const Cursor &cursor : cursors_)
            cursor.thread->start();
        if (current_ != nullptr) current_->state = State::Unknown;
        for (bool ask_all = false;; ask_all = true) {
            current_ = fill(ask_all);
            if (current_ != nullptr && in_order(*current_)) break;
            if (!ask_all) continue;
            if (current_ != nullptr && is_pressed()) break;
            if (all_ended()) return false;
            wait(current_ != nullptr ? kHeldUpMs : kQuietMs);
        }
        packet = current_->packet;
        return true;
    }

    bool stop() override {
        for (const Cursor &cursor : cursors_)
            cursor.thread->ask_to_stop();
        stopped_ = true;
        return true;
    }

    /// The threads read the same interfaces, and lose them together.
    [[nodiscard]] const std::string &error() const override {
        const auto failed =
            std::find_if(cursors_.begin(), cursors_.end(),
                         [](const Cursor &cursor) { return !cursor.thread->error().empty(); });
        return (failed != cursors_.end() ? *failed : cursors_.front()).thread->error();
    }

    [[nodiscard]] std::optional<std::uint32_t> first_link_type() const override {
        return cursors_.front().thread->first_link_type();
    }

    [[nodiscard]] std::vector<InterfaceCounters> interface_counters() const override {
        std::vector<InterfaceCounters> sums;
        for (const Cursor &cursor : cursors_) {
            for (const InterfaceCounters &part : cursor.thread->interface_counters())
                add(sums, part);
        }
        return sums;
    }

private:
    enum class State { Unknown, Empty, Holds, Ended };

    struct Cursor {
        std::unique_ptr<ReaderThread> thread;
        Packet packet;
        State state;
    };

    static void add(std::vector<InterfaceCounters> &sums, const InterfaceCounters &part) {
        const auto sum =
            std::find_if(sums.begin(), sums.end(),
                         [&part](const InterfaceCounters &one) { return one.name == part.name; });
        if (sum == sums.end()) {
            sums.push_back(part);
            return;
        }
        sum->counters.received += part.counters.received;
        sum->counters.dropped_by_kernel += part.counters.dropped_by_kernel;
        // Of the interface, whoever asks.
        sum->counters.dropped_by_interface =
            std::max(sum->counters.dropped_by_interface, part.counters.dropped_by_interface);
    }

    /// Asks the threads that may have a packet, and returns the one with the earliest. Those that
    /// had none before may have one: they are asked only if need be.
    Cursor *fill(bool ask_all) {
        Cursor *earliest = nullptr;
        watermark_ns_ = std::numeric_limits<std::int64_t>::max();
        for (Cursor &cursor : cursors_) {
            if (cursor.state == State::Unknown || (ask_all && cursor.state == State::Empty))
                read(cursor);
            if (cursor.state == State::Empty)
                watermark_ns_ = std::min(watermark_ns_, cursor.thread->watermark_ns());
            if (cursor.state == State::Holds &&
                (earliest == nullptr || cursor.packet.ts_ns < earliest->packet.ts_ns))
                earliest = &cursor;
        }
        return earliest;
    }

    static void read(Cursor &cursor) {
        switch (cursor.thread->try_next(cursor.packet)) {
        case ReaderThread::Result::Packet: cursor.state = State::Holds; break;
        case ReaderThread::Result::Pending: cursor.state = State::Empty; break;
        case ReaderThread::Result::End: cursor.state = State::Ended; break;
        }
    }

    [[nodiscard]] bool in_order(const Cursor &cursor) const {
        return cursor.packet.ts_ns <= watermark_ns_;
    }

    [[nodiscard]] bool is_pressed() {
        return std::any_of(cursors_.begin(), cursors_.end(),
                           [](Cursor &cursor) { return cursor.thread->is_half_full(); });
    }

    [[nodiscard]] bool all_ended() const {
        return std::all_of(cursors_.begin(), cursors_.end(),
                           [](const Cursor &cursor) { return cursor.state == State::Ended; });
    }

    /// For the threads that have nothing.
    void wait(int timeout_ms) {
        const auto now = std::chrono::steady_clock::now();
        if (current_ == nullptr && now >= next_quiet_) {
            next_quiet_ = now + std::chrono::milliseconds(kQuietMs);
            if (watermark_ns_ > 0) watcher_.on_quiet(watermark_ns_);
        }
        descriptors_.clear();
        for (const Cursor &cursor : cursors_) {
            if (cursor.state == State::Empty) descriptors_.push_back(cursor.thread->descriptor());
        }
        if (!stopped_ && !watcher_.wait_readable(descriptors_, timeout_ms)) stop();
        if (!stopped_) return;
        // The watcher waits no more; the threads end soon.
        waiting_.clear();
        for (const int descriptor : descriptors_)
            waiting_.push_back({descriptor, POLLIN, 0});
        ::poll(waiting_.data(), waiting_.size(), timeout_ms);
    }

    std::vector<Cursor> cursors_;
    Cursor *current_ = nullptr; ///< whose packet was handed out last
    InputWatcher &watcher_;
    std::int64_t watermark_ns_ = 0; ///< for the threads that have nothing now
    bool stopped_ = false;
    std::chrono::steady_clock::time_point next_quiet_;
    std::vector<int> descriptors_;
    std::vector<pollfd> waiting_;
};

} // namespace

std::unique_ptr<PacketSource> merge_threads(std::vector<std::unique_ptr<ReaderThread>> threads,
                                            InputWatcher &watcher) {
    return std::make_unique<FanoutCapture>(std::move(threads), watcher);
}

} // namespace pop3dump
