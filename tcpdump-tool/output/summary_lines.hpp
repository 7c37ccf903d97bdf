// The tables of --summary as JSON: an object a row.
// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include "output/summary_tables.hpp"

#include <functional>
#include <string_view>

namespace pop3dump {

/// Hands each line, with its end, to `write`; it is borrowed for the call.
void write_summary_lines(const SummaryTables &tables,
                         const std::function<void(std::string_view)> &write);

} // namespace pop3dump
