// Batches from the thread of one engine to the thread that writes, bounded.
// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include "event_batch.hpp"

#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <deque>
#include <memory>
#include <mutex>
#include <vector>

namespace pop3dump {

class BatchQueue {
public:
    /// It is full from `most_bytes` on.
    explicit BatchQueue(std::size_t most_bytes) : most_bytes_(most_bytes) {}

    /// Hands a batch over; waits while the queue is full. Returns an empty one for what comes next;
    /// NULL when nobody takes batches any more.
    std::unique_ptr<EventBatch> push(std::unique_ptr<EventBatch> batch);

    /// Says that there will be no more.
    void finish();

    /// Takes the next batch; waits for it at most this long. NULL: there is none yet, or, when
    /// ended() is true, never again.
    std::unique_ptr<EventBatch> pop(std::chrono::milliseconds wait);

    [[nodiscard]] bool ended();

    /// Gives a batch back that was read.
    void recycle(std::unique_ptr<EventBatch> batch);

    /// Takes no more: push() returns NULL from now on.
    void refuse();

private:
    std::mutex mutex_;
    std::condition_variable changed_;
    std::deque<std::unique_ptr<EventBatch>> batches_;
    std::vector<std::unique_ptr<EventBatch>> empty_;
    std::size_t most_bytes_;
    std::size_t bytes_ = 0; ///< of batches_
    bool finished_ = false;
    bool refused_ = false;
};

} // namespace pop3dump
