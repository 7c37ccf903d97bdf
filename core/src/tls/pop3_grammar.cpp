// SPDX-License-Identifier: GPL-2.0-or-later
#include "tls/pop3_grammar.hpp"

#include "tls/command_lengths.hpp"

#include <algorithm>
#include <array>

namespace pop3ana {
namespace {

using State = DialogState;
using Length = std::optional<std::uint32_t>;

// "+ " with its line end, which some servers send without the blank; the prompts of AUTH LOGIN,
// which are base64 mostly: "+ VXNlcm5hbWU6".
constexpr std::uint32_t kEmptyPrompts[] = {3, 4};
constexpr std::uint32_t kLoginPromptBytes = 16;

constexpr bool is_empty_prompt(std::uint32_t bytes) {
    return bytes == kEmptyPrompts[0] || bytes == kEmptyPrompts[1];
}
constexpr bool may_be_login_prompt(std::uint32_t bytes) {
    return bytes >= 10 && bytes <= 40;
}

/// One exchange in one state.
class Step {
public:
    Step(State from, Length user_length, const SessionReading::Entry &entry,
         const ServerProfile &profile, bool uses_results, std::vector<DialogStep> &steps)
        : from_(from), user_length_(user_length), line_(entry.command), reply_(entry.reply),
          bytes_(reply_.bytes), profile_(profile), uses_results_(uses_results), steps_(steps) {}

    void find() {
        switch (from_) {
        case State::kLoggedIn:
            if (line_ <= 12 || (line_ <= 16 && bytes_ > 30) || bytes_ > kLongestLineBytes)
                go(State::kLoggedIn);
            break;
        case State::kStart:
        case State::kPassAgain: before_login(); break;
        case State::kUser:
            if (line_ == kShortestCommandBytes)
                go(State::kStart);
            else if (line_ >= kShortestLoginLineBytes)
                result(reply_, user_length_, State::kPassAgain);
            break;
        default: sasl(); break;
        }
    }

private:
    void go(State to, Length user_length = {}) { steps_.push_back({to, {}, user_length}); }

    [[nodiscard]] bool is_known(const ReplyLengths &reply, Length user_length) const {
        return uses_results_ && profile_.are_results_known() &&
               profile_.is_known_result(reply, user_length);
    }

    // The reply may be the result of a login. A rare reading must not have a rare reply, too.
    void result(const ReplyLengths &reply, Length user_length, State again = State::kStart,
                bool is_rare = false) {
        if (reply.is_empty()) {
            go(State::kEnd);
            return;
        }
        const bool is_line = bytes_ > 0 && bytes_ <= kLongestLineBytes;
        const bool has_tickets = reply.first == reply.second && reply.first > kTicketBytes;
        if (!is_line || (profile_.are_results_apart() && profile_.accepts_user(reply)) ||
            (!reply.is_single() && !has_tickets))
            return;
        if (is_rare && uses_results_ && profile_.are_results_known() &&
            !profile_.is_known_result(reply, user_length))
            return;
        const auto add = [&](LoginResult result, State to) {
            if (!uses_results_ || !profile_.excludes(reply, user_length, result))
                steps_.push_back({to, result, user_length});
        };
        add(LoginResult::kSuccess, State::kLoggedIn);
        add(LoginResult::kFailure, again);
    }

    // False: nothing else is possible.
    bool user_and_pass() {
        if (line_ < kUserAndPassBytes) return true;
        const bool are_two = reply_.records == 2 &&
                             std::min(reply_.first, reply_.second) >= kShortestReplyBytes &&
                             profile_.accepts_user(ReplyLengths::of(reply_.first));
        if (are_two) {
            result(ReplyLengths::of(reply_.second), {});
            return false;
        }
        const ReplyLengths *const user = profile_.only_user_reply();
        if (!reply_.is_single() || user == nullptr || reply_ == *user ||
            reply_.first <= user->first)
            return true;
        const ReplyLengths rest = ReplyLengths::of(reply_.first - user->first);
        if (is_known(rest, {})) result(rest, {});
        return true;
    }

    void before_login() {
        if (line_ == kShortestCommandBytes) {
            if (bytes_ <= kLongestLineBytes) go(from_);
            return;
        }
        if (reply_.is_empty()) {
            go(State::kEnd);
            return;
        }
        if (!user_and_pass()) return;
        const bool accepts_user = profile_.accepts_user(reply_);
        if (line_ >= kShortestUserBytes && profile_.may_accept_user(reply_, line_))
            go(State::kUser, line_ - kUserWordBytes);
        if (line_ >= kShortestUserBytes && profile_.refuses_user(reply_) &&
            bytes_ <= kLongestLineBytes)
            steps_.push_back({State::kStart, LoginResult::kFailure, line_ - kUserWordBytes});
        // Refused, or not known to the server.
        const bool may_be_auth =
            line_ == kAuthPlainBytes && (is_empty_prompt(bytes_) || bytes_ == kLoginPromptBytes);
        if (line_ >= 5 && line_ <= kAuthPlainBytes && bytes_ <= 200 && !accepts_user &&
            !may_be_auth)
            go(from_);
        auth(accepts_user);
        if (line_ > kApopBytes) result(reply_, line_ - kApopBytes);
        if (from_ == State::kPassAgain && line_ >= kShortestLoginLineBytes)
            result(reply_, user_length_, State::kPassAgain, /*is_rare=*/true);
    }

    // AUTH with a mechanism, and with an initial response.
    void auth(bool accepts_user) {
        const bool is_single = reply_.is_single();
        if (line_ == kAuthPlainBytes && is_single && is_empty_prompt(bytes_)) go(State::kSaslPlain);
        const bool is_prompt = bytes_ == kLoginPromptBytes || bytes_ == 20 ||
                               (may_be_login_prompt(bytes_) && !uses_results_);
        if (line_ == kAuthPlainBytes && is_single && is_prompt &&
            (!accepts_user || bytes_ == kLoginPromptBytes))
            go(State::kSaslLogin);
        const bool is_refusal = bytes_ <= 100 && !accepts_user && !is_empty_prompt(bytes_) &&
                                bytes_ != kLoginPromptBytes && bytes_ != 20;
        if ((line_ == kAuthPlainBytes || line_ == kAuthCramMd5Bytes) && is_refusal)
            go(State::kStart);
        if (line_ == kAuthCramMd5Bytes && is_single && bytes_ >= 30 && bytes_ <= 140)
            go(State::kSaslChallenge);
        // AUTH with NTLM, GSSAPI, XOAUTH2, DIGEST-MD5, SCRAM-SHA-1 and the like.
        constexpr std::array kOthers{11U, 13U, 14U, 16U, 17U, 18U, 20U};
        const bool is_other = std::find(kOthers.begin(), kOthers.end(), line_) != kOthers.end();
        if (is_other && is_challenge() && !accepts_user) go(State::kSaslOther);
        if (line_ < 17 || line_ % 4 != 1) return;
        if (line_ >= 21) result(reply_, {});
        if (reply_ == ReplyLengths::of(kLoginPromptBytes)) go(State::kSaslPassword);
    }

    [[nodiscard]] bool is_challenge() const {
        return reply_.is_single() && bytes_ >= 3 && bytes_ <= kLongestLineBytes &&
               !is_known(reply_, {});
    }

    void sasl() {
        if (line_ == kSaslCancelBytes) {
            go(State::kStart);
            return;
        }
        if (!is_base64_line(line_)) return;
        if (reply_.is_empty()) {
            go(State::kEnd);
            return;
        }
        const bool is_short = line_ == kShortestCommandBytes;
        switch (from_) {
        case State::kSaslOther:
            result(reply_, {}, State::kStart, is_short);
            if (is_challenge()) go(State::kSaslOther);
            break;
        case State::kSaslPlain: result(reply_, {}); break;
        case State::kSaslPassword: result(reply_, {}, State::kStart, is_short); break;
        case State::kSaslChallenge:
            if (line_ >= 46) result(reply_, {}); // A digest with a name of one byte.
            break;
        case State::kSaslLogin:
            if (reply_.is_single() && may_be_login_prompt(bytes_)) go(State::kSaslPassword);
            if (profile_.has_failed_with(reply_) && bytes_ > 0 && bytes_ <= kLongestLineBytes &&
                !(uses_results_ && profile_.excludes(reply_, {}, LoginResult::kFailure)))
                steps_.push_back({State::kStart, LoginResult::kFailure, {}});
            break;
        default: break;
        }
    }

    const State from_;
    const Length user_length_;
    const std::uint32_t line_;
    const ReplyLengths &reply_;
    const std::uint32_t bytes_;
    const ServerProfile &profile_;
    const bool uses_results_;
    std::vector<DialogStep> &steps_;
};

} // namespace

void find_steps(DialogState from, std::optional<std::uint32_t> user_length,
                const SessionReading::Entry &entry, const ServerProfile &profile, bool uses_results,
                std::vector<DialogStep> &steps) {
    Step{from, user_length, entry, profile, uses_results, steps}.find();
}

} // namespace pop3ana
