// SPDX-License-Identifier: GPL-2.0-or-later
#include "tls/session_reader.hpp"

#include "base/limits.hpp"
#include "tls/command_lengths.hpp"
#include "tls/pop3_grammar.hpp"

#include <algorithm>
#include <compare>
#include <iterator>
#include <utility>
#include <vector>

namespace pop3ana {
namespace {

using Entry = SessionReading::Entry;
using Stop = SessionReading::Stop;

/// The results that readings have found, as paths up to the root of a tree: readings that differ
/// nowhere have the same node.
struct Node {
    std::uint32_t parent = 0;
    std::uint32_t depth = 0;
    std::uint32_t entry = 0;
    std::optional<LoginResult> result; ///< none: it is open
};
using NodeIndex = std::uint32_t;
constexpr NodeIndex kRoot = 0;

/// A place in the grammar, and what led there.
struct Reading {
    DialogState state{};
    std::optional<std::uint32_t> user_length;
    NodeIndex node = kRoot;

    [[nodiscard]] bool is_at(const Reading &other) const {
        return state == other.state && user_length == other.user_length;
    }
    friend auto operator<=>(const Reading &, const Reading &) = default;
};

/// A reading that finds a result, or ends with an open one: its node is to become the parent.
struct Finding {
    std::optional<LoginResult> result;
    Reading to;

    [[nodiscard]] auto key() const { return std::pair{to.node, result}; }
};

template <class T> void sort_unique(std::vector<T> &values) {
    std::sort(values.begin(), values.end());
    values.erase(std::unique(values.begin(), values.end()), values.end());
}

std::vector<Entry> expand(std::span<const ShadowExchange> exchanges, const ServerProfile &profile) {
    constexpr std::uint32_t kLongestOfMany = 12, kShortestLogin = 11;
    std::vector<Entry> entries;
    entries.reserve(exchanges.size());
    for (const ShadowExchange &exchange : exchanges) {
        const std::uint32_t first = exchange.command, second = exchange.second;
        switch (exchange.kind) {
        case ShadowExchange::Kind::kOne: entries.push_back({first, exchange.reply}); break;
        case ShadowExchange::Kind::kMany: entries.push_back({first, exchange.reply, true}); break;
        case ShadowExchange::Kind::kUnknown: entries.push_back({0, {}, false, true}); break;
        case ShadowExchange::Kind::kTwo: {
            const ReplyLengths *const user = profile.only_user_reply();
            const std::uint32_t longest = std::max(first, second);
            if (user != nullptr && first >= kShortestUserBytes &&
                exchange.reply.first > user->first && longest >= kShortestLogin) {
                entries.push_back({first, ReplyLengths::of(user->first)});
                entries.push_back({second, ReplyLengths::of(exchange.reply.first - user->first)});
            } else if (longest <= kLongestOfMany) {
                entries.push_back({longest, exchange.reply, true});
            } else {
                entries.push_back({0, {}, false, true});
            }
            break;
        }
        }
    }
    return entries;
}

/// Reads one session.
class Reader {
public:
    Reader(const ServerProfile &profile, bool uses_results)
        : profile_(profile), uses_results_(uses_results) {}

    void read(SessionReading &reading) {
        for (std::uint32_t i = 0; i < reading.entries.size(); ++i) {
            const Entry &entry = reading.entries[i];
            if (entry.is_unknown) {
                reading.stop = Stop::kPipelined;
                break;
            }
            next_.clear();
            if (entry.are_many)
                pass_over(entry);
            else
                go_on(entry, i);
            sort_unique(next_);
            if (next_.empty() && ends_.empty()) {
                reading.stop = Stop::kNoReading;
                return;
            }
            std::swap(readings_, next_);
            if (readings_.size() > kShadowReadings) {
                reading.stop = Stop::kTooManyReadings;
                return;
            }
        }
        for (const Reading &last : readings_)
            ends_.push_back(last.node);
        if (!agree(reading.verdicts) && reading.stop == Stop::kNone)
            reading.stop = Stop::kTwoReadings;
    }

private:
    // Several commands in a row: those of a session that is logged in, or all refused.
    void pass_over(const Entry &entry) {
        std::copy_if(readings_.begin(), readings_.end(), std::back_inserter(next_),
                     [&](const Reading &reading) {
                         const bool is_before_login = reading.state == DialogState::kStart ||
                                                      reading.state == DialogState::kPassAgain;
                         return reading.state == DialogState::kLoggedIn ||
                                (is_before_login && entry.reply.bytes <= 200);
                     });
    }

    void go_on(const Entry &entry, std::uint32_t index) {
        const Reading *last = nullptr;
        for (const Reading &reading : readings_) {
            if (last == nullptr || !reading.is_at(*last)) {
                steps_.clear();
                find_steps(reading.state, reading.user_length, entry, profile_, uses_results_,
                           steps_);
            }
            last = &reading;
            for (const DialogStep &step : steps_) {
                const bool keeps_length =
                    step.to == DialogState::kUser || step.to == DialogState::kPassAgain;
                const Reading to{step.to, keeps_length ? step.user_length : std::nullopt,
                                 reading.node};
                if (step.result || step.to == DialogState::kEnd)
                    findings_.push_back({step.result, to});
                else
                    next_.push_back(to);
            }
        }
        add_findings(index);
    }

    // Findings of the same kind behind the same node have one node.
    void add_findings(std::uint32_t entry) {
        std::sort(findings_.begin(), findings_.end(),
                  [](const Finding &a, const Finding &b) { return a.key() < b.key(); });
        const Finding *last = nullptr;
        for (const Finding &finding : findings_) {
            const NodeIndex parent = finding.to.node;
            if (last == nullptr || last->key() != finding.key())
                nodes_.push_back({parent, nodes_[parent].depth + 1, entry, finding.result});
            last = &finding;
            const auto node = static_cast<NodeIndex>(nodes_.size() - 1);
            if (finding.to.state == DialogState::kEnd)
                ends_.push_back(node);
            else
                next_.push_back({finding.to.state, finding.to.user_length, node});
        }
        findings_.clear();
    }

    // What all begin with, up to the first open result. False: there is more, on which they differ.
    bool agree(std::vector<Verdict> &verdicts) {
        sort_unique(ends_);
        bool is_all = true;
        const auto lift = [&](std::uint32_t depth) {
            for (NodeIndex &node : ends_)
                for (; nodes_[node].depth > depth; is_all = false)
                    node = nodes_[node].parent;
            sort_unique(ends_);
        };
        std::uint32_t depth = nodes_[ends_.front()].depth;
        for (const NodeIndex node : ends_)
            depth = std::min(depth, nodes_[node].depth);
        lift(depth);
        while (ends_.size() > 1)
            lift(--depth);
        for (NodeIndex node = ends_.front(); node != kRoot; node = nodes_[node].parent) {
            if (nodes_[node].result)
                verdicts.push_back({nodes_[node].entry, *nodes_[node].result});
            else // It is the last one.
                is_all = false;
        }
        std::reverse(verdicts.begin(), verdicts.end());
        return is_all;
    }

    const ServerProfile &profile_;
    const bool uses_results_;
    std::vector<Node> nodes_{1};
    std::vector<Reading> readings_{1}, next_;
    std::vector<NodeIndex> ends_; ///< of readings that are over
    std::vector<Finding> findings_;
    std::vector<DialogStep> steps_;
};

} // namespace

SessionReading read_session(std::span<const ShadowExchange> exchanges, const ServerProfile &profile,
                            bool uses_results) {
    SessionReading reading;
    reading.entries = expand(exchanges, profile);
    Reader{profile, uses_results}.read(reading);
    return reading;
}

std::optional<std::uint32_t> user_length_at(const SessionReading &reading, std::size_t entry,
                                            const ServerProfile &profile) {
    if (entry == 0) return std::nullopt;
    const Entry &user = reading.entries[entry - 1];
    if (user.is_unknown || !profile.accepts_user(user.reply)) return std::nullopt;
    const std::uint32_t bytes = user.reply.bytes;
    const bool is_auth = (user.command == kAuthPlainBytes || user.command == kAuthCramMd5Bytes) &&
                         user.reply.is_single() && (bytes == 3 || bytes == 4 || bytes == 16);
    if (is_auth || user.command < kUserWordBytes) return std::nullopt;
    return user.command - kUserWordBytes;
}

} // namespace pop3ana
