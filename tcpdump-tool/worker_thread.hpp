// A worker in a thread of its own, whose events and packets go into a queue.
// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include "batch_queue.hpp"
#include "worker.hpp"

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <mutex>
#include <poll.h>
#include <span>
#include <string>
#include <thread>
#include <vector>

namespace pop3dump {

class WorkerThread final : public InputWatcher, private PacketSink {
public:
    /// What the keys of its records count, and whether packets are among them.
    struct Records {
        bool by_time = false; ///< packet time in ns; else the packet's number
        bool with_packets = false;
        bool with_fragments = false; ///< that complete no datagram: of no connection yet
    };

    WorkerThread(const Options &options, const Records &records);
    ~WorkerThread() override;
    WorkerThread(const WorkerThread &) = delete;
    WorkerThread &operator=(const WorkerThread &) = delete;

    /// The worker, to be prepared before start() and asked after join().
    [[nodiscard]] Worker &worker() { return worker_; }
    [[nodiscard]] const Worker &worker() const { return worker_; }

    /// What the worker has read and found, of late; after join() of the whole run.
    [[nodiscard]] RunCounters counters() const;

    void start();
    /// Waits for the end: of the packets, after a request to stop, or because the queue refuses.
    void join();

    [[nodiscard]] BatchQueue &queue() { return queue_; }

    /// Whether an exception has ended the thread.
    [[nodiscard]] bool has_failed() const { return has_failed_; }
    /// Which one, as one line; empty: none. After join().
    [[nodiscard]] const std::string &failure() const { return failure_; }

    // For the source, in the thread.
    bool wait_readable(std::span<const int> descriptors, int timeout_ms) override;
    void on_quiet(std::int64_t ts_ns) override;

private:
    void on_event(const pop3ana_event &event) override;
    void on_packet(const Packet &packet, bool is_pop3, std::uint64_t connection) override;

    void run();
    void read_packets();
    bool publish();
    std::uint64_t advance(std::uint64_t key);

    void keep_counters();

    Records records_;
    Worker worker_;
    mutable std::mutex counters_mutex_;
    RunCounters counters_; ///< a copy for other threads
    BatchQueue queue_;
    std::unique_ptr<EventBatch> batch_;
    std::uint64_t last_key_ = 0;         ///< of any record
    std::uint64_t complete_to_ = 0;      ///< see EventBatch
    std::uint64_t told_complete_to_ = 0; ///< the reader knows
    std::uint32_t packets_since_publish_ = 0;
    bool refused_ = false; ///< nobody takes batches any more
    std::vector<pollfd> waiting_;
    std::string failure_;
    std::atomic<bool> has_failed_ = false;
    std::thread thread_;
};

} // namespace pop3dump
