// SPDX-License-Identifier: GPL-2.0-or-later
#include "tls/shadow_exchanges.hpp"

#include "base/limits.hpp"

#include <algorithm>

namespace pop3ana {
namespace {

constexpr std::uint32_t kAlertBytes = 2;         // RFC 8446 s.6
constexpr std::uint32_t kKeyUpdateBytes = 5;     // RFC 8446 s.4.6.3, with its header
constexpr std::uint32_t kShortestLineBytes = 6;  // "STAT" with its line end
constexpr std::uint32_t kShortestPieceBytes = 5; // a last one
constexpr std::uint32_t kShortCommandBytes = 16, kLongestPipelinedBytes = 12;

} // namespace

bool ShadowExchanges::add(Side from, std::uint32_t length, bool is_tls13) {
    if (is_odd_ || is_finished_) return false;
    if (!is_tls13) return take(from, length, is_tls13);
    // No line of a client is that long.
    if (from == Side::kClient && length == kKeyUpdateBytes) {
        is_odd_ = true;
        return false;
    }
    // An alert is the last thing that a side sends.
    if (length == kAlertBytes) {
        if (alerts_[from]++ == 0) is_overtaken_[from] = false;
        return false;
    }
    bool is_complete = false;
    if (alerts_[from] != 0) {
        is_odd_ = is_overtaken_[from] || alerts_[from] > kShadowRecords;
        for (; alerts_[from] != 0 && !is_odd_; --alerts_[from])
            is_complete |= take(from, kAlertBytes, is_tls13);
        if (is_odd_) return false;
    }
    is_overtaken_[other(from)] = true;
    return take(from, length, is_tls13) || is_complete;
}

bool ShadowExchanges::take(Side from, std::uint32_t length, bool is_tls13) {
    if (from == Side::kServer) {
        if (!commands_.empty())
            take_reply(length, is_tls13);
        else if (lead_.size() < kShadowRecords)
            lead_.push_back(length);
        return false;
    }
    bool is_complete = false;
    if (commands_.empty()) {
        if (greets_ && exchanges_.empty()) read_greeting();
    } else if (!reply_.is_empty()) {
        complete();
        is_complete = true;
    }
    command_bytes_ += length;
    // One too many shows that there were more.
    if (commands_.size() <= kShadowRecords) commands_.push_back(length);
    return is_complete;
}

// Two or more of the same length are tickets.
bool ShadowExchanges::is_ticket(std::uint32_t length) const {
    return length > kTicketBytes && std::count(lead_.begin(), lead_.end(), length) > 1;
}

void ShadowExchanges::read_greeting() {
    constexpr std::uint32_t kLongest = 160; // a ticket alone is longer, as a rule
    is_odd_ = lead_.size() < kShadowRecords &&
              std::all_of(lead_.begin(), lead_.end(),
                          [&](std::uint32_t length) { return is_ticket(length); });
    for (const std::uint32_t length : lead_)
        if (length <= kLongest && !is_ticket(length)) greeting_bytes_ += length;
}

void ShadowExchanges::take_reply(std::uint32_t length, bool is_tls13) {
    // Behind STLS the client speaks first: tickets stand before the reply.
    const bool has_tickets = is_tls13 && !greets_ && exchanges_.empty() && reply_.records == 2 &&
                             reply_.first == reply_.second && reply_.first > kTicketBytes;
    if (has_tickets) {
        reply_ = {};
        replies_.clear();
    }
    if (!is_joined_ && reply_.records == 1 && reply_.first < kShortestReplyBytes) {
        is_joined_ = true;
        reply_ = ReplyLengths::of(reply_.first + length);
        if (!replies_.empty()) replies_.back() += length;
        return;
    }
    reply_.add(length);
    if (replies_.size() <= commands_.size() && commands_.size() > 1) replies_.push_back(length);
}

void ShadowExchanges::finish(bool is_whole) {
    // What has no reply may be a line that is not whole.
    if (is_whole && !reply_.is_empty() && !is_odd_) complete();
    is_finished_ = true;
    commands_ = {};
    replies_ = {};
    lead_ = {};
}

void ShadowExchanges::complete() {
    const std::size_t count = commands_.size();
    const bool is_in_pieces =
        count > 1 && (commands_.back() < kShortestPieceBytes ||
                      std::any_of(commands_.begin(), commands_.end() - 1, [](std::uint32_t length) {
                          return length < kShortestLineBytes;
                      }));
    const std::uint32_t longest = *std::max_element(commands_.begin(), commands_.end());
    ShadowExchange exchange;
    exchange.reply = reply_;
    exchange.command = longest;
    exchange.second = commands_.front();
    if (count == 1 || is_in_pieces) {
        exchange.command = static_cast<std::uint32_t>(
            std::min<std::uint64_t>(command_bytes_, std::uint32_t{1} << 31));
        append(exchange);
    } else if (count == replies_.size() && count <= kShadowRecords) {
        for (std::size_t i = 0; i < count; ++i)
            append({commands_[i], 0, ReplyLengths::of(replies_[i]), ShadowExchange::Kind::kOne,
                    static_cast<std::uint16_t>(i == 0 ? count : 0)});
    } else if (count == 2 && reply_.is_single()) {
        exchange.kind = ShadowExchange::Kind::kTwo;
        exchange.command = commands_[0];
        exchange.second = commands_[1];
        append(exchange);
    } else {
        const bool are_short = longest <= kLongestPipelinedBytes && longest <= kShortCommandBytes &&
                               count <= kShadowRecords;
        exchange.kind = are_short ? ShadowExchange::Kind::kMany : ShadowExchange::Kind::kUnknown;
        append(exchange);
    }
    commands_.clear();
    replies_.clear();
    command_bytes_ = 0;
    reply_ = {};
    is_joined_ = false;
}

void ShadowExchanges::append(const ShadowExchange &exchange) {
    if (exchanges_.size() < kShadowExchanges)
        exchanges_.push_back(exchange);
    else
        is_cut_ = true;
}

} // namespace pop3ana
