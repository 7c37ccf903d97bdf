// SPDX-License-Identifier: GPL-2.0-or-later
#include "tls/server_profile.hpp"

#include "tls/command_lengths.hpp"
#include "tls/session_reader.hpp"

#include <algorithm>

namespace pop3ana {
namespace {

// The length of the reply without that of the user's name in the line.
std::int64_t without_name(const ReplyLengths &reply, std::uint32_t line) {
    return std::int64_t{reply.first} - (std::int64_t{line} - kUserWordBytes);
}

// So many proofs of one result show what it looks like: fewer may be alike by chance. More are
// needed where it has many lengths.
constexpr std::uint64_t kKnownResults = 5, kManyResults = 20;

bool contains(const std::vector<ReplyLengths> &shapes, const ReplyLengths &shape) {
    return std::find(shapes.begin(), shapes.end(), shape) != shapes.end();
}

// The first exchange whose command has more than six bytes; the end: none.
std::size_t first_line_of(std::span<const ShadowExchange> exchanges) {
    const auto found = std::find_if(exchanges.begin(), exchanges.end(), [](const auto &exchange) {
        return !exchange.is_alone() || exchange.command != kShortestCommandBytes;
    });
    return static_cast<std::size_t>(found - exchanges.begin());
}

// Whether it can only be USER, without PASS in its record.
bool is_user(const ShadowExchange &exchange) {
    return exchange.is_alone() && can_only_be_user(exchange.command) &&
           !exchange.reply.is_empty() &&
           !(exchange.command >= kUserAndPassBytes && exchange.reply.records == 2);
}

} // namespace

// ---------------------------------------------------------------- learning

void ServerProfile::learn_first_line(std::span<const ShadowExchange> exchanges) {
    const auto next = [&](std::size_t at) {
        return at + std::max<std::size_t>(exchanges[at].sent_together, 1);
    };
    const std::size_t at = first_line_of(exchanges);
    if (at >= exchanges.size()) return;
    const ShadowExchange &first = exchanges[at];
    const ReplyLengths &reply = first.reply;
    const bool are_two_replies = reply.records == 2;
    const std::uint32_t line = first.command;
    if (is_user(first)) {
        first_replies_.add(reply);
        if (reply.is_single()) first_differences_.add(without_name(reply, line));
        const std::size_t second = next(at);
        if (second >= exchanges.size() || !exchanges[second].is_alone() ||
            exchanges[second].command < kShortestLoginLineBytes)
            return;
        const std::size_t third = next(second);
        const bool has_third = third < exchanges.size();
        const std::uint32_t command = !has_third ? 0
                                      : exchanges[third].kind == ShadowExchange::Kind::kMany
                                          ? exchanges[third].second
                                          : exchanges[third].command;
        if (command >= kShortestLoginLineBytes && first_replies_[exchanges[second].reply] != 0)
            refused_users_.add(reply);
    } else if (first.sent_together == 2 &&
               std::min(line, exchanges[at + 1].command) >= kShortestUserBytes) {
        first_replies_.add(reply);
    } else if (first.is_alone() && line >= kUserAndPassBytes && are_two_replies &&
               std::min(reply.first, reply.second) >= kShortestReplyBytes) {
        first_replies_.add(ReplyLengths::of(reply.first));
    }
}

void ServerProfile::learn(std::span<const ShadowExchange> exchanges, const SessionReading &proved) {
    if (!exchanges.empty()) ++sessions_;
    const auto is_short = [](const ShadowExchange &exchange) {
        return exchange.is_alone() && exchange.command == kShortestCommandBytes;
    };
    if (std::any_of(exchanges.begin(), exchanges.end(), is_short)) ++with_short_command_;
    if (proved.stop == SessionReading::Stop::kNoReading) ++unread_;
    const auto &entries = proved.entries;
    const bool has_mail = std::any_of(entries.begin(), entries.end(), [](const auto &entry) {
        return !entry.is_unknown && is_retr(entry.command) && entry.reply.bytes > kLongestLineBytes;
    });
    bool is_logged_in = false;
    for (const Verdict &verdict : proved.verdicts) {
        ReplyLengths reply = entries[verdict.exchange].reply;
        if (reply.records == 2 && accepts_user(ReplyLengths::of(reply.first)))
            reply = ReplyLengths::of(reply.second);
        if (verdict.result == LoginResult::kFailure) {
            failures_.add(reply);
            continue;
        }
        successes_.add(reply);
        is_logged_in = true;
        const auto user = user_length_at(proved, verdict.exchange, *this);
        if (user && reply.is_single()) {
            success_users_.add(*user);
            success_differences_.add(std::int64_t{reply.first} - std::int64_t{*user});
        }
        const auto &last = entries.back();
        if (!last.is_unknown && !last.are_many && last.command == kShortestCommandBytes &&
            !last.reply.is_empty() && entries.size() - 1 > verdict.exchange)
            quits_.add(last.reply.bytes);
    }
    if (is_logged_in && has_mail) ++sessions_with_mail_;
    for (const auto &entry : entries) {
        if (entry.is_unknown || !entry.reply.is_single()) continue;
        for (std::size_t i = 0; i < kServerProducts.size(); ++i) {
            if (entry.reply.first == kServerProducts[i].user) ++seen_[i].users;
            if (kServerProducts[i].is_failure(entry.reply.first)) ++seen_[i].failures;
        }
    }
}

void ServerProfile::forget_proofs() {
    successes_.clear();
    failures_.clear();
    success_users_.clear();
    success_differences_.clear();
    quits_.clear();
    seen_ = {};
    sessions_ = sessions_with_mail_ = with_short_command_ = unread_ = 0;
}

// ---------------------------------------------------------------- conclusions

// A session is POP3 where mail was fetched, commands of six bytes were sent, and most can be read.
bool ServerProfile::is_pop3() const {
    const bool is_read = unread_ * 100 <= 15 * sessions_;
    return is_read &&
           ((is_proved() && with_short_command_ * 10 >= 6 * sessions_) || product_ != nullptr);
}

bool ServerProfile::knows_quit() const {
    const auto *const quit = quits_.most_common();
    return quit != nullptr && quit->second >= 3;
}

bool ServerProfile::fits(std::span<const ShadowExchange> exchanges) const {
    const std::size_t at = first_line_of(exchanges);
    if (at == exchanges.size() || !is_user(exchanges[at])) return true;
    const ReplyLengths &reply = exchanges[at].reply;
    if (may_accept_user(reply, exchanges[at].command) || refuses_user(reply)) return true;
    // USER and PASS may be in one record, and so may their replies.
    const ReplyLengths *const user = only_user_reply();
    const bool may_be_both = exchanges[at].command >= kUserAndPassBytes && user != nullptr &&
                             reply.is_single() && reply.first > user->first;
    return may_be_both && is_known_result(ReplyLengths::of(reply.first - user->first), {});
}

bool ServerProfile::accepts_user(const ReplyLengths &reply) const {
    return contains(user_replies_, reply);
}

bool ServerProfile::refuses_user(const ReplyLengths &reply) const {
    return contains(user_refusals_, reply);
}

bool ServerProfile::may_accept_user(const ReplyLengths &reply, std::uint32_t line) const {
    constexpr std::uint32_t kLongest = 200;
    if (accepts_user(reply)) return true;
    if (!reply.is_single()) return false;
    if (user_difference_) return without_name(reply, line) == *user_difference_;
    return user_replies_.empty() && reply.first <= kLongest;
}

bool ServerProfile::is_success_of(const ReplyLengths &reply,
                                  std::optional<std::uint32_t> user_length) const {
    return success_difference_ && user_length &&
           std::int64_t{reply.first} - std::int64_t{*user_length} == *success_difference_;
}

bool ServerProfile::is_known_result(const ReplyLengths &reply,
                                    std::optional<std::uint32_t> user_length,
                                    std::uint64_t proofs) const {
    if (successes_[reply] + failures_[reply] >= proofs) return true;
    if (!reply.is_single()) return false;
    const std::uint32_t length = reply.first;
    if (product_ != nullptr && (product_->is_failure(length) || product_->is_success(length) ||
                                product_->may_be_success(length)))
        return true;
    if (success_difference_)
        return user_length
                   ? is_success_of(reply, user_length)
                   : success_lengths_.front() <= length && length <= success_lengths_.back();
    return is_success_a_range_ && success_lengths_.front() - 1 <= length &&
           length <= success_lengths_.back() + 1;
}

// Inside of the lengths of success, or so near that one of these may not have been seen yet.
bool ServerProfile::is_near_success(const ReplyLengths &reply) const {
    if (!reply.is_single() || success_lengths_.size() < 3) return false;
    const std::int64_t first = success_lengths_.front(), last = success_lengths_.back();
    const bool varies =
        !success_difference_ && (!has_few_successes_ || successes_.total() < kManyResults);
    const std::int64_t width = last - first;
    const std::int64_t room = !varies ? 0 : success_lengths_.size() >= 5 ? width / 4 : width;
    return first - room <= reply.first && reply.first <= last + room;
}

bool ServerProfile::excludes(const ReplyLengths &reply, std::optional<std::uint32_t> user_length,
                             LoginResult result) const {
    if (!is_pop3()) return false;
    // A failure that is as long as this user's success.
    if (failures_[reply] != 0 && is_success_of(reply, user_length)) return false;
    return result == LoginResult::kSuccess ? excludes_success(reply)
                                           : excludes_failure(reply, user_length);
}

namespace {

// Of proofs for and against; one in a hundred may be of an odd client.
bool are_against(std::uint64_t against, std::uint64_t of) {
    return against >= 2 && (of == 0 || (of * 100 <= against + of && against + of >= 200));
}

} // namespace

bool ServerProfile::excludes_success(const ReplyLengths &reply) const {
    const std::uint64_t successes = successes_[reply], failures = failures_[reply];
    const bool are_known =
        successes_.total() >= (is_success_various_ ? kManyResults : kKnownResults) ||
        (product_ != nullptr && product_->is_failure(reply.first));
    if (are_known && has_few_failures_ && are_against(failures, successes))
        return success_difference_ || !is_near_success(reply) ||
               (has_few_successes_ && failures >= 20);
    return product_ != nullptr && successes + failures == 0 && reply.is_single() &&
           product_->is_failure(reply.first);
}

bool ServerProfile::excludes_failure(const ReplyLengths &reply,
                                     std::optional<std::uint32_t> user_length) const {
    const std::uint64_t successes = successes_[reply], failures = failures_[reply];
    const bool is_single = reply.is_single();
    const std::uint32_t length = reply.first;
    const bool are_known =
        failures_.total() >= kKnownResults || (product_ != nullptr && product_->is_success(length));
    if (are_known && has_few_successes_ && are_against(successes, failures)) return true;
    if (product_ != nullptr && is_single && successes + failures == 0 &&
        product_->is_success(length) && !accepts_user(reply))
        return true;
    if (failures != 0 || !is_single || accepts_user(reply)) return false;
    if (product_ != nullptr && product_->may_be_success(length)) return true;
    if (success_difference_) return is_success_of(reply, user_length);
    return is_success_a_range_ && success_lengths_.front() - 1 <= length &&
           length <= success_lengths_.back() + 1 &&
           std::none_of(
               failure_lengths_.begin(), failure_lengths_.end(),
               [&](std::uint32_t failure) { return length < failure + 2 && failure < length + 2; });
}

} // namespace pop3ana
