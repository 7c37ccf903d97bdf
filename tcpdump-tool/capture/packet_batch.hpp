// Packets on their way to another thread, in one piece of memory: [packet | its bytes] ...
// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include "capture/packet_source.hpp"

#include <cstddef>
#include <cstdint>
#include <limits>
#include <memory>

namespace pop3dump {

class PacketBatch {
public:
    /// Copies a packet; of those that the filter has dropped, not the bytes.
    void add(const Packet &packet);

    /// The packet at `offset`, which becomes that of the next one: from 0 to bytes(). Its data is
    /// the batch's.
    [[nodiscard]] Packet next(std::size_t &offset) const;

    [[nodiscard]] std::size_t bytes() const { return used_bytes_; }
    [[nodiscard]] std::size_t capacity_bytes() const { return capacity_bytes_; }

    void clear() { used_bytes_ = 0; }

    /// For live captures: no packet of this time or an earlier one comes in a later batch.
    std::int64_t watermark_ns = std::numeric_limits<std::int64_t>::min();

private:
    std::unique_ptr<char[]> memory_;
    std::size_t capacity_bytes_ = 0;
    std::size_t used_bytes_ = 0;
};

} // namespace pop3dump
