// SPDX-License-Identifier: GPL-2.0-or-later
#include "worker_merge.hpp"

#include <algorithm>
#include <limits>
#include <utility>

namespace pop3dump {

WorkerMerge::WorkerMerge(std::vector<std::unique_ptr<WorkerThread>> &threads) {
    for (const auto &thread : threads)
        fronts_.push_back({thread.get(), nullptr});
}

/// Takes the next batch of a worker that has no record left.
void WorkerMerge::refill(Front &front, std::chrono::milliseconds wait) {
    BatchQueue &queue = front.thread->queue();
    if (front.batch) {
        front.complete_to = front.batch->complete_to;
        queue.recycle(std::exchange(front.batch, nullptr));
    }
    front.batch = queue.pop(wait);
    front.offset = 0;
    if (!front.batch) front.ended = queue.ended();
    // Batches without a record tell the same.
    if (front.batch && front.batch->bytes() == 0) refill(front, std::chrono::milliseconds(0));
}

/// Those that are given up because of the same packet come in the order of their last ones.
bool WorkerMerge::is_before(const Front &a, const Front &b) {
    if (key_of(a) != key_of(b)) return key_of(a) < key_of(b);
    return a.batch->idle_since(a.offset) < b.batch->idle_since(b.offset);
}

WorkerMerge::Result WorkerMerge::next(std::chrono::milliseconds wait) {
    if (std::exchange(given_, false)) {
        Front &front = fronts_[current_];
        front.offset += front.batch->record(front.offset).bytes;
    }
    // Whoever has no record says how far it is; the one that is behind is waited for.
    for (bool waited = false;;) {
        Front *earliest = nullptr;
        Front *behind = nullptr;
        for (Front &front : fronts_) {
            if (!holds(front) && !front.ended) refill(front, std::chrono::milliseconds(0));
            if (holds(front)) {
                if (earliest == nullptr || is_before(front, *earliest)) earliest = &front;
            } else if (!front.ended &&
                       (behind == nullptr || front.complete_to < behind->complete_to)) {
                behind = &front;
            }
        }
        complete_to_ = behind != nullptr     ? behind->complete_to
                       : earliest != nullptr ? key_of(*earliest) - 1
                                             : std::numeric_limits<std::uint64_t>::max();
        if (earliest != nullptr &&
            (behind == nullptr || key_of(*earliest) <= behind->complete_to)) {
            current_ = static_cast<std::size_t>(earliest - fronts_.data());
            given_ = true;
            return Result::Record;
        }
        if (behind == nullptr) return Result::End;
        if (waited) return Result::Nothing;
        refill(*behind, wait);
        waited = true;
    }
}

EventBatch::Kind WorkerMerge::kind() const {
    const Front &front = fronts_[current_];
    return front.batch->record(front.offset).kind;
}

/// Engines number their connections each for itself.
std::uint64_t WorkerMerge::unique(std::uint64_t connection) const {
    return connection == 0 ? 0 : (connection - 1) * fronts_.size() + current_ + 1;
}

pop3ana_event WorkerMerge::event() const {
    const Front &front = fronts_[current_];
    pop3ana_event event = front.batch->event(front.offset);
    event.connection = unique(event.connection);
    return event;
}

BatchPacket WorkerMerge::packet() const {
    const Front &front = fronts_[current_];
    BatchPacket packet = front.batch->packet(front.offset);
    packet.connection = unique(packet.connection);
    return packet;
}

} // namespace pop3dump
