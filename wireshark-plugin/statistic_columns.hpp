// The columns that tables of the statistics may have: what a cell shows of its row.
// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include "statistic_rows.hpp"

#include <glib.h> // which the next one lacks

#include <algorithm>
#include <epan/stat_tap_ui.h>

namespace pop3ana_plugin {

using Cell = stat_tap_table_item_type;

struct Column {
    stat_tap_table_item item;
    void (*show)(Cell &cell, const Row &row); ///< NULL: it has the name of the row
};

/// What a cell shows; a text is copied.
void set_text(Cell &cell, const char *text);
void set_escaped(Cell &cell, std::string_view text); ///< see write_utf8()
void set_end(Cell &cell, const pop3ana::Address &address, std::uint16_t port);
/// In the zone of Wireshark's time display, with its name; 0: none.
void set_time(Cell &cell, std::int64_t ts_ns);
void set_number(Cell &cell, std::uint64_t number);

/// The first column of a table.
constexpr Column name_column(const char *title, const char *format) {
    return {{TABLE_ITEM_STRING, TAP_ALIGN_LEFT, title, format}, nullptr};
}
constexpr Column text_column(const char *title, const char *format,
                             void (*show)(Cell &, const Row &)) {
    return {{TABLE_ITEM_STRING, TAP_ALIGN_LEFT, title, format}, show};
}
template <std::uint64_t Counts::*Member>
constexpr Column count_column(const char *title, const char *format) {
    return {{TABLE_ITEM_UINT, TAP_ALIGN_RIGHT, title, format},
            [](Cell &cell, const Row &row) { set_number(cell, row.counts.*Member); }};
}

inline constexpr Column kSessions = count_column<&Counts::sessions>("Sessions", "%8u");
inline constexpr Column kLoginsOk = count_column<&Counts::logins_ok>("Logins OK", "%9u");
inline constexpr Column kLoginsFailed =
    count_column<&Counts::logins_failed>("Logins failed", "%13u");
inline constexpr Column kCleartext = count_column<&Counts::cleartext>("In the clear", "%12u");
inline constexpr Column kErrors = count_column<&Counts::errors>("Errors", "%6u");
inline constexpr Column kAlerts = count_column<&Counts::alerts>("Alerts", "%6u");
inline constexpr Column kUnexpected = count_column<&Counts::unexpected>("Unexpected", "%10u");
inline constexpr Column kUsersTried = count_column<&Counts::users>("Users tried", "%11u");
inline constexpr Column kClients = count_column<&Counts::clients>("Clients", "%7u");
inline constexpr Column kMails = count_column<&Counts::mails>("Mails", "%8u");
/// With all its bytes: a dialog shows six decimals of numbers that have more than 32 bits.
inline constexpr Column kMailMegabytes{
    {TABLE_ITEM_FLOAT, TAP_ALIGN_RIGHT, "MB of mails", "%14.6f"}, [](Cell &cell, const Row &row) {
        cell.value.float_value = static_cast<double>(row.counts.mail_bytes) / 1e6;
    }};
template <class Nanoseconds> constexpr Column seconds_column(const char *title, Nanoseconds) {
    return {{TABLE_ITEM_FLOAT, TAP_ALIGN_RIGHT, title, "%12.6f"}, [](Cell &cell, const Row &row) {
                cell.value.float_value = static_cast<double>(Nanoseconds{}(row.counts)) / 1e9;
            }};
}
inline constexpr Column kAnswers = count_column<&Counts::answers>("Replies", "%8u");
inline constexpr Column kLeastAnswer =
    seconds_column("Min s", [](const Counts &counts) { return counts.least_answer_ns; });
inline constexpr Column kMeanAnswer = seconds_column("Mean s", [](const Counts &counts) {
    return counts.answers_ns / std::max<std::uint64_t>(counts.answers, 1);
});
inline constexpr Column kMostAnswer =
    seconds_column("Max s", [](const Counts &counts) { return counts.most_answer_ns; });
inline constexpr Column kAllAnswers =
    seconds_column("Sum s", [](const Counts &counts) { return counts.answers_ns; });
inline constexpr Column kClient = text_column("Client", "%-22s", [](Cell &cell, const Row &row) {
    set_end(cell, row.ends.client, row.ends.originator_port);
});
inline constexpr Column kServer = text_column("Server", "%-22s", [](Cell &cell, const Row &row) {
    set_end(cell, row.ends.server, row.ends.responder_port);
});
inline constexpr Column kUser =
    text_column("User", "%-20s", [](Cell &cell, const Row &row) { set_escaped(cell, row.user); });
inline constexpr Column kEnd =
    text_column("End", "%-8s", [](Cell &cell, const Row &row) { set_text(cell, row.end); });
inline constexpr Column kFirstSeen = text_column(
    "First seen", "%-31s", [](Cell &cell, const Row &row) { set_time(cell, row.counts.first_ns); });
inline constexpr Column kLastSeen = text_column(
    "Last seen", "%-31s", [](Cell &cell, const Row &row) { set_time(cell, row.counts.last_ns); });

} // namespace pop3ana_plugin
