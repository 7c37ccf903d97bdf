// SPDX-License-Identifier: GPL-2.0-or-later
#include "capture/reader_thread.hpp"

#include <algorithm>
#include <limits>
#include <utility>

namespace pop3dump {
namespace {

// Large enough that handing over costs nothing, small enough for the nearer caches.
constexpr std::size_t kBatchBytes = std::size_t{128} * 1024;

// Packets that the filter has dropped are few bytes, but others may wait for them.
constexpr std::uint32_t kPacketsBetweenBatches = 8192;

} // namespace

ReaderThread::ReaderThread(std::size_t most_bytes, InputWatcher &taker)
    : latest_ns_(std::numeric_limits<std::int64_t>::min()), queue_(most_bytes), taker_(taker),
      watermark_ns_(latest_ns_) {}

ReaderThread::~ReaderThread() {
    queue_.close();
    if (thread_.joinable()) thread_.join();
}

void ReaderThread::set_source(std::unique_ptr<PacketSource> source, const std::string &filter,
                              std::uint32_t file) {
    source_ = std::move(source);
    if (!filter.empty()) filter_.emplace(filter);
    file_ = file;
    first_link_type_ = source_->first_link_type();
    keep_state();
}

void ReaderThread::start() {
    if (started_) return; // is not written again: the thread reads it
    started_ = true;
    thread_ = std::thread([this] { run(); });
}

// ---------------------------------------------------------------- who takes the packets

bool ReaderThread::next(Packet &packet) {
    start();
    for (;;) {
        const Result result = try_next(packet);
        if (result != Result::Pending) return result == Result::Packet;
        const int descriptor = queue_.descriptor();
        if (!taker_.wait_readable(std::span(&descriptor, 1), kForever)) return false;
    }
}

ReaderThread::Result ReaderThread::try_next(Packet &packet) {
    while (!batch_ || offset_ == batch_->bytes()) {
        if (batch_) queue_.recycle(std::move(batch_));
        batch_ = queue_.pop();
        offset_ = 0;
        if (batch_) {
            watermark_ns_ = batch_->watermark_ns;
            continue;
        }
        if (!queue_.ended()) return Result::Pending;
        if (failure_) std::rethrow_exception(failure_);
        error_ = source_->error();
        return Result::End;
    }
    packet = batch_->next(offset_);
    return Result::Packet;
}

void ReaderThread::add_errors(std::uint32_t /*file*/, std::vector<FileError> &errors) const {
    if (!error_.empty()) source_->add_errors(file_, errors);
}

ReadProgress ReaderThread::progress() const {
    const std::lock_guard lock(state_mutex_);
    return progress_;
}

std::vector<InterfaceCounters> ReaderThread::interface_counters() const {
    const std::lock_guard lock(state_mutex_);
    return interfaces_;
}

// ---------------------------------------------------------------- the thread

void ReaderThread::run() {
    try {
        read_packets();
        publish();
    } catch (...) {
        failure_ = std::current_exception();
    }
    queue_.finish();
}

void ReaderThread::read_packets() {
    Packet packet;
    packet.file = file_;
    while (!closed_ && (!stop_asked_ || source_->stop()) && source_->next(packet)) {
        if (filter_ && !packet.is_key_log) packet.filtered = filter_->apply(packet);
        filling_->add(packet);
        // The run ends with this packet, whose turn has not come.
        if (filter_ && !packet.is_key_log && packet.filtered == Packet::Filtered::NotYet) return;
        latest_ns_ = std::max(latest_ns_, packet.ts_ns);
        if (++packets_since_publish_ < kPacketsBetweenBatches && filling_->bytes() < kBatchBytes)
            continue;
        publish();
    }
}

/// False when nobody takes batches any more.
bool ReaderThread::publish() {
    packets_since_publish_ = 0;
    keep_state();
    if (filling_->bytes() == 0 && filling_->watermark_ns == latest_ns_) {
        closed_ = queue_.is_closed(); // Nothing is pushed, which would tell.
        return !closed_;
    }
    filling_->watermark_ns = latest_ns_;
    auto next = queue_.push(std::move(filling_));
    closed_ = next == nullptr;
    filling_ = closed_ ? std::make_unique<PacketBatch>() : std::move(next);
    filling_->watermark_ns = latest_ns_; // is known now
    return !closed_;
}

void ReaderThread::keep_state() {
    const ReadProgress progress = source_->progress();
    std::vector<InterfaceCounters> interfaces = source_->interface_counters();
    const std::lock_guard lock(state_mutex_);
    progress_ = progress;
    interfaces_.swap(interfaces);
}

bool ReaderThread::wait_readable(std::span<const int> descriptors, int timeout_ms) {
    if (!started_) return taker_.wait_readable(descriptors, timeout_ms);
    // Signals, and requests to stop, come to another thread.
    constexpr int kStopLookMs = 100;
    waiting_.clear();
    for (const int descriptor : descriptors)
        waiting_.push_back({descriptor, POLLIN, 0});
    if (::poll(waiting_.data(), waiting_.size(), 0) > 0) return true;
    int waited_ms = 0;
    while (publish() && !stop_asked_) {
        if (timeout_ms != kForever && waited_ms >= timeout_ms) return true;
        const int step_ms =
            timeout_ms == kForever ? kStopLookMs : std::min(kStopLookMs, timeout_ms - waited_ms);
        if (::poll(waiting_.data(), waiting_.size(), step_ms) > 0) return true;
        waited_ms += step_ms;
    }
    return false;
}

void ReaderThread::on_quiet(std::int64_t ts_ns) {
    latest_ns_ = std::max(latest_ns_, ts_ns);
    publish();
}

} // namespace pop3dump
