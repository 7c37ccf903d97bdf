// Every loss of a packet, of two that are near each other, and of a run of packets, in every small
// capture and in conversations: no verdict is false.
// SPDX-License-Identifier: GPL-2.0-or-later
#include "cmocka.hpp"
#include "verdicts.hpp"

#include <cstdio>

using namespace pop3ana_test;

namespace {

constexpr std::size_t kSmallCapture = 100; ///< packets
constexpr std::size_t kFurthest = 6;       ///< from one lost packet to the other
constexpr std::size_t kRuns[] = {2, 3, 4, 6, 9, 14, 20, 40};

class EveryLoss {
public:
    EveryLoss(const std::string &name, const Capture &capture, const Capture &truth,
              const Options &options)
        : name_(name), capture_(capture), options_(options), truth_(run(truth, options)) {}

    bool gives_no_false_verdict(Tally &tally) {
        bool good = true;
        for (std::size_t i = 0; i < capture_.size(); ++i) {
            good = holds_without({i}, tally) && good;
            for (std::size_t ahead = 1; ahead <= kFurthest; ++ahead)
                good = holds_without({i, i + ahead}, tally) && good;
            for (const auto length : kRuns) {
                std::vector<std::size_t> lost;
                for (std::size_t k = 0; k < length; ++k)
                    lost.push_back(i + k);
                good = holds_without(lost, tally) && good;
            }
        }
        return good;
    }

private:
    /// `lost` is sorted.
    bool holds_without(const std::vector<std::size_t> &lost, Tally &tally) {
        if (lost.back() >= capture_.size()) return true;
        Capture changed;
        changed.reserve(capture_.size());
        std::size_t next = 0;
        for (std::size_t i = 0; i < capture_.size(); ++i) {
            if (next < lost.size() && lost[next] == i)
                ++next;
            else
                changed.push_back(capture_[i]);
        }
        const auto why = count(truth_, run(changed, options_), true, tally);
        if (holds("every_loss-" + name_, why, capture_, changed)) return true;
        std::printf("  %zu packets lost from packet %zu on\n", lost.size(), lost[0] + 1);
        return false;
    }

    std::string name_;
    const Capture &capture_;
    Options options_;
    Outcome truth_;
};

bool print(const Tally &tally, bool good) {
    std::printf("  %zu captures, %zu false verdicts, %zu other lines invented, %.1f %% found\n",
                tally.runs, tally.false_verdicts, tally.invented,
                100 * static_cast<double>(tally.found) / static_cast<double>(tally.complete));
    return good && tally.runs > 0;
}

bool small_captures_give_no_false_verdict() {
    Tally tally;
    bool good = true;
    for (const auto &[file, capture] : complete_captures()) {
        if (file.folder != "real" || capture.size() > kSmallCapture) continue;
        Options options;
        options.config.ports = file.ports.c_str();
        good =
            EveryLoss(file.name, capture, capture, options).gives_no_false_verdict(tally) && good;
    }
    return print(tally, good);
}

bool conversations_give_no_false_verdict() {
    const auto seed = announced_seed("law.every_loss", 2'000);
    Tally tally;
    bool good = true;
    for (std::uint64_t round = 0; round < rounds_of(40); ++round) {
        for (const auto kind : kClientKinds) {
            Random random(seed + round);
            const auto [capture, lockstep] = proper_conversations(random, kind);
            if (capture.size() > 2 * kSmallCapture) continue;
            if (EveryLoss(name_of(kind), capture, lockstep, {}).gives_no_false_verdict(tally))
                continue;
            announce_broken("law.every_loss", seed + round);
            good = false;
        }
    }
    return print(tally, good);
}

void every_loss_in_a_small_capture_gives_no_false_verdict(void **) {
    assert_true(small_captures_give_no_false_verdict());
}

void every_loss_in_a_conversation_gives_no_false_verdict(void **) {
    assert_true(conversations_give_no_false_verdict());
}

} // namespace

int main() {
    const CMUnitTest tests[] = {
        cmocka_unit_test(every_loss_in_a_small_capture_gives_no_false_verdict),
        cmocka_unit_test(every_loss_in_a_conversation_gives_no_false_verdict),
    };
    return cmocka_run_group_tests_name("law.every_loss", tests, nullptr, nullptr);
}
