// The first law, certain or silent: whatever was done to a capture, each line that is printed must
// be true: one that the capture gives as it was, or that what was said gives in lock step, for the
// same connection, times and session numbers aside. Counts the lines that are not.
// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include "proper.hpp"
#include "run.hpp"

namespace pop3ana_test {

struct Tally {
    std::size_t runs = 0;
    std::size_t complete = 0;       ///< lines of the undamaged captures, once for each run
    std::size_t found = 0;          ///< of these, printed
    std::size_t false_verdicts = 0; ///< login lines, `unexpected` lines and WARNINGs
    std::size_t invented = 0;       ///< other lines
};

/// Adds what a damaged capture printed. A WARNING is looked up at its client: which of its
/// connections draws it depends on their order. Returns the first false verdict or a law that
/// every run must keep; empty: none.
std::string count(const Outcome &truth, const Outcome &damaged, bool count_warnings, Tally &tally);

/// A capture in which nothing is missing.
struct Subject {
    std::string name;
    std::string group; ///< "real", or the kind of client of a generated conversation
    Options options;   ///< borrows the ports of complete_captures()
    Capture capture;
    Outcome outcome; ///< of the capture, with events
    Outcome truth;
};

/// One way to damage a capture.
struct Damage {
    const char *name;
    Capture (*apply)(const Subject &, Random &);
    double found_at_least;          ///< share of the lines, over all subjects
    double invented_at_most = 0.01; ///< share of what is printed
    bool adds_errors = false;       ///< a WARNING that the truth lacks may be true
};

/// In each round, damages each complete capture of real traffic once in each way, and as many new
/// conversations of each kind of client. Prints what came of it; false when a verdict was false or
/// too few lines were found.
bool no_false_verdict(const char *law, const std::vector<Damage> &damages,
                      std::size_t default_rounds);

} // namespace pop3ana_test
