// No false verdict under loss. Each complete capture of real traffic is damaged in several ways,
// ten times each, and every line that is then printed must be one that the complete capture gives
// for the same connection, times and session numbers aside:
//   no login and no "unexpected cmd" line that it does not give,
//   other such lines under 0.5 % of what is printed,
//   and enough of its lines found.
// SPDX-License-Identifier: GPL-2.0-or-later
#include "cmocka.hpp"
#include "mutate.hpp"
#include "run.hpp"

#include <algorithm>
#include <cstdio>

using namespace pop3ana_test;

namespace {

constexpr std::size_t kSeeds = 10;
constexpr double kInventedLimit = 0.005;

struct Damage {
    const char *name;
    Capture (*apply)(const Capture &, Random &, std::size_t round);
    double found_at_least;
};

constexpr Damage kDamages[] = {
    {"5 % lost",
     [](const Capture &capture, Random &random, std::size_t) {
         return lose(capture, random, 0.05);
     },
     0.80},
    {"20 % lost",
     [](const Capture &capture, Random &random, std::size_t) {
         return lose(capture, random, 0.20);
     },
     0.55},
    {"bursts lost",
     [](const Capture &capture, Random &random, std::size_t) {
         return lose_bursts(capture, random);
     },
     0.75},
    // Spread evenly: a few large captures hold most of the lines.
    {"snap length 60 to 160",
     [](const Capture &capture, Random &, std::size_t round) {
         return snap(capture, 60 + 100 * round / (kSeeds - 1));
     },
     0.50},
    {"start cut off",
     [](const Capture &capture, Random &random, std::size_t) { return cut_start(capture, random); },
     0.35},
    {"neighbours swapped",
     [](const Capture &capture, Random &random, std::size_t) {
         return swap_neighbours(capture, random, 0.1);
     },
     0.98},
    {"5 % lost, moved, handshake too",
     [](const Capture &capture, Random &random, std::size_t round) {
         const auto lossy = lose(duplicate(capture, random, 0.3), random, 0.05);
         return move_packets(lose_handshakes(lossy, random, round % 2 == 0), random, 8);
     },
     0.70},
    {"10 % lost, moved, start cut off",
     [](const Capture &capture, Random &random, std::size_t) {
         return move_packets(lose(cut_start(capture, random), random, 0.10), random, 4);
     },
     0.25},
};

struct Tally {
    std::size_t complete = 0; ///< lines of the complete captures, once for each run
    std::size_t printed = 0;
    std::size_t false_verdicts = 0;
    std::size_t invented = 0; ///< other lines that the complete capture does not give
    [[nodiscard]] std::size_t found() const { return printed - false_verdicts - invented; }
};

bool is_verdict(const std::string &line) {
    return line.starts_with("> login ") || line.starts_with("unexpected cmd: ");
}

/// Counts the lines of one connection; both are multisets.
void compare(const ConnectionLog &complete, const ConnectionLog &damaged, Tally &tally,
             std::string &first_false) {
    auto right = complete.lines, found = damaged.lines;
    std::sort(right.begin(), right.end());
    std::sort(found.begin(), found.end());
    std::vector<std::string> extra;
    std::set_difference(found.begin(), found.end(), right.begin(), right.end(),
                        std::back_inserter(extra));
    tally.printed += found.size() + damaged.warnings;
    tally.invented += std::max(damaged.warnings, complete.warnings) - complete.warnings;
    for (const auto &line : extra) {
        ++(is_verdict(line) ? tally.false_verdicts : tally.invented);
        if (is_verdict(line) && first_false.empty()) first_false = line;
    }
}

std::size_t lines_of(const Outcome &outcome) {
    return outcome.log.size();
}

Tally damage_all(const Damage &damage, std::uint64_t seed) {
    Tally tally;
    for (const auto &[file, capture] : complete_captures()) {
        if (file.folder != "real") continue;
        Options options;
        options.config.ports = file.ports.c_str();
        const auto complete = run(capture, options);
        for (std::size_t i = 0; i < kSeeds; ++i, ++seed) {
            Random random(seed);
            const auto changed = damage.apply(capture, random, i);
            const auto outcome = run(changed, options);
            std::string why = outcome.broken_law;
            tally.complete += lines_of(complete);
            for (const auto &[name, log] : outcome.connections) {
                const auto place = complete.connections.find(name);
                const bool known = place != complete.connections.end();
                compare(known ? place->second : ConnectionLog{}, log, tally, why);
            }
            if (!holds("loss-" + file.name, why, capture, changed))
                std::printf("  (%s, seed %zu)\n", damage.name, static_cast<std::size_t>(seed));
        }
    }
    return tally;
}

bool is_within_limits(const Damage &damage, const Tally &tally) {
    const auto share = [](std::size_t part, std::size_t whole) {
        return whole == 0 ? 0.0 : static_cast<double>(part) / static_cast<double>(whole);
    };
    const double found = share(tally.found(), tally.complete);
    const double invented = share(tally.invented, tally.printed);
    std::printf("%-32s %9zu %9zu %7.2f %% (at least %2.0f %%) %5zu %9zu (%.3f %%)\n", damage.name,
                tally.complete, tally.printed, 100 * found, 100 * damage.found_at_least,
                tally.false_verdicts, tally.invented, 100 * invented);
    return tally.complete > 0 && tally.false_verdicts == 0 && invented < kInventedLimit &&
           found >= damage.found_at_least;
}

bool no_damage_gives_false_verdicts() {
    const auto seed = announced_seed("law.loss");
    std::printf("%-32s %9s %9s %25s %6s %9s\n", "damage", "complete", "printed", "found", "false",
                "invented");
    bool all = true;
    for (const auto &damage : kDamages)
        all = is_within_limits(damage, damage_all(damage, seed)) && all;
    return all;
}

void lost_packets_give_no_false_verdict(void **) {
    assert_true(no_damage_gives_false_verdicts());
}

} // namespace

int main() {
    const CMUnitTest tests[] = {cmocka_unit_test(lost_packets_give_no_false_verdict)};
    return cmocka_run_group_tests_name("law.loss", tests, nullptr, nullptr);
}
