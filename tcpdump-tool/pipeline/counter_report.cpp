// One row for each counter: its name, and what to call it where it means a loss.
// SPDX-License-Identifier: GPL-2.0-or-later
#include "pipeline/counter_report.hpp"

#include "events/event_table.hpp"
#include "pipeline/skipped_report.hpp"

#include <algorithm>
#include <array>
#include <fmt/core.h>
#include <iterator>
#include <utility>

namespace pop3dump {
namespace {

struct CounterRow {
    const char *name;
    std::uint64_t pop3ana_counters::*value;
    const char *loss = nullptr;   ///< what the number counts, when that was lost
    const char *losses = nullptr; ///< the same for more than one
};

using C = pop3ana_counters;
using R = RunCounters;

/// Of the tool itself.
struct RunRow {
    const char *name;
    std::uint64_t (*value)(const R &counters);
    const char *losses = nullptr; ///< what a full disk has cost
};

// clang-format off
constexpr RunRow kRunRows[] = {
    {"packets_read",           [](const R &c) { return c.packets_read; }},
    {"packets_passed",         [](const R &c) { return c.packets_passed; }},
    {"packets_failed",         [](const R &c) { return c.packets_failed; }},
    {"packets_written",        [](const R &c) { return c.output.packets_written; }},
    {"packets_lost",           [](const R &c) { return c.output.packets_lost; }, "packets"},
    {"lines_lost",             [](const R &c) { return c.output.lines_lost; }, "log lines"},
    {"evidence_files",         [](const R &c) { return c.output.evidence_files; }},
    {"evidence_files_removed", [](const R &c) { return c.output.evidence_files_removed; }},
    {"evidence_packets",       [](const R &c) { return c.output.evidence_packets; }},
    {"evidence_packets_lost",  [](const R &c) { return c.output.evidence_packets_lost; }, "evidence packets"},
};
constexpr CounterRow kRowsBeforeEvents[] = {
    {"frames",                 &C::frames},
    {"frame_bytes",            &C::frame_bytes},
    {"frames_undecodable",     &C::frames_undecodable,  "frame of unknown link type", "frames of unknown link type"},
    {"frames_malformed",       &C::frames_malformed,    "malformed frame", "malformed frames"},
    {"frames_too_deep",        &C::frames_too_deep,     "frame with too many headers", "frames with too many headers"},
    {"checksum_errors",        &C::checksum_errors,     "packet with a wrong checksum", "packets with a wrong checksum"},
    {"fragments",              &C::fragments},
    {"fragments_dropped",      &C::fragments_dropped,   "IP fragment", "IP fragments"},
    {"segments",               &C::segments},
    {"segments_truncated",     &C::segments_truncated,  "segment truncated by the snap length", "segments truncated by the snap length"},
    {"segments_ignored",       &C::segments_ignored},
    {"tcp_bytes",              &C::tcp_bytes},
    {"delivered_bytes",        &C::delivered_bytes},
    {"duplicate_bytes",        &C::duplicate_bytes},
    {"discarded_bytes",        &C::discarded_bytes,     "byte of closed or ignored connections", "bytes of closed or ignored connections"},
    {"held_bytes",             &C::held_bytes,          "byte waiting behind a gap", "bytes waiting behind a gap"},
    {"gaps",                   &C::gaps,                "gap in the captured connections", "gaps in the captured connections"},
    {"gap_bytes",              &C::gap_bytes,           "byte missing in gaps", "bytes missing in gaps"},
    {"resets_ignored",         &C::resets_ignored},
    {"connections",            &C::connections},
    {"connections_open",       &C::connections_open},
    {"connections_midstream",  &C::connections_midstream},
    {"connections_evicted",    &C::connections_evicted, "connection evicted (table full)", "connections evicted (table full)"},
    {"connections_idle",       &C::connections_idle},
    {"sessions",               &C::sessions},
    {"clients",                &C::clients},
    {"clients_evicted",        &C::clients_evicted,     "error count evicted (table full)", "error counts evicted (table full)"},
    {"lines_too_long",         &C::lines_too_long},
    {"line_bytes_dropped",     &C::line_bytes_dropped,  "byte beyond the line limit", "bytes beyond the line limit"},
    {"pending_dropped",        &C::pending_dropped,     "command dropped (pipeline queue full)", "commands dropped (pipeline queue full)"},
    {"replies_lost",           &C::replies_lost,        "command whose reply was not captured", "commands whose replies were not captured"},
};
constexpr CounterRow kRowsBehindEvents[] = {
    {"internal_errors",        &C::internal_errors,     "connection dropped (internal error in libpop3ana)", "connections dropped (internal error in libpop3ana)"},
    {"decrypted_bytes",        &C::decrypted_bytes},
    {"decrypted_discarded_bytes", &C::decrypted_discarded_bytes},
    {"anomalies_left_out",     &C::anomalies_left_out},
    {"connections_one_sided",  &C::connections_one_sided},
    {"guess_records_evicted",  &C::guess_records_evicted, "client or user whose failed logins were forgotten (table full)", "clients or users whose failed logins were forgotten (table full)"},
    {"connections_detected",   &C::connections_detected},
    {"connections_undecided",  &C::connections_undecided},
    {"undecided_evicted",      &C::undecided_evicted,   "connection given up before it was known whether it is POP3", "connections given up before it was known whether they are POP3"},
    {"tls_connections",        &C::tls_connections},
    {"tls_text_bytes",         &C::tls_text_bytes},
    {"tls_not_opened",         &C::tls_not_opened,      "TLS record that no secret opens", "TLS records that no secret opens"},
    {"tls_given_up",           &C::tls_given_up,        "TLS connection whose secrets did not come in time", "TLS connections whose secrets did not come in time"},
    {"tls_undecided",          &C::tls_undecided},
};
// clang-format on

/// The counters of event types stand between the others.
constexpr auto kRows = [] {
    constexpr auto kCounted = [](const pop3ana::EventRow &row) { return row.counter != nullptr; };
    constexpr auto kEventRows = static_cast<std::size_t>(
        std::count_if(pop3ana::kEvents.begin(), pop3ana::kEvents.end(), kCounted));
    std::array<CounterRow, std::size(kRowsBeforeEvents) + kEventRows + std::size(kRowsBehindEvents)>
        rows{};
    auto *to = std::copy(std::begin(kRowsBeforeEvents), std::end(kRowsBeforeEvents), rows.begin());
    for (const pop3ana::EventRow &row : pop3ana::kEvents)
        if (kCounted(row)) *to++ = {row.counter_name, row.counter};
    std::copy(std::begin(kRowsBehindEvents), std::end(kRowsBehindEvents), to);
    return rows;
}();
static_assert(sizeof(C) == sizeof(std::size_t) + kRows.size() * sizeof(std::uint64_t),
              "every counter has its row");

CaptureCounters sum(const std::vector<InterfaceCounters> &interfaces) {
    CaptureCounters all;
    for (const auto &[name, counters] : interfaces) {
        all.received += counters.received;
        all.dropped_by_kernel += counters.dropped_by_kernel;
        all.dropped_by_interface += counters.dropped_by_interface;
    }
    return all;
}

void add_rows(std::string &text, const CaptureCounters &counters, const std::string &of) {
    text += fmt::format("packets_received{0} {1}\npackets_dropped_by_kernel{0} {2}\n"
                        "packets_dropped_by_interface{0} {3}\n",
                        of, counters.received, counters.dropped_by_kernel,
                        counters.dropped_by_interface);
}

std::string capture_counters(const std::vector<InterfaceCounters> &interfaces) {
    std::string text;
    if (!interfaces.empty()) add_rows(text, sum(interfaces), "");
    if (interfaces.size() < 2) return text;
    for (const auto &[name, counters] : interfaces)
        add_rows(text, counters, fmt::format("[{}]", name));
    return text;
}

std::string phrase(const CaptureCounters &counters) {
    return fmt::format("received {}, dropped by the kernel {}, dropped by the interface {}",
                       counters.received, counters.dropped_by_kernel,
                       counters.dropped_by_interface);
}

} // namespace

std::vector<Counter> list_counters(const RunCounters &counters) {
    std::vector<Counter> all;
    for (const RunRow &row : kRunRows)
        all.push_back({row.name, row.value(counters), row.losses});
    for (const CounterRow &row : kRows)
        all.push_back({row.name, counters.analysis.*row.value, row.losses});
    return all;
}

std::string all_counters(const RunCounters &counters) {
    std::string text;
    for (const Counter &counter : list_counters(counters))
        text += fmt::format("{} {}\n", counter.name, counter.value);
    return text + skipped_counters(counters) + capture_counters(counters.interfaces);
}

std::string summary(const RunCounters &counters) {
    const pop3ana_counters &found = counters.analysis;
    const std::string packets =
        counters.interfaces.empty()
            ? fmt::format("read {}, passed the filter {}", counters.packets_read,
                          counters.packets_passed)
            : fmt::format("read {}, {}", counters.packets_read, phrase(sum(counters.interfaces)));
    std::string text =
        fmt::format("packets {}, connections {}, sessions {}, requests {}, replies {}, logins {}, "
                    "failed logins {}, warnings {}",
                    packets, found.connections, found.sessions, found.requests, found.replies,
                    found.logins_succeeded, found.logins_failed, found.warnings);
    if (counters.interfaces.size() < 2) return text;
    for (const auto &[name, of_interface] : counters.interfaces)
        text += fmt::format("; {}: {}", name, phrase(of_interface));
    return text;
}

std::string losses(const RunCounters &counters) {
    std::string text;
    for (const CounterRow &row : kRows) {
        const std::uint64_t value = counters.analysis.*row.value;
        if (row.loss == nullptr || value == 0) continue;
        text += fmt::format("{}{} {}", text.empty() ? "" : ", ", value,
                            value == 1 ? row.loss : row.losses);
    }
    const CaptureCounters captured = sum(counters.interfaces);
    const std::uint64_t dropped = captured.dropped_by_kernel + captured.dropped_by_interface;
    if (dropped > 0) {
        text += fmt::format("{}{} dropped by kernel or interface", text.empty() ? "" : ", ",
                            dropped == 1 ? "1 packet" : fmt::format("{} packets", dropped));
    }
    return text;
}

std::vector<std::string> notes(const RunCounters &counters, bool with_anomalies) {
    std::vector<std::string> lines;
    if (std::string seen = silence(counters); !seen.empty()) lines.push_back(std::move(seen));
    if (const std::uint64_t count = counters.analysis.connections_one_sided)
        lines.push_back(fmt::format("{} captured in one direction only",
                                    count == 1 ? "1 connection was"
                                               : fmt::format("{} connections were", count)));
    if (const std::uint64_t count = counters.analysis.anomalies_left_out;
        with_anomalies && count > 0)
        lines.push_back(fmt::format("{} not shown (limit per session)",
                                    count == 1 ? "1 anomaly" : fmt::format("{} anomalies", count)));
    return lines;
}

} // namespace pop3dump
