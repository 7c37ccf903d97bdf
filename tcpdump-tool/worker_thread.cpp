// SPDX-License-Identifier: GPL-2.0-or-later
#include "worker_thread.hpp"

#include "signals.hpp"

#include <algorithm>
#include <exception>
#include <utility>

namespace pop3dump {
namespace {

// Large enough that the lock of the queue costs nothing.
constexpr std::size_t kBatchBytes = std::size_t{96} * 1024;

// Other workers' records may wait for this worker to say that it has none.
constexpr std::uint32_t kPacketsBetweenBatches = 8192;

// How far the engine may be ahead of the writer. Measured with files: while the system writes the
// log out, 8 MiB let the engine go on where less made it wait. What waits in the kernel for a live
// engine may be dropped there, and the others tell how far they are only every half second.
constexpr std::size_t kFileQueueBytes = std::size_t{8} * 1024 * 1024;
constexpr std::size_t kLiveQueueBytes = std::size_t{32} * 1024 * 1024;

/// Records of a packet, in this order: those of connections that are given up as idle, since it is
/// so late; its own; the packet.
enum Part : std::uint64_t { kIdle, kOwn, kPacket, kParts };

} // namespace

WorkerThread::WorkerThread(const Options &options, const Records &records)
    : records_(records), worker_(options),
      queue_(records.by_time ? kLiveQueueBytes : kFileQueueBytes),
      batch_(std::make_unique<EventBatch>()) {
    worker_.set_sink(*this);
}

WorkerThread::~WorkerThread() {
    queue_.refuse();
    join();
}

void WorkerThread::start() {
    thread_ = std::thread([this] { run(); });
}

void WorkerThread::join() {
    if (thread_.joinable()) thread_.join();
}

void WorkerThread::run() {
    try {
        read_packets();
        publish();
    } catch (const std::exception &failure) {
        failure_ = std::string("a thread has failed: ") + failure.what();
        has_failed_ = true;
    }
    queue_.finish();
}

void WorkerThread::read_packets() {
    while (!refused_ && worker_.step()) {
        if (!records_.by_time) complete_to_ = worker_.number() * kParts + kPacket;
        if (++packets_since_publish_ < kPacketsBetweenBatches && batch_->bytes() < kBatchBytes) {
            continue;
        }
        publish();
    }
}

/// False when nobody takes batches any more.
bool WorkerThread::publish() {
    packets_since_publish_ = 0;
    keep_counters();
    if (batch_->bytes() == 0 && complete_to_ == told_complete_to_) return !refused_;
    batch_->complete_to = told_complete_to_ = complete_to_;
    if (auto next = queue_.push(std::move(batch_))) {
        batch_ = std::move(next);
    } else {
        batch_ = std::make_unique<EventBatch>();
        refused_ = true;
    }
    return !refused_;
}

void WorkerThread::keep_counters() {
    RunCounters counters = worker_.counters();
    const std::lock_guard lock(counters_mutex_);
    std::swap(counters_, counters);
}

RunCounters WorkerThread::counters() const {
    const std::lock_guard lock(counters_mutex_);
    return counters_;
}

std::uint64_t WorkerThread::advance(std::uint64_t key) {
    last_key_ = std::max(last_key_, key);
    return last_key_;
}

void WorkerThread::on_event(const pop3ana_event &event) {
    const std::uint64_t key = records_.by_time
                                  ? static_cast<std::uint64_t>(event.ts_ns)
                                  : event.frame * kParts + (event.idle_since != 0 ? kIdle : kOwn);
    batch_->add(advance(key), event);
}

void WorkerThread::on_packet(const Packet &packet, bool is_pop3, std::uint64_t connection) {
    if (records_.by_time) {
        complete_to_ = advance(static_cast<std::uint64_t>(std::max<std::int64_t>(packet.ts_ns, 0)));
    } else {
        advance(worker_.number() * kParts + kPacket);
    }
    const bool wanted = connection != 0 || (is_pop3 && records_.with_fragments);
    if (records_.with_packets && wanted) {
        batch_->add(last_key_, BatchPacket{packet, connection, is_pop3});
    }
}

bool WorkerThread::wait_readable(std::span<const int> descriptors, int timeout_ms) {
    // Signals come to another thread.
    constexpr int kStopLookMs = 100;
    waiting_.clear();
    for (const int descriptor : descriptors)
        waiting_.push_back({descriptor, POLLIN, 0});
    if (::poll(waiting_.data(), waiting_.size(), 0) > 0) return true;
    int waited_ms = 0;
    while (publish() && !stop_requested() && !worker_.have_enough()) {
        if (timeout_ms != kForever && waited_ms >= timeout_ms) return true;
        const int step_ms =
            timeout_ms == kForever ? kStopLookMs : std::min(kStopLookMs, timeout_ms - waited_ms);
        if (::poll(waiting_.data(), waiting_.size(), step_ms) > 0) return true;
        waited_ms += step_ms;
    }
    return false;
}

void WorkerThread::on_quiet(std::int64_t ts_ns) {
    worker_.tick(ts_ns);
    complete_to_ = advance(static_cast<std::uint64_t>(std::max<std::int64_t>(ts_ns, 0)));
    publish();
}

} // namespace pop3dump
