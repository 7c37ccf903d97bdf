// The counters of a run as text for stderr.
// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include "capture/packet_source.hpp"
#include "output/output.hpp"

#include <pop3ana/pop3ana.h>

#include <cstdint>
#include <string>
#include <vector>

namespace pop3dump {

struct RunCounters {
    std::uint64_t packets_read = 0;
    std::uint64_t packets_passed = 0; ///< by the filter
    std::uint64_t packets_failed = 0; ///< lost by a failure of the library, such as no memory
    OutputCounters output;
    pop3ana_counters analysis{};
    std::vector<pop3ana_skipped> skipped;      ///< in the order of kind and number
    std::vector<InterfaceCounters> interfaces; ///< of a live capture
};

/// A counter of --stats.
struct Counter {
    const char *name;
    std::uint64_t value;
    const char *losses; ///< what was lost, if it is that which is counted; else NULL
};

/// Those that every run has, in the order of --stats.
std::vector<Counter> list_counters(const RunCounters &counters);

/// All counters, one "name value" a line (--stats). Those of the library have its names.
std::string all_counters(const RunCounters &counters);

/// The few that tell how far a run is, without a line end (SIGUSR1, and when it was interrupted).
std::string summary(const RunCounters &counters);

/// What was in the capture but could not be analysed, as a list without a line end; empty when
/// nothing was lost.
std::string losses(const RunCounters &counters);

/// Further notes for the end, one line each without its line end: why there is no session, how many
/// connections were captured in one direction only and, if anomalies are shown, how many are not.
std::vector<std::string> notes(const RunCounters &counters, bool with_anomalies);

} // namespace pop3dump
