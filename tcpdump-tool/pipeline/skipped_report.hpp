// What a capture held in place of POP3, in words.
// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include "pipeline/counter_report.hpp"

#include <string>

namespace pop3dump {

/// Why a run found no session, as a list without a line end; empty when it found one.
std::string silence(const RunCounters &counters);

/// What was skipped, one "name[number] frames" a line (--stats): the busiest of each kind, and the
/// sum of the others.
std::string skipped_counters(const RunCounters &counters);

} // namespace pop3dump
