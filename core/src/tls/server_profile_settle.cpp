// The conclusions of ServerProfile.
// SPDX-License-Identifier: GPL-2.0-or-later
#include "tls/server_profile.hpp"

#include <algorithm>
#include <numeric>

namespace pop3ana {
namespace {

using Shapes = Tally<ReplyLengths>;

// Fewer may be alike by chance.
constexpr std::uint64_t kKnownReplies = 5;

// What a reply is when it holds +OK to USER as well.
ReplyLengths without_user_reply(const ReplyLengths &reply, const ReplyLengths &user_reply) {
    if (!reply.is_single() || !user_reply.is_single() || reply.first <= user_reply.first) return {};
    return ReplyLengths::of(reply.first - user_reply.first);
}

// Those that were proved twice.
bool is_sure(const Shapes::Entry &entry) {
    return entry.second >= 2;
}

} // namespace

void ServerProfile::settle(bool names_product) {
    settle_user_replies();
    settle_results();
    product_ = nullptr;
    if (names_product) settle_product();
}

void ServerProfile::settle_user_replies() {
    const std::uint64_t total = first_replies_.total();
    std::uint64_t known = 0;
    user_replies_.clear();
    for (const auto &[reply, count] : first_replies_.entries()) {
        if (count < 2 || count * 20 < total) continue;
        user_replies_.push_back(reply);
        known += count;
    }
    const bool varies = total < kKnownReplies || known * 10 < total * 8 || user_replies_.size() > 3;
    if (varies) user_replies_.clear();
    // It may have the name, and does where names of several lengths show it.
    user_difference_.reset();
    const auto *const difference = first_differences_.most_common();
    if (difference != nullptr && difference->second >= 4 && difference->second * 10 >= total * 8)
        user_difference_ = difference->first;
    if (user_difference_ && user_replies_.size() > 1) user_replies_.clear();
    user_refusals_.clear();
    if (user_replies_.empty()) return;
    for (const auto &entry : refused_users_.entries()) {
        const auto holds_success = [&](const ReplyLengths &user_reply) {
            const ReplyLengths rest = without_user_reply(entry.first, user_reply);
            return !rest.is_empty() && successes_[rest] != 0;
        };
        if (is_sure(entry) && !accepts_user(entry.first) &&
            std::none_of(user_replies_.begin(), user_replies_.end(), holds_success))
            user_refusals_.push_back(entry.first);
    }
}

void ServerProfile::settle_results() {
    // Of results alone: without those whose record holds +OK to USER as well.
    struct Alone {
        std::vector<std::uint32_t> lengths;
        bool are_few = false;
    };
    const auto alone = [&](const Shapes &shapes) {
        Alone result;
        std::uint64_t total = shapes.total();
        std::array<std::uint64_t, 3> most{};
        for (const Shapes::Entry &entry : shapes.entries()) {
            const ReplyLengths &shape = entry.first;
            const std::uint64_t count = entry.second;
            const bool holds_both = std::any_of(
                user_replies_.begin(), user_replies_.end(), [&](const ReplyLengths &user_reply) {
                    const ReplyLengths rest = without_user_reply(shape, user_reply);
                    return !rest.is_empty() && shapes[rest] != 0;
                });
            if (holds_both) {
                total -= count;
                continue;
            }
            if (shape.is_single()) result.lengths.push_back(shape.first);
            const auto least = std::min_element(most.begin(), most.end());
            *least = std::max(*least, count);
        }
        const std::uint64_t sum = std::accumulate(most.begin(), most.end(), std::uint64_t{0});
        result.are_few = shapes.total() != 0 && !shapes.is_full() && sum * 10 >= total * 9;
        std::sort(result.lengths.begin(), result.lengths.end());
        return result;
    };
    const Alone successes = alone(successes_), failures = alone(failures_);
    success_lengths_ = successes.lengths;
    failure_lengths_ = failures.lengths;
    has_few_successes_ = successes.are_few;
    has_few_failures_ = failures.are_few;
    const auto once = std::count_if(successes_.entries().begin(), successes_.entries().end(),
                                    [](const auto &entry) { return entry.second == 1; });
    is_success_various_ = static_cast<std::uint64_t>(once) * 10 > successes_.total();

    const auto *const difference = success_differences_.most_common();
    success_difference_.reset();
    if (success_users_.entries().size() >= 3 && success_lengths_.size() >= 3 &&
        difference != nullptr && difference->second * 20 >= success_differences_.total() * 19)
        success_difference_ = difference->first;

    constexpr std::uint32_t kRangeBytes = 12;
    is_success_a_range_ =
        has_few_failures_ && !success_difference_ && !has_few_successes_ &&
        success_lengths_.size() >= 3 && !successes_.is_full() &&
        success_lengths_.back() - success_lengths_.front() <= kRangeBytes &&
        std::none_of(failure_lengths_.begin(), failure_lengths_.end(), [&](std::uint32_t length) {
            return success_lengths_.front() <= length && length <= success_lengths_.back();
        });
    are_results_apart_ =
        successes_.total() >= 5 && failures_.total() >= 2 && !user_replies_.empty() &&
        std::none_of(user_replies_.begin(), user_replies_.end(), [&](const ReplyLengths &reply) {
            return successes_[reply] != 0 || failures_[reply] != 0;
        });
    are_results_known_ = successes_.total() + failures_.total() >= 20 && has_few_failures_ &&
                         (has_few_successes_ || success_difference_ || is_success_a_range_);
}

void ServerProfile::settle_product() {
    const ServerProduct *found = nullptr;
    for (std::size_t i = 0; i < kServerProducts.size(); ++i) {
        if (!is_product(kServerProducts[i], i)) continue;
        if (found != nullptr) return; // It might be either.
        found = &kServerProducts[i];
    }
    product_ = found;
    if (found == nullptr || failures_.total() < 5) return;
    are_results_apart_ = !found->is_failure(found->user) && !found->is_success(found->user);
    are_results_known_ = are_results_known_ || has_few_failures_;
}

bool ServerProfile::is_product(const ServerProduct &product, std::size_t index) const {
    const auto is_failure = [&](const ReplyLengths &reply) {
        return reply.is_single() && product.is_failure(reply.first);
    };
    const auto is_success = [&](const ReplyLengths &reply) {
        return reply.is_single() && product.is_success(reply.first);
    };
    // Whether eight of ten have a length of the product.
    const auto are_most = [](const Shapes &shapes, auto fits) {
        std::uint64_t fitting = 0;
        for (const auto &[shape, count] : shapes.entries())
            if (fits(shape)) fitting += count;
        return fitting * 10 >= shapes.total() * 8;
    };
    const auto &successes = successes_.entries(), &failures = failures_.entries();
    const auto sure_successes = std::count_if(successes.begin(), successes.end(), is_sure);
    if (only_user_reply() == nullptr || *only_user_reply() != ReplyLengths::of(product.user))
        return false;
    if (!are_most(failures_, is_failure)) return false;
    if (product.success != 0 && !are_most(successes_, is_success)) return false;
    const auto *const quit = quits_.most_common();
    if (quit != nullptr && quit->second >= 3 && quit->first != product.quit) return false;
    const auto has_sure = [](const auto &entries, auto fits) {
        return std::any_of(entries.begin(), entries.end(),
                           [&](const auto &entry) { return is_sure(entry) && fits(entry.first); });
    };
    const bool succeeds =
        has_sure(successes, is_success) || (product.successes[1] != 0 && sure_successes >= 2);
    if (has_sure(failures, is_failure) && succeeds) return true;
    const Seen &seen = seen_[index];
    return seen.failures >= 10 &&
           (failures_.total() != 0 || successes_.total() != 0 || seen.users >= 10);
}

} // namespace pop3ana
