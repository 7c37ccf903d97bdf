// SPDX-License-Identifier: GPL-2.0-or-later
#include "detect/distinct_set.hpp"

#include <algorithm>

namespace pop3ana {
namespace {

// Most sets stay small: three members are what malloc(3) gives at least.
std::size_t larger_than(std::size_t capacity) {
    constexpr std::size_t kSmall = 3, kMedium = 16;
    return capacity == 0 ? kSmall : capacity == kSmall ? kMedium : DistinctSet::kMostMembers;
}

} // namespace

bool DistinctSet::add(std::uint64_t member, std::int64_t now_ns, std::uint64_t expiry_ns) {
    if (is_over(now_ns, expiry_ns)) {
        count_ = 0;
        count_at_alert_ = 0;
        size_ = 0;
        oldest_ = 0;
    }
    const std::uint64_t *const end = members_.get() + size_;
    if (std::find(static_cast<const std::uint64_t *>(members_.get()), end, member) != end)
        return false;
    insert(member);
    ++count_;
    last_ns_ = now_ns;
    return true;
}

void DistinctSet::insert(std::uint64_t member) {
    if (size_ == kMostMembers) {
        members_[oldest_] = member;
        oldest_ = static_cast<std::uint8_t>((oldest_ + 1U) % kMostMembers);
        return;
    }
    if (size_ == capacity_) {
        const std::size_t capacity = larger_than(capacity_);
        auto larger = std::make_unique_for_overwrite<std::uint64_t[]>(capacity);
        std::copy_n(members_.get(), size_, larger.get());
        members_ = std::move(larger);
        capacity_ = static_cast<std::uint8_t>(capacity);
    }
    members_[size_++] = member;
}

bool DistinctSet::takes_alert(std::uint64_t limit) {
    if (count_ <= limit || (count_at_alert_ != 0 && count_ < 2 * count_at_alert_)) return false;
    count_at_alert_ = count_;
    return true;
}

} // namespace pop3ana
