// What was different among the things added of late (docs/semantics.md section 8).
// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>

namespace pop3ana {

/// Keyed hashes of things, and how many there were. It forgets itself when nothing was added to it
/// for the expiry; all times are those of PacketClock, which never goes back.
class DistinctSet {
public:
    /// So many are remembered; a further one takes the place of the oldest, and counts.
    static constexpr std::size_t kMostMembers = 64;

    /// Whether `member` is new. One that is not changes nothing, nor its time.
    bool add(std::uint64_t member, std::int64_t now_ns, std::uint64_t expiry_ns);

    /// How many different ones were added.
    [[nodiscard]] std::uint64_t count(std::int64_t now_ns, std::uint64_t expiry_ns) const {
        return is_over(now_ns, expiry_ns) ? 0 : count_;
    }

    /// After an add() that was new: whether its alert is due: the count exceeds the limit for the
    /// first time, or has doubled since the last alert.
    bool takes_alert(std::uint64_t limit);

    [[nodiscard]] std::size_t memory_bytes() const { return capacity_ * sizeof(std::uint64_t); }

private:
    [[nodiscard]] bool is_over(std::int64_t now_ns, std::uint64_t expiry_ns) const {
        return static_cast<std::uint64_t>(now_ns - last_ns_) > expiry_ns;
    }
    void insert(std::uint64_t member);

    std::unique_ptr<std::uint64_t[]> members_;
    std::uint64_t count_ = 0;
    std::uint64_t count_at_alert_ = 0; ///< 0: there was none
    std::int64_t last_ns_ = 0;
    std::uint8_t size_ = 0;
    std::uint8_t capacity_ = 0;
    std::uint8_t oldest_ = 0; ///< its index, once all are in use
};

} // namespace pop3ana
