// Batches of packets from a thread that reads to the one that analyses, bounded.
// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include "capture/packet_batch.hpp"
#include "system/file_descriptor.hpp"

#include <condition_variable>
#include <cstddef>
#include <deque>
#include <memory>
#include <mutex>
#include <vector>

namespace pop3dump {

class BatchQueue {
public:
    /// It is full from `most_bytes` on. Throws std::system_error when there is no descriptor.
    explicit BatchQueue(std::size_t most_bytes);

    /// Hands a batch over; waits while the queue is full. Returns an empty one for what comes next;
    /// NULL when nobody takes batches any more.
    std::unique_ptr<PacketBatch> push(std::unique_ptr<PacketBatch> batch);

    /// Says that there will be no more.
    void finish();

    /// Takes the next batch. NULL: there is none yet, or, when ended() is true, never again.
    std::unique_ptr<PacketBatch> pop();

    [[nodiscard]] bool ended();

    /// Readable, for poll(2), as long as pop() gives a batch or ended() is true.
    [[nodiscard]] int descriptor() const { return event_.get(); }

    /// Whether who reads will soon have to wait.
    [[nodiscard]] bool is_half_full();

    /// Gives a batch back that was read.
    void recycle(std::unique_ptr<PacketBatch> batch);

    /// Takes no more: push() returns NULL from now on.
    void close();

    /// Whether close() was called.
    [[nodiscard]] bool is_closed();

private:
    void make_readable(bool readable);

    std::mutex mutex_;
    std::condition_variable room_;
    std::deque<std::unique_ptr<PacketBatch>> batches_;
    std::vector<std::unique_ptr<PacketBatch>> empty_;
    FileDescriptor event_; ///< eventfd(2)
    std::size_t most_bytes_;
    std::size_t bytes_ = 0; ///< of batches_
    bool readable_ = false;
    bool finished_ = false;
    bool closed_ = false;
};

} // namespace pop3dump
