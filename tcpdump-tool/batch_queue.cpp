// SPDX-License-Identifier: GPL-2.0-or-later
#include "batch_queue.hpp"

#include <utility>

namespace pop3dump {

std::unique_ptr<EventBatch> BatchQueue::push(std::unique_ptr<EventBatch> batch) {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [this] { return refused_ || bytes_ < most_bytes_; });
    if (refused_) return nullptr;
    bytes_ += batch->bytes();
    batches_.push_back(std::move(batch));
    changed_.notify_all();
    if (empty_.empty()) return std::make_unique<EventBatch>();
    auto next = std::move(empty_.back());
    empty_.pop_back();
    return next;
}

void BatchQueue::finish() {
    const std::lock_guard lock(mutex_);
    finished_ = true;
    changed_.notify_all();
}

std::unique_ptr<EventBatch> BatchQueue::pop(std::chrono::milliseconds wait) {
    std::unique_lock lock(mutex_);
    changed_.wait_for(lock, wait, [this] { return finished_ || !batches_.empty(); });
    if (batches_.empty()) return nullptr;
    auto batch = std::move(batches_.front());
    batches_.pop_front();
    bytes_ -= batch->bytes();
    changed_.notify_all();
    return batch;
}

bool BatchQueue::ended() {
    const std::lock_guard lock(mutex_);
    return finished_ && batches_.empty();
}

void BatchQueue::recycle(std::unique_ptr<EventBatch> batch) {
    constexpr std::size_t kMostEmpty = 8;
    batch->clear();
    const std::lock_guard lock(mutex_);
    if (empty_.size() < kMostEmpty) empty_.push_back(std::move(batch));
}

void BatchQueue::refuse() {
    const std::lock_guard lock(mutex_);
    refused_ = true;
    changed_.notify_all();
}

} // namespace pop3dump
