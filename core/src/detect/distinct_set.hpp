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

    /// Whether the thing that has this hash is new. One that is not changes nothing, nor its time.
    bool add(std::uint64_t hash, std::int64_t now_ns, std::uint64_t expiry_ns);

    /// How many different ones were added.
    [[nodiscard]] std::uint64_t count(std::int64_t now_ns, std::uint64_t expiry_ns) const {
        return is_over(now_ns, expiry_ns) ? 0 : count_;
    }

    /// After an add() that was new: whether its alert is due: the count exceeds the limit for the
    /// first time, or has doubled since the last alert.
    [[nodiscard]] bool is_alert_due(std::uint64_t limit) const;

    /// Beside this object.
    [[nodiscard]] std::size_t memory_bytes() const {
        return many_ ? kMostMembers * sizeof(Member) : 0;
    }

private:
    /// The low bits of a hash. In a full set 1 of 67 million new things is taken for one that is
    /// there: a count may be short, and is never too high.
    using Member = std::uint32_t;
    /// No memory of its own up to here: most clients repeat one login.
    static constexpr std::size_t kFew = 8;

    [[nodiscard]] bool is_over(std::int64_t now_ns, std::uint64_t expiry_ns) const {
        return static_cast<std::uint64_t>(now_ns - last_ns_) > expiry_ns;
    }
    [[nodiscard]] bool has(Member member) const;
    void insert(Member member);

    // Places that are not in use yet hold what another one holds.
    Member few_[kFew] = {};
    std::unique_ptr<Member[]> many_; ///< kMostMembers, once they were more than few
    std::uint64_t count_ = 0;
    std::int64_t last_ns_ = 0;
};

} // namespace pop3ana
