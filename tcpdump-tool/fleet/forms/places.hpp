// Where each member of an event goes in each form. The rows are those of the tables of events: a
// member that has no row here does not compile.
//
// A place is a path as Fields has it; Zeek's logs are flat, and there it is the name of a column.
// What has no place in a form is left out of it. Secrets have none in any form, and no more have
// the lines of the log, which repeat them, and the text of an anomaly, which may be a password
// typed as a command. Other texts are guarded: see Guard.
// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include "fleet/forms/form.hpp"

#include "events/event_table.hpp"

#include <algorithm>
#include <array>
#include <cstdint>
#include <string_view>
#include <variant>

namespace pop3fleet {

/// How a value is written.
enum class As : std::uint8_t {
    kSame,      ///< text, number, true or false
    kList,      ///< an array of it, as a text
    kWords,     ///< an array of its words
    kUtc,       ///< a time: 2026-11-23T08:37:35.102722Z
    kEveTime,   ///< a time: 2026-11-23T08:37:35.102722+0000
    kSeconds,   ///< a time: 1795423055.102722
    kMs,        ///< a time in milliseconds
    kNs,        ///< a duration in nanoseconds
    kFlowId,    ///< a number made of the first 12 hexadecimal digits
    kTlsSpaced, ///< TLSv1.2 as Suricata has it: TLS 1.2, but TLSv1
    kTlsShort,  ///< TLSv1.2 as Zeek has it: TLSv12
    kTlsNumber, ///< TLSv1.2 as 1.2
};

struct Place {
    const char *path = nullptr; ///< NULL: nowhere
    As as = As::kSame;
};

/// What a member may hold beside what it is for.
enum class Guard : std::uint8_t {
    kNone,
    kText, ///< perhaps a secret: written only where the event is about a command that has none
};

struct PlaceRow {
    const char *member; ///< in JSON
    pop3ana::EventSet of;
    std::array<Place, kFormCount> places; ///< in the order of Form
    Guard guard = Guard::kNone;
};

/// What all events have, or may have, beside the members of their table.
inline constexpr std::array<std::string_view, 20> kCommonMembers{
    "ts",        "time",      "event",   "session",      "frame",      "id.orig_h", "id.orig_p",
    "id.resp_h", "id.resp_p", "proxy.h", "proxy.p",      "uid",        "phase",     "community_id",
    "line",      "sensor",    "file",    "request_file", "first_file", "last_file",
};

inline constexpr std::array kPlaces = [] {
    using pop3ana::events;
    using Set = pop3ana::EventSet;
    constexpr Set kAll = (Set{1} << (pop3ana::kEvents.size() + 1)) - 2;
    constexpr Set kRequest = events(POP3ANA_EVENT_REQUEST);
    constexpr Set kReply = events(POP3ANA_EVENT_REPLY);
    constexpr Set kFailure = events(POP3ANA_EVENT_LOGIN_FAILURE);
    constexpr Set kLogin = events(POP3ANA_EVENT_LOGIN_SUCCESS) | kFailure;
    constexpr Set kUnexpected = events(POP3ANA_EVENT_UNEXPECTED);
    constexpr Set kWarning = events(POP3ANA_EVENT_THRESHOLD_WARNING);
    constexpr Set kAlert = events(POP3ANA_EVENT_ALERT);
    constexpr Set kAlarm = kWarning | kAlert;
    constexpr Set kStls = events(POP3ANA_EVENT_TLS_STARTED);
    constexpr Set kAnomaly = events(POP3ANA_EVENT_ANOMALY);
    constexpr Set kProxied = events(POP3ANA_EVENT_PROXIED);
    constexpr Set kEnd = events(POP3ANA_EVENT_SESSION_END);
    constexpr Set kTls = events(POP3ANA_EVENT_TLS);
    constexpr Set kStlsOffer = events(POP3ANA_EVENT_STLS_OFFER);
    constexpr Set kAnswers = kRequest | kReply | kLogin | kUnexpected | kAlarm | kStls | kStlsOffer;
    constexpr Place kNo{};
    constexpr Guard kText = Guard::kText;
    // clang-format off
    return std::array{
        //       member          of                 eve                                   zeek                         ecs                                     ocsf
        PlaceRow{"ts",           kAll,            {{kNo,                                  kNo,                         kNo,                                    kNo}}}, // "time" says it
        PlaceRow{"time",         kAll & ~kEnd,    {{{"timestamp", As::kEveTime},          {"ts", As::kSeconds},        {"@timestamp", As::kUtc},               {"time", As::kMs}}}},
        PlaceRow{"time",         kEnd,            {{{"timestamp", As::kEveTime},          kNo,                         {"@timestamp", As::kUtc},               kNo}}},
        PlaceRow{"event",        kAll,            {{kNo,                                  kNo,                         {"event.action"},                       {"metadata.event_code"}}}},
        PlaceRow{"session",      kAll,            {{kNo,                                  kNo,                         {"pop3ana.session"},                    kNo}}},
        PlaceRow{"frame",        kAll,            {{{"pcap_cnt"},                         kNo,                         {"pop3ana.frame"},                      kNo}}},
        PlaceRow{"file",         kAll,            {{{"pcap_filename"},                    kNo,                         {"pop3ana.file"},                       kNo}}},
        PlaceRow{"request_file", kAll,            {{kNo,                                  kNo,                         kNo,                                    kNo}}},
        PlaceRow{"first_file",   kAll,            {{kNo,                                  kNo,                         kNo,                                    kNo}}},
        PlaceRow{"last_file",    kAll,            {{kNo,                                  kNo,                         kNo,                                    kNo}}},
        PlaceRow{"id.orig_h",    kAll & ~kAlarm,  {{{"src_ip"},                           {"id.orig_h"},               {"source.ip"},                          {"src_endpoint.ip"}}}},
        PlaceRow{"id.orig_p",    kAll & ~kAlarm,  {{{"src_port"},                         {"id.orig_p"},               {"source.port"},                        {"src_endpoint.port"}}}},
        PlaceRow{"id.resp_h",    kAll & ~kAlarm,  {{{"dest_ip"},                          {"id.resp_h"},               {"destination.ip"},                     {"dst_endpoint.ip"}}}},
        PlaceRow{"id.resp_p",    kAll & ~kAlarm,  {{{"dest_port"},                        {"id.resp_p"},               {"destination.port"},                   {"dst_endpoint.port"}}}},
        PlaceRow{"id.orig_h",    kAlarm,          {{{"src_ip"},                           {"id.orig_h"},               {"source.ip"},                          {"evidences[].src_endpoint.ip"}}}},
        PlaceRow{"id.orig_p",    kAlarm,          {{{"src_port"},                         {"id.orig_p"},               {"source.port"},                        {"evidences[].src_endpoint.port"}}}},
        PlaceRow{"id.resp_h",    kAlarm,          {{{"dest_ip"},                          {"id.resp_h"},               {"destination.ip"},                     {"evidences[].dst_endpoint.ip"}}}},
        PlaceRow{"id.resp_p",    kAlarm,          {{{"dest_port"},                        {"id.resp_p"},               {"destination.port"},                   {"evidences[].dst_endpoint.port"}}}},
        PlaceRow{"uid",          kAll & ~kAlarm,  {{{"flow_id", As::kFlowId},             {"uid"},                     {"pop3ana.uid"},                        {"session.uid"}}}},
        PlaceRow{"uid",          kAlarm,          {{{"flow_id", As::kFlowId},             {"uid"},                     {"pop3ana.uid"},                        {"evidences[].connection_info.uid"}}}},
        PlaceRow{"community_id", kAlarm,          {{{"community_id"},                     {"community_id"},            {"network.community_id"},               {"evidences[].connection_info.community_uid"}}}},
        PlaceRow{"community_id", kUnexpected | kAnomaly | kTls,
                                                  {{{"community_id"},                     kNo,                         {"network.community_id"},               kNo}}},
        PlaceRow{"community_id", kAll & ~(kAlarm | kUnexpected | kAnomaly | kTls),
                                                  {{{"community_id"},                     {"community_id"},            {"network.community_id"},               {"unmapped.community_id"}}}},
        PlaceRow{"proxy.h",      kAll,            {{kNo,                                  kNo,                         {"pop3ana.proxy.ip"},                   kNo}}},
        PlaceRow{"proxy.p",      kAll,            {{kNo,                                  kNo,                         {"pop3ana.proxy.port"},                 kNo}}},
        PlaceRow{"phase",        kAll,            {{kNo,                                  kNo,                         {"pop3ana.phase"},                      kNo}}},
        PlaceRow{"line",         kAll,            {{kNo,                                  kNo,                         kNo,                                    kNo}}}, // has secrets
        PlaceRow{"sensor",       kAll,            {{{"host"},                             {"_system_name"},            {"observer.name"},                      {"metadata.reporter.name"}}}},

        PlaceRow{"command",      kRequest|kReply, {{{"pop3.request.command"},             {"command"},                 {"pop3ana.command"},                    kNo}}},
        PlaceRow{"command",      kLogin | kStls,  {{kNo,                                  {"command"},                 {"pop3ana.command"},                    kNo}}},
        PlaceRow{"command",      kUnexpected,     {{kNo,                                  {"addl"},                    {"pop3ana.command"},                    kNo}}},
        PlaceRow{"arg",          kRequest,        {{{"pop3.request.args", As::kWords},    {"arg"},                     {"pop3ana.argument"},                   kNo}}, kText},
        PlaceRow{"status",       kReply,          {{{"pop3.response.status"},             {"status"},                  {"pop3ana.status"},                     kNo}}},
        PlaceRow{"msg",          kReply,          {{{"pop3.response.header"},             {"msg"},                     {"message"},                            kNo}}, kText},
        PlaceRow{"response_code", kReply|kLogin,  {{kNo,                                  {"response_code"},           {"pop3ana.response_code"},              {"status_code"}}}},
        PlaceRow{"reply_end",    kReply | kLogin | kStlsOffer,
                                                  {{kNo,                                  kNo,                         {"pop3ana.reply_end"},                  kNo}}},
        PlaceRow{"reply_s",      kReply,          {{kNo,                                  {"reply_s", As::kSeconds},   {"event.duration", As::kNs},            kNo}}},
        PlaceRow{"user",         kLogin,          {{kNo,                                  {"user"},                    {"user.name"},                          {"user.name"}}}},
        PlaceRow{"password",     kLogin,          {{kNo,                                  kNo,                         kNo,                                    kNo}}}, // a secret
        PlaceRow{"login_hash",   kFailure,        {{kNo,                                  kNo,                         kNo,                                    kNo}}}, // for fleets
        PlaceRow{"success",      kLogin,          {{kNo,                                  {"success"},                 kNo,                                    kNo}}}, // event.outcome, status_id
        PlaceRow{"mechanism",    kLogin,          {{kNo,                                  {"mechanism"},               {"pop3ana.mechanism"},                  {"auth_protocol"}}}},
        PlaceRow{"authzid",      kLogin,          {{kNo,                                  {"authzid"},                 {"user.effective.name"},                kNo}}},
        PlaceRow{"cleartext",    kLogin,          {{kNo,                                  {"cleartext"},               {"pop3ana.cleartext"},                  {"is_cleartext"}}}},
        PlaceRow{"inferred",     kLogin,          {{kNo,                                  {"inferred"},                {"pop3ana.inferred"},                   {"unmapped.inferred"}}}},
        PlaceRow{"reason",       kFailure,        {{kNo,                                  {"reason"},                  {"event.reason"},                       {"status_detail"}}}},
        PlaceRow{"detail",       kUnexpected,     {{kNo,                                  kNo,                         {"event.reason"},                       kNo}}, kText},
        PlaceRow{"errors",       kReply,          {{kNo,                                  {"errors"},                  {"pop3ana.errors"},                     kNo}}},
        PlaceRow{"errors",       kWarning,        {{{"alert.metadata.count", As::kList},  {"n"},                       {"pop3ana.errors"},                     {"unmapped.count"}}}},
        PlaceRow{"alert",        kAlarm,          {{{"alert.metadata.alert", As::kList},  kNo,                         {"rule.name"},                          {"finding_info.analytic.name"}}}}, // zeek: "note"
        PlaceRow{"user",         kAlert,          {{{"alert.metadata.user", As::kList},   {"sub"},                     {"user.name"},                          {"evidences[].user.name"}}}},
        PlaceRow{"count",        kAlert,          {{{"alert.metadata.count", As::kList},  {"n"},                       {"pop3ana.count"},                      {"unmapped.count"}}}},
        PlaceRow{"detail",       kAlert,          {{{"alert.metadata.detail", As::kList}, {"sub"},                     {"event.reason"},                       {"finding_info.desc"}}}},
        PlaceRow{"stls.offered", kStlsOffer,      {{kNo,                                  {"stls_offered"},            {"pop3ana.stls_offered"},               kNo}}},
        PlaceRow{"truncated",    kReply,          {{kNo,                                  {"truncated"},               {"pop3ana.truncated"},                  kNo}}},

        PlaceRow{"proxy.client_h", kProxied,      {{kNo,                                  {"proxy_client_h"},          {"network.forwarded_ip"},               kNo}}},
        PlaceRow{"proxy.client_p", kProxied,      {{kNo,                                  {"proxy_client_p"},          {"pop3ana.proxy.client_port"},          kNo}}},
        PlaceRow{"proxy.source",   kProxied,      {{kNo,                                  {"proxy_source"},            {"pop3ana.proxy.source"},               kNo}}},
        PlaceRow{"proxy.trusted",  kProxied,      {{kNo,                                  {"proxy_trusted"},           {"pop3ana.proxy.trusted"},              kNo}}},

        PlaceRow{"tls.version",     kTls,         {{{"tls.version", As::kTlsSpaced},      {"version", As::kTlsShort},  {"tls.version", As::kTlsNumber},        kNo}}},
        PlaceRow{"tls.cipher",      kTls,         {{kNo,                                  {"cipher"},                  {"tls.cipher"},                         kNo}}}, // eve: numbers only
        PlaceRow{"tls.server_name", kTls,         {{{"tls.sni"},                          {"server_name"},             {"tls.client.server_name"},             kNo}}},
        PlaceRow{"tls.alpn",        kTls,         {{{"tls.server_alpns", As::kList},      {"next_protocol"},           {"tls.next_protocol"},                  kNo}}},
        PlaceRow{"tls.ja4",         kTls,         {{{"tls.ja4"},                          kNo,                         {"pop3ana.tls.ja4"},                    kNo}}},
        PlaceRow{"tls.resumed",     kTls,         {{{"tls.session_resumed"},              {"resumed"},                 {"tls.resumed"},                        kNo}}},
        PlaceRow{"tls.alert",       kTls,         {{kNo,                                  {"last_alert"},              {"pop3ana.tls.alert"},                  kNo}}},

        PlaceRow{"anomaly",       kAnomaly,       {{{"anomaly.event"},                    kNo,                         {"event.reason"},                       kNo}}}, // zeek: "name"
        PlaceRow{"detail",        kAnomaly,       {{kNo,                                  kNo,                         kNo,                                    kNo}}}, // may be a secret
        PlaceRow{"lost_bytes",    kAnomaly,       {{kNo,                                  kNo,                         {"pop3ana.lost_bytes"},                 kNo}}},
        PlaceRow{"lost_commands", kAnomaly,       {{kNo,                                  kNo,                         {"pop3ana.lost_commands"},              kNo}}},
        PlaceRow{"left_out",      kAnomaly,       {{kNo,                                  kNo,                         {"pop3ana.left_out"},                   kNo}}},
        PlaceRow{"request_frame", kAnswers,      {{kNo,                                  kNo,                         {"pop3ana.request_frame"},              kNo}}},

        PlaceRow{"client",        kEnd,           {{kNo,                                  kNo,                         {"network.forwarded_ip"},               kNo}}},
        PlaceRow{"user",          kEnd,           {{kNo,                                  kNo,                         {"user.name"},                          kNo}}},
        PlaceRow{"mechanism",     kEnd,           {{kNo,                                  kNo,                         {"pop3ana.mechanism"},                  kNo}}},
        PlaceRow{"inferred",      kEnd,           {{kNo,                                  kNo,                         {"pop3ana.inferred"},                   kNo}}},
        PlaceRow{"failed_logins", kEnd,           {{kNo,                                  kNo,                         {"pop3ana.failed_logins"},              kNo}}},
        PlaceRow{"commands",      kEnd,           {{kNo,                                  kNo,                         {"pop3ana.commands"},                   kNo}}},
        PlaceRow{"ok",            kEnd,           {{kNo,                                  kNo,                         {"pop3ana.ok"},                         kNo}}},
        PlaceRow{"err",           kEnd,           {{kNo,                                  kNo,                         {"pop3ana.err"},                        kNo}}},
        PlaceRow{"anomalies",     kEnd,           {{kNo,                                  kNo,                         {"pop3ana.anomalies"},                  kNo}}},
        PlaceRow{"gaps",          kEnd,           {{kNo,                                  kNo,                         {"pop3ana.gaps"},                       kNo}}},
        PlaceRow{"gap_bytes",     kEnd,           {{kNo,                                  {"missed_bytes"},            {"pop3ana.gap_bytes"},                  kNo}}},
        PlaceRow{"retr",          kEnd,           {{kNo,                                  kNo,                         {"pop3ana.retr"},                       kNo}}},
        PlaceRow{"retr_bytes",    kEnd,           {{kNo,                                  kNo,                         {"pop3ana.retr_bytes"},                 kNo}}},
        PlaceRow{"top",           kEnd,           {{kNo,                                  kNo,                         {"pop3ana.top"},                        kNo}}},
        PlaceRow{"top_bytes",     kEnd,           {{kNo,                                  kNo,                         {"pop3ana.top_bytes"},                  kNo}}},
        PlaceRow{"deleted",       kEnd,           {{kNo,                                  kNo,                         {"pop3ana.deleted"},                    kNo}}},
        PlaceRow{"orig_bytes",    kEnd,           {{kNo,                                  {"orig_bytes"},              {"source.bytes"},                       kNo}}}, // eve counts whole packets
        PlaceRow{"resp_bytes",    kEnd,           {{kNo,                                  {"resp_bytes"},              {"destination.bytes"},                  kNo}}},
        PlaceRow{"greeting_s",    kEnd,           {{kNo,                                  kNo,                         {"pop3ana.greeting_ns", As::kNs},       kNo}}},
        PlaceRow{"login_s",       kEnd,           {{kNo,                                  kNo,                         {"pop3ana.login_ns", As::kNs},          kNo}}},
        PlaceRow{"reply_s",       kEnd,           {{kNo,                                  kNo,                         {"pop3ana.reply_ns", As::kNs},          kNo}}},
        PlaceRow{"reply_max_s",   kEnd,           {{kNo,                                  kNo,                         {"pop3ana.reply_max_ns", As::kNs},      kNo}}},
        PlaceRow{"why",           kEnd,           {{kNo,                                  kNo,                         {"event.reason"},                       kNo}}}, // eve: "flow.state", "flow.reason"
        PlaceRow{"first_ts",      kEnd,           {{{"flow.start", As::kEveTime},         {"ts", As::kSeconds},        {"event.start", As::kUtc},              kNo}}},
        PlaceRow{"last_ts",       kEnd,           {{{"flow.end", As::kEveTime},           kNo,                         {"event.end", As::kUtc},                kNo}}}, // zeek: "duration"
        PlaceRow{"first_frame",   kEnd,           {{kNo,                                  kNo,                         {"pop3ana.first_frame"},                kNo}}},
        PlaceRow{"last_frame",    kEnd,           {{kNo,                                  kNo,                         {"pop3ana.last_frame"},                 kNo}}},
        PlaceRow{"stls",          kEnd,           {{kNo,                                  kNo,                         {"pop3ana.stls"},                       kNo}}},
    };
    // clang-format on
}();

/// Types of events that have a row for a member.
constexpr pop3ana::EventSet types_placed(std::string_view member) {
    pop3ana::EventSet types = 0;
    for (const PlaceRow &row : kPlaces)
        if (row.member == member) types |= row.of;
    return types;
}

/// A type of event has one row at most for a member.
constexpr bool rows_are_disjoint() {
    for (std::size_t i = 0; i < kPlaces.size(); ++i)
        for (std::size_t j = 0; j < i; ++j)
            if ((kPlaces[i].of & kPlaces[j].of) != 0 &&
                std::string_view(kPlaces[i].member) == kPlaces[j].member)
                return false;
    return true;
}

/// A member of the table of events but for the summary, whose own members stand in for it.
constexpr bool every_member_is_placed() {
    return std::all_of(pop3ana::kMembers.begin(), pop3ana::kMembers.end(),
                       [](const pop3ana::MemberRow &row) {
                           return std::holds_alternative<pop3ana::SummaryMember>(row.value) ||
                                  (row.carried_by & ~types_placed(row.name)) == 0;
                       });
}

constexpr bool every_summary_member_is_placed() {
    return std::all_of(pop3ana::kSummaryMembers.begin(), pop3ana::kSummaryMembers.end(),
                       [](const pop3ana::SummaryRow &row) {
                           return (pop3ana::events(POP3ANA_EVENT_SESSION_END) &
                                   ~types_placed(row.name)) == 0;
                       });
}

constexpr bool every_common_member_is_placed() {
    pop3ana::EventSet all = 0;
    for (const pop3ana::EventRow &event : pop3ana::kEvents)
        all |= pop3ana::events(event.type);
    return std::all_of(kCommonMembers.begin(), kCommonMembers.end(),
                       [&](std::string_view member) { return types_placed(member) == all; });
}

/// Types of events that carry a member, by the tables of events.
constexpr pop3ana::EventSet types_carrying(std::string_view member) {
    pop3ana::EventSet types = 0;
    for (const pop3ana::MemberRow &row : pop3ana::kMembers)
        if (row.name == member) types |= row.carried_by;
    for (const pop3ana::SummaryRow &row : pop3ana::kSummaryMembers)
        if (row.name == member) types |= pop3ana::events(POP3ANA_EVENT_SESSION_END);
    return types;
}

constexpr bool no_row_is_stale() {
    return std::all_of(kPlaces.begin(), kPlaces.end(), [](const PlaceRow &row) {
        return std::find(kCommonMembers.begin(), kCommonMembers.end(),
                         std::string_view(row.member)) != kCommonMembers.end() ||
               (row.of & ~types_carrying(row.member)) == 0;
    });
}

constexpr bool secrets_go_nowhere() {
    for (const pop3ana::MemberRow &member : pop3ana::kMembers)
        for (const PlaceRow &row : kPlaces)
            if (member.is_secret && std::string_view(row.member) == member.name)
                for (const Place &place : row.places)
                    if (place.path != nullptr) return false;
    return true;
}

static_assert(every_member_is_placed(), "a new member goes somewhere, or explicitly nowhere");
static_assert(every_summary_member_is_placed(), "so does one of a session's end");
static_assert(every_common_member_is_placed());
static_assert(rows_are_disjoint());
static_assert(no_row_is_stale());
static_assert(secrets_go_nowhere());

} // namespace pop3fleet
