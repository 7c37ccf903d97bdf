// The records of several workers as one stream in the order of their keys.
// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include "worker_thread.hpp"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <vector>

namespace pop3dump {

/// A record comes when every other worker has a later one, or has said that it has no earlier one.
class WorkerMerge {
public:
    /// `threads` is borrowed.
    explicit WorkerMerge(std::vector<std::unique_ptr<WorkerThread>> &threads);

    enum class Result { Record, Nothing, End };

    /// Steps to the next record; waits for it at most this long.
    Result next(std::chrono::milliseconds wait);

    // Of the record that next() has stepped to; what it points to is valid until the next call of
    // that. Connections have numbers that differ from those of other workers.
    [[nodiscard]] EventBatch::Kind kind() const;
    [[nodiscard]] pop3ana_event event() const;
    [[nodiscard]] BatchPacket packet() const;

    /// All records with this key or a lower one have come.
    [[nodiscard]] std::uint64_t complete_to() const { return complete_to_; }

private:
    struct Front {
        WorkerThread *thread;
        std::unique_ptr<EventBatch> batch;
        std::size_t offset = 0;
        std::uint64_t complete_to = 0;
        bool ended = false;
    };

    static bool holds(const Front &front) {
        return front.batch && front.offset < front.batch->bytes();
    }
    static std::uint64_t key_of(const Front &front) {
        return front.batch->record(front.offset).key;
    }
    static bool is_before(const Front &a, const Front &b);
    static void refill(Front &front, std::chrono::milliseconds wait);
    [[nodiscard]] std::uint64_t unique(std::uint64_t connection) const;

    std::vector<Front> fronts_;
    std::size_t current_ = 0; ///< whose record was given last
    bool given_ = false;      ///< and it still stands at the front
    std::uint64_t complete_to_ = 0;
};

} // namespace pop3dump
