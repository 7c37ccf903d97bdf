// Nothing that clients choose becomes a label: each new value would be a new time series.
// SPDX-License-Identifier: GPL-2.0-or-later
#include "pipeline/metrics_report.hpp"

#include "events/event_table.hpp"

#include <algorithm>
#include <fmt/core.h>
#include <span>
#include <string_view>
#include <utility>

namespace pop3dump {
namespace {

/// Of --stats: what is so now, and may fall.
constexpr std::string_view kGauges[] = {"held_bytes", "connections_open", "clients",
                                        "connections_undecided"};

/// Of --stats: what stands in families with labels.
constexpr std::string_view kLabelled[] = {"logins_succeeded", "logins_failed", "warnings",
                                          "alerts"};

bool is_among(std::span<const std::string_view> names, std::string_view name) {
    return std::find(names.begin(), names.end(), name) != names.end();
}

/// `interface="NAME"`, with a comma behind it; "" without a name.
std::string interface_label(std::string_view name) {
    if (name.empty()) return "";
    std::string label = "interface=\"";
    for (const char c : name) {
        if (c == '\\' || c == '"') label += '\\';
        label += c;
    }
    return label + "\",";
}

/// "Connections open" for "connections_open".
std::string in_words(std::string name) {
    std::replace(name.begin(), name.end(), '_', ' ');
    name.front() = static_cast<char>(name.front() - 'a' + 'A');
    return name;
}

class MetricsText {
public:
    explicit MetricsText(const std::vector<InterfaceCounters> &interfaces) {
        std::string names;
        for (const InterfaceCounters &interface : interfaces)
            names.append(names.empty() ? "" : ",").append(interface.name);
        run_label_ = interface_label(names);
    }

    /// What the values that follow are of.
    void family(std::string_view name, std::string_view type, std::string_view help) {
        name_ = fmt::format("pop3ana_{}", name);
        text_ += fmt::format("# HELP {0} {2}\n# TYPE {0} {1}\n", name_, type, help);
    }

    void value(std::uint64_t value) { put(run_label_, fmt::format("{}", value)); }
    void value(std::string_view label, std::string_view of, std::uint64_t value) {
        put(fmt::format("{}{}=\"{}\",", run_label_, label, of), fmt::format("{}", value));
    }
    void value_of(const InterfaceCounters &interface, std::string_view labels,
                  std::uint64_t value) {
        put(interface_label(interface.name).append(labels), fmt::format("{}", value));
    }
    void time(std::int64_t ts_ns) {
        put(run_label_, fmt::format("{}.{:09}", ts_ns / kNsPerSecond, ts_ns % kNsPerSecond));
    }

    [[nodiscard]] std::string take() { return std::move(text_); }

private:
    static constexpr std::int64_t kNsPerSecond = 1'000'000'000;

    void put(std::string_view labels, std::string_view value) {
        if (!labels.empty()) labels.remove_suffix(1); // the last comma
        text_ += labels.empty() ? fmt::format("{} {}\n", name_, value)
                                : fmt::format("{}{{{}}} {}\n", name_, labels, value);
    }

    std::string run_label_;
    std::string name_;
    std::string text_;
};

void add_interfaces(MetricsText &text, const std::vector<InterfaceCounters> &interfaces) {
    if (interfaces.empty()) return;
    text.family("packets_received_total", "counter", "Packets that the kernel has captured.");
    for (const InterfaceCounters &interface : interfaces)
        text.value_of(interface, "", interface.counters.received);
    text.family("packets_dropped_total", "counter",
                "Packets that were not captured, because a buffer was full.");
    for (const InterfaceCounters &interface : interfaces) {
        const CaptureCounters &counters = interface.counters;
        text.value_of(interface, "by=\"kernel\",", counters.dropped_by_kernel);
        text.value_of(interface, "by=\"interface\",", counters.dropped_by_interface);
    }
}

void add_events(MetricsText &text, const RunCounters &counters) {
    text.family("logins_total", "counter", "Logins by their result.");
    text.value("result", "success", counters.analysis.logins_succeeded);
    text.value("result", "failure", counters.analysis.logins_failed);
    text.family("errors_total", "counter", "Error replies (-ERR) of servers.");
    text.value(counters.output.error_replies);
    text.family("alerts_total", "counter", "Alerts by kind, as --alerts names them.");
    for (const pop3ana::AlertRow &alert : pop3ana::kAlerts) {
        if (alert.kind != POP3ANA_ALERT_NONE)
            text.value("kind", alert.name, counters.output.alerts[alert.kind]);
    }
}

} // namespace

std::string metrics(const RunCounters &counters, std::time_t start_s) {
    MetricsText text(counters.interfaces);
    text.family("build_info", "gauge", "A constant 1, with the version as its label.");
    text.value("version", pop3ana_version(), 1);
    text.family("start_time_seconds", "gauge", "When the run began, since 1970-01-01 UTC.");
    text.value(static_cast<std::uint64_t>(start_s));
    text.family("last_packet_time_seconds", "gauge",
                "Time of the last POP3 packet, since 1970-01-01 UTC; 0: there was none.");
    text.time(counters.output.last_packet_ns);
    add_interfaces(text, counters.interfaces);
    add_events(text, counters);
    for (const Counter &counter : list_counters(counters)) {
        if (is_among(kLabelled, counter.name)) continue;
        const bool is_gauge = is_among(kGauges, counter.name);
        text.family(fmt::format("{}{}", counter.name, is_gauge ? "" : "_total"),
                    is_gauge ? "gauge" : "counter",
                    counter.losses != nullptr ? fmt::format("Lost: {}.", counter.losses)
                                              : in_words(counter.name) + " (--stats).");
        text.value(counter.value);
    }
    return text.take();
}

} // namespace pop3dump
