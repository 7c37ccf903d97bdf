// SPDX-License-Identifier: GPL-2.0-or-later
#include "output/summary_lines.hpp"

#include "output/json_writer.hpp"

#include <algorithm>
#include <cstdint>
#include <fmt/core.h>
#include <string>
#include <vector>

namespace pop3dump {
namespace {

namespace key {
constexpr JsonKey kTable("summary");
constexpr JsonKey kName("name");
constexpr JsonKey kRows("rows");
constexpr JsonKey kSessions("sessions");
constexpr JsonKey kOpen("open");
constexpr JsonKey kLogins("logins");
constexpr JsonKey kFailedLogins("failed_logins");
constexpr JsonKey kCleartext("cleartext");
constexpr JsonKey kErrors("errors");
constexpr JsonKey kAlerts("alerts");
constexpr JsonKey kRetr("retr");
constexpr JsonKey kRetrBytes("retr_bytes");
constexpr JsonKey kFirstTime("first_ts");
constexpr JsonKey kLastTime("last_ts");
} // namespace key

constexpr std::size_t kMostMembers = 16;

std::uint64_t microseconds(std::int64_t ts_ns) {
    return static_cast<std::uint64_t>(ts_ns) / 1000;
}

/// Their names are static, without a byte that JSON escapes.
std::string mechanisms_member(const SummaryCounts &row) {
    std::string text = "\"mechanisms\":[";
    for (const MechanismCount &count : row.mechanisms)
        text += fmt::format(R"({}{{"mechanism":"{}","logins":{},"failed_logins":{}}})",
                            text.ends_with('[') ? "" : ",", count.mechanism, count.succeeded,
                            count.failed);
    return text + "],";
}

/// `rows`: how many are in it, if it has no name.
std::string line_of(std::string_view table, std::string_view name, const SummaryCounts &row,
                    std::uint64_t rows, SummaryColumns columns) {
    const bool has_sessions = columns != SummaryColumns::kWithoutSessions;
    const std::string mechanisms = mechanisms_member(row);
    std::string line(kMostMembers * JsonWriter::kMemberBytes + JsonWriter::kSlack +
                         JsonWriter::kLongestEscape * (table.size() + name.size()) +
                         mechanisms.size(),
                     '\0');
    JsonWriter json(line.data());
    json.begin_object();
    json.plain(key::kTable, table);
    rows == 0 ? json.text(key::kName, name) : json.number(key::kRows, rows);
    if (has_sessions) json.number(key::kSessions, static_cast<std::uint64_t>(row.sessions));
    if (columns != SummaryColumns::kSessionsAlone) {
        if (has_sessions) json.number(key::kOpen, static_cast<std::uint64_t>(row.open));
        json.number(key::kLogins, row.logins);
        json.number(key::kFailedLogins, row.failed_logins);
        json.members(mechanisms);
        json.number(key::kCleartext, row.cleartext);
        if (has_sessions) json.number(key::kErrors, row.errors);
        json.number(key::kAlerts, row.alerts);
        json.number(key::kRetr, row.mails);
        json.number(key::kRetrBytes, row.mail_bytes);
    }
    json.seconds(key::kFirstTime, microseconds(row.first_ns));
    json.seconds(key::kLastTime, microseconds(row.last_ns));
    json.end_object();
    line.resize(static_cast<std::size_t>(json.end() - line.data()));
    return line + '\n';
}

} // namespace

void write_summary_lines(const SummaryTables &tables,
                         const std::function<void(std::string_view)> &write) {
    for (const SummaryTables::Titled &titled : tables.all()) {
        const SummaryTable &table = titled.table;
        for (const auto &[name, row] : table.sorted())
            write(line_of(titled.name, name, *row, 0, titled.columns));
        if (table.other_count() != 0)
            write(line_of(titled.name, "", table.others(), table.other_count(), titled.columns));
    }
}

} // namespace pop3dump
