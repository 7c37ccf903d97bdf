// What is known of the replies of one server (its address and port), learned from proofs alone:
// what its sessions show without it.
// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include "tls/server_product.hpp"
#include "tls/shadow_exchange.hpp"
#include "tls/tally.hpp"

#include <optional>
#include <span>
#include <vector>

namespace pop3ana {

/// The result of a login.
enum class LoginResult : std::uint8_t { kSuccess, kFailure };

/// A result that all readings of a session agree on.
struct Verdict {
    std::size_t exchange = 0; ///< in the list that was read
    LoginResult result{};

    friend bool operator==(const Verdict &, const Verdict &) = default;
};

/// A session as a list of commands with one reply each, and what is certain of it.
struct SessionReading {
    struct Entry {
        std::uint32_t command = 0;
        ReplyLengths reply;
        bool are_many = false;   ///< commands, none of which is longer
        bool is_unknown = false; ///< nothing is known of it
    };
    /// Why no more is certain.
    enum class Stop : std::uint8_t {
        kNone,
        kPipelined,       ///< commands that cannot be told apart
        kNoReading,       ///< it is no POP3 that is known
        kTooManyReadings, ///< for the limit
        kTwoReadings,     ///< that differ in a result
    };
    std::vector<Entry> entries;
    std::vector<Verdict> verdicts;
    Stop stop = Stop::kNone;
};

class ServerProfile {
public:
    /// A session's first line, where it can only be USER. What is learned counts after settle().
    void learn_first_line(std::span<const ShadowExchange> exchanges);

    /// What a session, read without the profile's tables, has proved.
    void learn(std::span<const ShadowExchange> exchanges, const SessionReading &proved);

    /// Forgets all that learn() has learned.
    void forget_proofs();

    /// Draws the conclusions. `names_product`: it may turn out to be a product.
    void settle(bool names_product);

    // -- Conclusions.

    /// False: the first line of a session has a reply that this server does not give. Another one
    /// may have taken its place, or stand behind the same address.
    [[nodiscard]] bool fits(std::span<const ShadowExchange> exchanges) const;

    /// Whether it speaks POP3, as far as lengths can tell.
    [[nodiscard]] bool is_pop3() const;
    /// Whether enough mail was fetched from it: nobody can make that up without a login.
    [[nodiscard]] bool is_proved() const { return sessions_with_mail_ >= 2; }

    /// Whether the reply may be +OK to USER, in a line of `line` bytes.
    [[nodiscard]] bool may_accept_user(const ReplyLengths &reply, std::uint32_t line) const;
    /// Whether it is one that is known to be.
    [[nodiscard]] bool accepts_user(const ReplyLengths &reply) const;
    /// The only reply there is to USER; none: there are several, or nobody knows.
    [[nodiscard]] const ReplyLengths *only_user_reply() const {
        return user_replies_.size() == 1 ? user_replies_.data() : nullptr;
    }
    [[nodiscard]] bool knows_user_replies() const { return !user_replies_.empty(); }
    [[nodiscard]] bool refuses_user(const ReplyLengths &reply) const;

    /// No result of a login is as long as a reply to USER.
    [[nodiscard]] bool are_results_apart() const { return are_results_apart_; }
    /// Results of logins have the lengths that are known.
    [[nodiscard]] bool are_results_known() const { return are_results_known_; }
    /// Whether results have such a reply: `proofs` of them were seen, or it has the form of those.
    [[nodiscard]] bool is_known_result(const ReplyLengths &reply,
                                       std::optional<std::uint32_t> user_length,
                                       std::uint64_t proofs = 2) const;
    [[nodiscard]] bool has_failed_with(const ReplyLengths &reply) const {
        return failures_[reply] != 0;
    }
    /// Whether the reply is known not to be that result.
    [[nodiscard]] bool excludes(const ReplyLengths &reply, std::optional<std::uint32_t> user_length,
                                LoginResult result) const;

    /// nullptr: none is recognized. `by_quit`: its reply to QUIT must be seen to fit.
    [[nodiscard]] const ServerProduct *product() const { return product_; }
    [[nodiscard]] bool knows_quit() const;

private:
    [[nodiscard]] bool excludes_success(const ReplyLengths &reply) const;
    [[nodiscard]] bool excludes_failure(const ReplyLengths &reply,
                                        std::optional<std::uint32_t> user_length) const;
    [[nodiscard]] bool is_success_of(const ReplyLengths &reply,
                                     std::optional<std::uint32_t> user_length) const;
    [[nodiscard]] bool is_near_success(const ReplyLengths &reply) const;
    [[nodiscard]] bool is_product(const ServerProduct &product, std::size_t index) const;
    void settle_user_replies();
    void settle_results();
    void settle_product();

    // Learned of first lines.
    Tally<ReplyLengths> first_replies_;
    Tally<std::int64_t> first_differences_; ///< length of the reply without that of the name
    Tally<ReplyLengths> refused_users_;

    // Learned of proofs.
    Tally<ReplyLengths> successes_, failures_;
    Tally<std::uint32_t> success_users_;      ///< lengths of their names
    Tally<std::int64_t> success_differences_; ///< length of the reply without that of the name
    Tally<std::uint32_t> quits_;              ///< lengths of replies to QUIT
    struct Seen {
        std::uint64_t users = 0, failures = 0;
    };
    std::array<Seen, kServerProducts.size()> seen_{}; ///< replies of the lengths of a product
    std::uint64_t sessions_ = 0;
    std::uint64_t sessions_with_mail_ = 0; ///< hence logged in
    std::uint64_t with_short_command_ = 0; ///< of the length of STAT and the like
    std::uint64_t unread_ = 0;             ///< without a reading

    // Concluded.
    std::vector<ReplyLengths> user_replies_;
    std::vector<ReplyLengths> user_refusals_;
    std::optional<std::int64_t> user_difference_; ///< the reply to USER has the name
    std::vector<std::uint32_t> success_lengths_;  ///< sorted; of single records, as the next
    std::vector<std::uint32_t> failure_lengths_;
    std::optional<std::int64_t> success_difference_; ///< success has the name
    bool has_few_failures_ = false;                  ///< lengths, as the next
    bool has_few_successes_ = false;
    bool is_success_various_ = false; ///< more lengths are to be expected
    bool is_success_a_range_ = false;
    bool are_results_apart_ = false;
    bool are_results_known_ = false;
    const ServerProduct *product_ = nullptr;
};

} // namespace pop3ana
