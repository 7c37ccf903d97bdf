// SPDX-License-Identifier: GPL-2.0-or-later
#include "detect/distinct_set.hpp"

#include <algorithm>
#include <bit>

namespace pop3ana {
namespace {

// Looks at all of them: a fixed number takes few instructions, a search that ends early many.
template <std::size_t kSize> bool contains(const std::uint32_t *members, std::uint32_t member) {
    std::uint32_t found = 0;
    for (std::size_t i = 0; i < kSize; ++i)
        found |= members[i] == member ? ~0U : 0U;
    return found != 0;
}

} // namespace

bool DistinctSet::add(std::uint64_t hash, std::int64_t now_ns, std::uint64_t expiry_ns) {
    if (is_over(now_ns, expiry_ns)) count_ = 0;
    const auto member = static_cast<Member>(hash);
    if (has(member)) return false;
    insert(member);
    ++count_;
    last_ns_ = now_ns;
    return true;
}

bool DistinctSet::has(Member member) const {
    if (count_ == 0) return false;
    return many_ ? contains<kMostMembers>(many_.get(), member) : contains<kFew>(few_, member);
}

void DistinctSet::insert(Member member) {
    if (count_ >= kFew && !many_) {
        many_ = std::make_unique_for_overwrite<Member[]>(kMostMembers);
        std::fill_n(std::copy_n(few_, kFew, many_.get()), kMostMembers - kFew, member);
    }
    Member *const members = many_ ? many_.get() : few_;
    if (count_ == 0) std::fill_n(members, many_ ? kMostMembers : kFew, member);
    members[count_ % kMostMembers] = member;
}

// The count grows by one at a time: alerts come at limit + 1, and at each of its doubles.
bool DistinctSet::is_alert_due(std::uint64_t limit) const {
    return count_ > limit && count_ % (limit + 1) == 0 && std::has_single_bit(count_ / (limit + 1));
}

} // namespace pop3ana
