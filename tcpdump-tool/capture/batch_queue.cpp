// SPDX-License-Identifier: GPL-2.0-or-later
#include "capture/batch_queue.hpp"

#include <cerrno>
#include <sys/eventfd.h>
#include <system_error>
#include <utility>

namespace pop3dump {

BatchQueue::BatchQueue(std::size_t most_bytes)
    : event_(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)), most_bytes_(most_bytes) {
    if (event_.get() < 0) throw std::system_error(errno, std::generic_category(), "eventfd");
}

/// With the mutex.
void BatchQueue::make_readable(bool readable) {
    if (readable == std::exchange(readable_, readable)) return;
    eventfd_t value = 0;
    if (readable) {
        ::eventfd_write(event_.get(), 1);
    } else {
        ::eventfd_read(event_.get(), &value);
    }
}

std::unique_ptr<PacketBatch> BatchQueue::push(std::unique_ptr<PacketBatch> batch) {
    std::unique_lock lock(mutex_);
    room_.wait(lock, [this] { return closed_ || bytes_ < most_bytes_; });
    if (closed_) return nullptr;
    bytes_ += batch->bytes();
    batches_.push_back(std::move(batch));
    make_readable(true);
    if (empty_.empty()) return std::make_unique<PacketBatch>();
    auto next = std::move(empty_.back());
    empty_.pop_back();
    return next;
}

void BatchQueue::finish() {
    const std::lock_guard lock(mutex_);
    finished_ = true;
    make_readable(true);
}

std::unique_ptr<PacketBatch> BatchQueue::pop() {
    const std::lock_guard lock(mutex_);
    if (batches_.empty()) return nullptr;
    auto batch = std::move(batches_.front());
    batches_.pop_front();
    bytes_ -= batch->bytes();
    make_readable(finished_ || !batches_.empty());
    room_.notify_one();
    return batch;
}

bool BatchQueue::ended() {
    const std::lock_guard lock(mutex_);
    return finished_ && batches_.empty();
}

bool BatchQueue::is_half_full() {
    const std::lock_guard lock(mutex_);
    return bytes_ >= most_bytes_ / 2;
}

void BatchQueue::recycle(std::unique_ptr<PacketBatch> batch) {
    constexpr std::size_t kMostEmpty = 8;
    constexpr std::size_t kMostBytes = std::size_t{1024} * 1024; // huge packets are rare
    if (batch->capacity_bytes() > kMostBytes) return;
    batch->clear();
    const std::lock_guard lock(mutex_);
    if (empty_.size() < kMostEmpty) empty_.push_back(std::move(batch));
}

bool BatchQueue::is_closed() {
    const std::lock_guard lock(mutex_);
    return closed_;
}

void BatchQueue::close() {
    const std::lock_guard lock(mutex_);
    closed_ = true;
    room_.notify_one();
}

} // namespace pop3dump
