// Names of nodes are constants, so that no packet decides how many there are.
// SPDX-License-Identifier: GPL-2.0-or-later
#include "statistic_tree.hpp"

#include "events/event.hpp"
#include "pop3/command.hpp"
#include "statistic.hpp"

#include <epan/packet.h>
#include <epan/stats_tree.h>
#include <initializer_list>

namespace pop3ana_plugin {
namespace {

constexpr const char *kSessions = "Sessions";
constexpr const char *kLogins = "Logins";
constexpr const char *kReplies = "Replies";
constexpr const char *kUnexpected = "Unexpected commands";
constexpr const char *kAlerts = "Alerts";
constexpr const char *kAnomalies = "Anomalies";
constexpr const char *kNotAnalysed = "Packets with POP that are not analysed";

constexpr int kRoot = 0;

void init(stats_tree *tree) {
    // Shown even while they count nothing.
    for (const char *name :
         {kSessions, kLogins, kReplies, kUnexpected, kAlerts, kAnomalies, kNotAnalysed})
        stats_tree_create_node(tree, name, kRoot, STAT_DT_INT, TRUE);
}

/// Counts one in each node of the path.
void count(stats_tree *tree, std::initializer_list<const char *> path) {
    int parent = kRoot;
    for (const char *name : path)
        parent = tick_stat_node(tree, name, parent, TRUE);
}

const char *command_name(const pop3ana_event &event) {
    const pop3ana::Command command = pop3ana::find_command(pop3ana::view(event.command), true);
    if (command == pop3ana::Command::kUnknown) return "no known command";
    return pop3ana::row_of(command).word.data(); // a literal, which ends with a NUL
}

void count(stats_tree *tree, const pop3ana_event &event) {
    using pop3ana::name_of;
    switch (event.type) {
    case POP3ANA_EVENT_NEW_CONNECTION: return count(tree, {kSessions});
    case POP3ANA_EVENT_LOGIN_SUCCESS: return count(tree, {kLogins, "success"});
    case POP3ANA_EVENT_LOGIN_FAILURE:
        return count(tree, {kLogins, "failure", name_of(event.reason, pop3ana::kReasonNames)});
    case POP3ANA_EVENT_REPLY:
        return count(tree, {kReplies, event.status == POP3ANA_STATUS_ERR ? "-ERR" : "+OK",
                            command_name(event)});
    case POP3ANA_EVENT_UNEXPECTED: return count(tree, {kUnexpected, command_name(event)});
    case POP3ANA_EVENT_THRESHOLD_WARNING:
    case POP3ANA_EVENT_ALERT:
        return count(tree, {kAlerts, name_of(event.alert, pop3ana::kAlertNames)});
    case POP3ANA_EVENT_ANOMALY:
        return count(tree, {kAnomalies, name_of(event.anomaly, pop3ana::kAnomalyNames)});
    default: return;
    }
}

tap_packet_status on_packet(stats_tree *tree, packet_info *, epan_dissect_t *, const void *tapped,
                            tap_flags_t) {
    const auto &frame = *static_cast<const TappedFrame *>(tapped);
    for (std::size_t i = 0; i < frame.events.count; ++i)
        count(tree, frame.events.events[i].event);
    switch (frame.not_analysed) {
    case NotAnalysed::kNothing: break;
    case NotAnalysed::kTls: count(tree, {kNotAnalysed, "in TLS"}); break;
    case NotAnalysed::kOther: count(tree, {kNotAnalysed, "others"}); break;
    }
    return TAP_PACKET_REDRAW;
}

} // namespace

void register_statistic_tree() {
    // Wireshark makes "pop3ana,tree" of the second one.
    stats_tree_register_plugin("pop3ana", "pop3ana", "POP3 Events", 0, on_packet, init, nullptr);
}

} // namespace pop3ana_plugin
