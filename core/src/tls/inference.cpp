// SPDX-License-Identifier: GPL-2.0-or-later
#include "tls/inference.hpp"

#include "base/limits.hpp"
#include "tls/session_reader.hpp"

#include <algorithm>
#include <bit>

namespace pop3ana {
namespace {

using Stop = SessionReading::Stop;

InferredLogin login_of(const SessionReading &reading, const Verdict &verdict,
                       const ServerProfile &profile) {
    return {verdict.result, user_length_at(reading, verdict.exchange, profile).value_or(0),
            reading.entries[verdict.exchange].command};
}

// Whether the reply is one that results are known to have, with that to USER in front or without.
bool is_known(const SessionReading &reading, const Verdict &verdict, const ServerProfile &profile) {
    const ReplyLengths &reply = reading.entries[verdict.exchange].reply;
    constexpr std::uint64_t kProofs = 5; // A session may have proved two itself.
    const auto user_length = user_length_at(reading, verdict.exchange, profile);
    if (profile.is_known_result(reply, user_length, kProofs)) return true;
    if (reply.records == 2 && profile.accepts_user(ReplyLengths::of(reply.first)))
        return profile.is_known_result(ReplyLengths::of(reply.second), {}, kProofs);
    const ReplyLengths *const user = profile.only_user_reply();
    return user != nullptr && reply.is_single() && reply.first > user->first &&
           profile.is_known_result(ReplyLengths::of(reply.first - user->first), {}, kProofs);
}

// A session is read from its start each time: often where it is short, and rarely later.
bool is_worth_reading(std::size_t exchanges) {
    constexpr std::size_t kShort = 16;
    return exchanges <= kShort || std::has_single_bit(exchanges);
}

} // namespace

// ---------------------------------------------------------------- what is certain

// Says what was not said before. Results of another reading do not come: what is said is final.
SessionReading Inference::say(std::uint64_t connection, std::span<const ShadowExchange> exchanges,
                              const ServerProfile &profile, std::vector<LoginResult> &said) {
    SessionReading reading = read_session(exchanges, profile, /*uses_results=*/true);
    const auto &verdicts = reading.verdicts;
    const bool agrees = verdicts.size() >= said.size() &&
                        std::equal(said.begin(), said.end(), verdicts.begin(),
                                   [](LoginResult result, const Verdict &verdict) {
                                       return result == verdict.result;
                                   });
    if (!agrees || !profile.fits(exchanges)) {
        reading.stop = Stop::kNoReading;
        return reading;
    }
    if (!profile.is_pop3()) return reading;
    std::optional<SessionReading> without; // what the profile tells
    for (std::size_t i = said.size(); i < verdicts.size(); ++i) {
        if (!is_known(reading, verdicts[i], profile)) {
            // The server may be another one by now: its replies to USER would be new, too.
            if (!without) without = read_session(exchanges, {}, /*uses_results=*/false);
            if (i >= without->verdicts.size() || !(without->verdicts[i] == verdicts[i])) {
                reading.stop = Stop::kTwoReadings;
                return reading;
            }
        }
        said.push_back(verdicts[i].result);
        sink_.on_login(connection, login_of(reading, verdicts[i], profile));
    }
    return reading;
}

void Inference::on_exchange(Session &session) {
    const bool is_logged_in = !session.said.empty() && session.said.back() == LoginResult::kSuccess;
    const auto exchanges = session.shadow.exchanges();
    if (is_logged_in || !is_worth_reading(exchanges.size())) return;
    const ShadowServer *const server = servers_.find(servers_.server_of(session.end()));
    if (server == nullptr || !server->profile.is_pop3()) return;
    say(session.connection, exchanges, server->profile, session.said);
}

// True: nothing else can become known of it.
bool Inference::decide(Kept &kept, const ServerProfile &profile, bool is_last_try) {
    const SessionReading reading = say(kept.connection, kept.exchanges, profile, kept.said);
    const bool is_certain = profile.is_pop3() && reading.stop == Stop::kNone;
    if (!is_certain && !is_last_try) return false;
    kept.is_decided = true;
    if (!is_certain) ++counters_.tls_undecided;
    std::optional<FetchedMail> mail;
    if (is_certain && kept.is_whole) mail = find_fetched_mail(reading, profile);
    sink_.on_decided(kept.connection, mail);
    return true;
}

void Inference::end(Session &session, std::int64_t now_ns) {
    session.shadow.end();
    Kept kept;
    kept.server = servers_.server_of(session.end());
    kept.connection = session.connection;
    if (!session.shadow.exchanges().empty()) kept.exchanges = session.shadow.take();
    kept.said = std::move(session.said);
    kept.ended_ns = now_ns;
    kept.is_whole = session.shadow.is_whole();
    if (kept.exchanges.empty()) {
        sink_.on_decided(kept.connection, {});
        return;
    }
    if (servers_.find(kept.server) == nullptr) make_room();
    ShadowServer &server = servers_.use(kept.server);
    learn(server, kept);
    const bool is_sample = server.learned <= kShadowSessions;
    const bool is_due = server.learned >= server.next_try;
    if (!is_due && decide(kept, server.profile, /*is_last_try=*/false) && !is_sample) return;
    keep(server, std::move(kept));
    if (!is_due) return;
    constexpr std::uint64_t kShareOfNews = 8;
    server.next_try = server.learned + std::max<std::uint64_t>(server.learned / kShareOfNews, 1);
    learn_anew(server);
    try_again(server, /*is_last_try=*/false);
}

// ---------------------------------------------------------------- what is learned

void Inference::learn(ShadowServer &server, const Kept &kept) {
    ServerProfile &profile = server.profile;
    ++server.learned;
    profile.learn_first_line(kept.exchanges);
    profile.settle(/*names_product=*/false);
    profile.learn(kept.exchanges, read_session(kept.exchanges, profile, /*uses_results=*/false));
    profile.settle(/*names_product=*/true);
}

// While all sessions of the server are kept: proofs of the first ones may have been missed, since
// little was known of it then.
void Inference::learn_anew(ShadowServer &server) {
    if (server.kept.size() != server.learned) return;
    ServerProfile &profile = server.profile;
    profile.settle(/*names_product=*/false);
    for (int round = 0; round < 2; ++round) {
        profile.forget_proofs();
        for (const std::uint64_t number : server.kept) {
            const Kept &kept = kept_.at(number);
            profile.learn(kept.exchanges,
                          read_session(kept.exchanges, profile, /*uses_results=*/false));
        }
        profile.settle(/*names_product=*/round == 1);
    }
}

void Inference::try_again(ShadowServer &server, bool is_last_try) {
    const bool are_samples = server.learned <= kShadowSessions && !is_last_try;
    const std::deque<std::uint64_t> numbers = server.kept;
    for (const std::uint64_t number : numbers) {
        const auto found = kept_.find(number);
        Kept &kept = found->second;
        const bool is_decided = kept.is_decided || decide(kept, server.profile, is_last_try);
        if (is_decided && !are_samples) drop(found);
    }
}

// ---------------------------------------------------------------- what is kept

void Inference::keep(ShadowServer &server, Kept kept) {
    if (server.kept.size() == kShadowSessions) drop(kept_.find(server.kept.front()));
    kept_bytes_ += kept.bytes();
    server.kept.push_back(++last_kept_);
    kept_.emplace(last_kept_, std::move(kept));
    while (kept_bytes_ > kShadowBytesTotal)
        drop(kept_.begin());
}

void Inference::drop(KeptSessions::iterator kept) {
    ShadowServer &server = *servers_.find(kept->second.server);
    const auto place = std::find(server.kept.begin(), server.kept.end(), kept->first);
    server.kept.erase(place);
    kept_bytes_ -= kept->second.bytes();
    const bool is_decided = kept->second.is_decided;
    const std::uint64_t connection = kept->second.connection;
    kept_.erase(kept);
    if (is_decided) return;
    ++counters_.tls_undecided;
    sink_.on_decided(connection, {});
}

void Inference::make_room() {
    const ServerEnd *const last = servers_.next_to_give_way();
    if (last == nullptr) return;
    const ServerEnd end = *last;
    ShadowServer &server = *servers_.find(end);
    while (!server.kept.empty())
        drop(kept_.find(server.kept.front()));
    servers_.erase(end);
}

void Inference::expire(std::int64_t now_ns) {
    while (!kept_.empty() && now_ns - kept_.begin()->second.ended_ns > kShadowKeptNs)
        drop(kept_.begin());
}

void Inference::finish() {
    for (auto &[end, server] : servers_) {
        learn_anew(server);
        try_again(server, /*is_last_try=*/true);
    }
}

} // namespace pop3ana
