// SPDX-License-Identifier: GPL-2.0-or-later
#include "verdicts.hpp"

#include <algorithm>
#include <cstdio>

namespace pop3ana_test {

namespace {

bool is_verdict(std::string_view line) {
    return line.starts_with("> login ") || line.starts_with("unexpected cmd: ");
}

std::vector<std::string> sorted(std::vector<std::string> lines) {
    std::sort(lines.begin(), lines.end());
    return lines;
}

std::map<std::string, std::size_t> warnings_of_clients(const Outcome &outcome) {
    std::map<std::string, std::size_t> warnings;
    for (const auto &[name, log] : outcome.connections)
        if (log.warnings > 0) warnings[name.substr(0, name.find('/'))] += log.warnings;
    return warnings;
}

std::size_t lines_of(const Outcome &outcome) {
    return outcome.log.size();
}

double share(std::size_t part, std::size_t whole) {
    return whole == 0 ? 0.0 : static_cast<double>(part) / static_cast<double>(whole);
}

void add(Tally &sum, const Tally &part) {
    sum.runs += part.runs;
    sum.complete += part.complete;
    sum.found += part.found;
    sum.false_verdicts += part.false_verdicts;
    sum.invented += part.invented;
}

/// Of one damage, by the groups of the subjects.
class Results {
public:
    std::string add(const Subject &subject, const Outcome &damaged, bool count_warnings) {
        return count(subject.truth, damaged, count_warnings, groups_[subject.group]);
    }
    [[nodiscard]] bool within(const Damage &damage) const {
        Tally sum;
        for (const auto &[group, tally] : groups_) {
            print(damage, group, tally);
            pop3ana_test::add(sum, tally);
        }
        print(damage, "all", sum);
        return sum.false_verdicts == 0 && invented(sum) <= damage.invented_at_most &&
               share(sum.found, sum.complete) >= damage.found_at_least;
    }

private:
    static double invented(const Tally &tally) {
        return share(tally.invented, tally.found + tally.invented + tally.false_verdicts);
    }
    static void print(const Damage &damage, const std::string &group, const Tally &tally) {
        std::printf("  %-32s %-9s %7zu runs, %6.2f %% found (at least %.0f), %zu false verdicts, "
                    "%zu invented (%.3f %%)\n",
                    damage.name, group.c_str(), tally.runs,
                    100 * share(tally.found, tally.complete), 100 * damage.found_at_least,
                    tally.false_verdicts, tally.invented, 100 * invented(tally));
    }
    std::map<std::string, Tally> groups_;
};

Subject subject_of(const std::string &name, const std::string &group, const Capture &capture,
                   const Capture &truth, const char *ports) {
    Subject subject{name, group, {}, capture, {}, {}};
    subject.options.config.ports = ports;
    subject.truth = run(truth, subject.options);
    auto options = subject.options;
    options.keep_events = true;
    subject.outcome = run(capture, options);
    return subject;
}

std::vector<Subject> real_subjects() {
    std::vector<Subject> subjects;
    for (const auto &[file, capture] : complete_captures())
        if (file.folder == "real")
            subjects.push_back(
                subject_of(file.name, file.folder, capture, capture, file.ports.c_str()));
    return subjects;
}

std::vector<Subject> generated_subjects(Random &random) {
    constexpr std::size_t kOfEachKind = 25;
    std::vector<Subject> subjects;
    for (const auto kind : kClientKinds) {
        for (std::size_t i = 0; i < kOfEachKind; ++i) {
            const auto [capture, lockstep] = proper_conversations(random, kind);
            const std::string name = name_of(kind);
            subjects.push_back(
                subject_of(name + '-' + std::to_string(i), name, capture, lockstep, "110"));
        }
    }
    return subjects;
}

} // namespace

std::string count(const Outcome &truth, const Outcome &damaged, bool count_warnings, Tally &tally) {
    static const ConnectionLog kNothing;
    std::string why = damaged.broken_law;
    ++tally.runs;
    tally.complete += lines_of(truth);
    std::size_t extra = 0;
    for (const auto &[name, log] : damaged.connections) {
        const auto place = truth.connections.find(name);
        const auto &complete = place == truth.connections.end() ? kNothing : place->second;
        const auto right = sorted(complete.lines), printed = sorted(log.lines);
        std::vector<std::string> odd;
        std::set_difference(printed.begin(), printed.end(), right.begin(), right.end(),
                            std::back_inserter(odd));
        extra += odd.size();
        for (const auto &line : odd) {
            ++(is_verdict(line) ? tally.false_verdicts : tally.invented);
            if (is_verdict(line) && why.empty()) why = name + ": " + line;
        }
    }
    const auto right = warnings_of_clients(truth);
    for (const auto &[client, printed] : warnings_of_clients(damaged)) {
        const auto place = right.find(client);
        const std::size_t known = place == right.end() ? 0 : place->second;
        if (printed <= known) continue;
        extra += printed - known;
        if (!count_warnings) continue;
        tally.false_verdicts += printed - known;
        if (why.empty()) why = client + ": WARNING";
    }
    tally.found += lines_of(damaged) - extra;
    return why;
}

bool no_false_verdict(const char *law, const std::vector<Damage> &damages,
                      std::size_t default_rounds) {
    const auto seed = announced_seed(law, 13'000);
    const auto rounds = rounds_of(default_rounds);
    const auto real = real_subjects();
    std::vector<Results> results(damages.size());
    bool good = !real.empty();
    for (std::size_t round = 0; round < rounds; ++round) {
        Random random(seed + round);
        const auto generated = generated_subjects(random);
        for (const auto *subjects : {&real, &generated}) {
            for (const auto &subject : *subjects) {
                for (std::size_t i = 0; i < damages.size(); ++i) {
                    const auto changed = damages[i].apply(subject, random);
                    const auto why = results[i].add(subject, run(changed, subject.options),
                                                    !damages[i].adds_errors);
                    const auto what = std::string(law) + '-' + subject.name;
                    if (holds(what, why, subject.capture, changed)) continue;
                    announce_broken(damages[i].name, seed + round);
                    good = false;
                }
            }
        }
    }
    for (std::size_t i = 0; i < damages.size(); ++i)
        good = results[i].within(damages[i]) && good;
    return good;
}

} // namespace pop3ana_test
