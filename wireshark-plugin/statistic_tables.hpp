// The tables of the statistics: what each has a row for, and its columns.
// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include "statistic_columns.hpp"

#include <epan/wmem_scopes.h>
#include <span>
#include <string_view>

namespace pop3ana_plugin {

/// The row that an event counts in.
struct RowName {
    std::string_view key; ///< no other row has it; empty: in none
    const char *shown;
};

struct Statistic {
    const char *title;      ///< in the menu, and above the table
    const char *cli_string; ///< behind -z
    /// Name of the row of all. The dialog sorts names as texts: the space keeps it at the top.
    const char *total;
    /// In memory of `pool`, or of the event.
    RowName (*name_of)(const pop3ana_event &event, wmem_allocator_t *pool);
    bool is_of_clients; ///< lines of the log alone; a trusted proxy's session becomes its client's
    std::span<const Column> columns;

    [[nodiscard]] Distinct distinct() const;
};

/// Of all tables.
std::span<const Statistic> statistics();

} // namespace pop3ana_plugin
