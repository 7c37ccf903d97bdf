// The tables of --summary as text on stderr, at most 80 columns wide: two lines a row, as names may
// be long, and a third for logins by other mechanisms than USER.
// SPDX-License-Identifier: GPL-2.0-or-later
#include "output/event_text.hpp"
#include "output/output.hpp"
#include "output/output_list.hpp"
#include "output/summary_tables.hpp"
#include "output/time_stamps.hpp"
#include "system/diagnostics.hpp"

#include "base/decimal.hpp"

#include <algorithm>
#include <array>
#include <cstdint>
#include <fmt/core.h>
#include <iterator>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace pop3dump {
namespace {

/// More rows are left out: JSON has them all.
constexpr std::size_t kShownRows = 20;
constexpr std::size_t kColumns = 80, kNameColumns = 38;

/// "2007-03-01 12:00:00" in UTC.
std::string short_time(std::int64_t ts_ns) {
    std::array<char, kUtcTimeBytes + pop3ana::kDecimalSlack> time;
    write_utc_time(time.data(), ts_ns);
    std::string text(time.data(), sizeof("2007-03-01T12:00:00") - 1);
    text[text.find('T')] = ' ';
    return text;
}

/// In at most 8 characters: "512", "3.4 MB".
std::string short_bytes(std::uint64_t bytes) {
    constexpr std::array kUnits{"kB", "MB", "GB", "TB", "PB", "EB"};
    if (bytes < 1000) return fmt::format("{}", bytes);
    double value = static_cast<double>(bytes) / 1000;
    std::size_t unit = 0;
    for (; value >= 999.95 && unit + 1 < kUnits.size(); ++unit)
        value /= 1000;
    return fmt::format("{:.1f} {}", value, kUnits[unit]);
}

/// In `columns`, with an ellipsis where it is longer.
std::string cut_to(std::string name, std::size_t columns) {
    constexpr std::string_view kEllipsis = "...";
    if (name.size() > columns) name.replace(columns - kEllipsis.size(), name.size(), kEllipsis);
    return name;
}

std::string row_text(std::string_view name, const SummaryCounts &row, SummaryColumns columns) {
    const std::string times =
        fmt::format("{}  {}\n", short_time(row.first_ns), short_time(row.last_ns));
    if (columns == SummaryColumns::kSessionsAlone)
        return fmt::format("{}\n{:>10}  {}", cut_to(std::string(name), kColumns), row.sessions,
                           times);
    std::string text =
        fmt::format("{:<{}} {}", cut_to(std::string(name), kNameColumns), kNameColumns, times);
    const auto out = std::back_inserter(text);
    if (columns == SummaryColumns::kAll) fmt::format_to(out, "{:>10}{:>8}", row.sessions, row.open);
    fmt::format_to(out, "{:>8}{:>8}{:>8}", row.logins, row.failed_logins, row.cleartext);
    if (columns == SummaryColumns::kAll) fmt::format_to(out, "{:>8}", row.errors);
    fmt::format_to(out, "{:>8}{:>8}{:>10}\n", row.alerts, row.mails, short_bytes(row.mail_bytes));
    std::string mechanisms;
    for (const MechanismCount &count : row.mechanisms)
        fmt::format_to(std::back_inserter(mechanisms), "{}{} {}+{}", mechanisms.empty() ? "" : ", ",
                       count.mechanism, count.succeeded, count.failed);
    const bool is_user_alone = row.mechanisms.size() == 1 && row.mechanisms[0].mechanism == "USER";
    if (!row.mechanisms.empty() && !is_user_alone)
        fmt::format_to(out, "  logins+failed: {}\n", mechanisms);
    return text;
}

std::string table_text(const SummaryTables::Titled &titled) {
    const auto &[name, title, columns, is_optional, table] = titled;
    if (is_optional && table.empty()) return "";
    const std::vector<SummaryTable::Named> rows = table.sorted();
    const std::uint64_t all = rows.size() + table.other_count();
    const std::string times = fmt::format("{:<19}  {}\n", "FIRST (UTC)", "LAST");
    std::string text;
    if (columns == SummaryColumns::kSessionsAlone) {
        text = fmt::format("{}\n  SESSIONS  {}", title, times);
    } else {
        text = fmt::format("{:<{}} {}", title, kNameColumns, times);
        if (columns == SummaryColumns::kAll) text += "  SESSIONS    OPEN";
        text += "  LOGINS  FAILED   CLEAR";
        if (columns == SummaryColumns::kAll) text += "  ERRORS";
        text += "  ALERTS   MAILS     BYTES\n";
    }
    const std::size_t shown = std::min(rows.size(), kShownRows);
    for (std::size_t i = 0; i < shown; ++i)
        text += row_text(escaped_text({rows[i].name.data(), rows[i].name.size()}), *rows[i].row,
                         columns);
    if (all > shown) text += fmt::format("({} of {}; {} left out)\n", shown, all, all - shown);
    return text + "\n";
}

class SummaryOutput final : public Output {
public:
    void on_event(const pop3ana_event &event, std::string_view /*log_line*/) override {
        tables_.on_event(event);
    }
    void sum_up() override {
        std::string text;
        for (const SummaryTables::Titled &titled : tables_.all())
            text += table_text(titled);
        write_stderr(text);
    }

private:
    SummaryTables tables_;
};

} // namespace

std::unique_ptr<Output> make_summary_output(const OutputOptions &options,
                                            OutputContext & /*context*/) {
    const bool is_text = options.summary && !(options.log.json && options.has_log());
    return is_text ? std::make_unique<SummaryOutput>() : nullptr;
}

} // namespace pop3dump
