// The counters of a run in the text format of Prometheus.
// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include "pipeline/counter_report.hpp"

#include <ctime>
#include <string>

namespace pop3dump {

/// Each value has the interface of a live capture as its label: the files of several runs are read
/// as one, and must not have a value twice.
std::string metrics(const RunCounters &counters, std::time_t start_s);

} // namespace pop3dump
