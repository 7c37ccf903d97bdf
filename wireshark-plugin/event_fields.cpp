// SPDX-License-Identifier: GPL-2.0-or-later
#include "event_fields.hpp"

#include <algorithm>
#include <deque>
#include <string>
#include <utility>
#include <vector>

namespace pop3ana_plugin {
namespace {

/// All fields that events add to a tree.
std::vector<int> all_fields;

/// Names live as long as Wireshark does.
const char *full_name(const std::string &name) {
    static std::deque<std::string> names;
    return names.emplace_back("pop3ana." + name).c_str();
}

hf_register_info field_info_of(const pop3ana::MemberRow &row, int *id) {
    hf_register_info info{
        id, {row.title, full_name(row.field), FT_STRING, BASE_NONE, nullptr, 0, row.words, HFILL}};
    if (std::holds_alternative<pop3ana::CountMember>(row.value) ||
        std::holds_alternative<pop3ana::PortMember>(row.value)) {
        info.hfinfo.type = FT_UINT32;
        info.hfinfo.display = BASE_DEC;
    } else if (std::holds_alternative<pop3ana::FlagMember>(row.value)) {
        info.hfinfo.type = FT_BOOLEAN;
    } else if (std::holds_alternative<pop3ana::DurationMember>(row.value)) {
        info.hfinfo.type = FT_RELATIVE_TIME;
    } else if (std::holds_alternative<pop3ana::FrameMember>(row.value)) {
        info.hfinfo.type = FT_FRAMENUM;
        info.hfinfo.strings = FRAMENUM_TYPE(FT_FRAMENUM_REQUEST);
    }
    return info;
}

hf_register_info field_info_of(const pop3ana::SummaryRow &row, int *id) {
    hf_register_info info{id,
                          {row.title, full_name(std::string("session_end.") + row.name), FT_STRING,
                           BASE_NONE, nullptr, 0, row.words, HFILL}};
    if (std::holds_alternative<pop3ana::SummaryCount>(row.value) ||
        std::holds_alternative<pop3ana::SummaryKnownCount>(row.value)) {
        info.hfinfo.type = FT_UINT64;
        info.hfinfo.display = BASE_DEC;
    } else if (std::holds_alternative<pop3ana::SummaryFlag>(row.value)) {
        info.hfinfo.type = FT_BOOLEAN;
    } else if (std::holds_alternative<pop3ana::SummaryFrame>(row.value)) {
        info.hfinfo.type = FT_FRAMENUM;
    } else if (std::holds_alternative<pop3ana::SummaryCertain>(row.value)) {
        info.hfinfo.type = FT_INT64;
        info.hfinfo.display = BASE_DEC;
    } else if (std::holds_alternative<pop3ana::SummaryTime>(row.value)) {
        info.hfinfo.type = FT_ABSOLUTE_TIME;
        info.hfinfo.display = ABSOLUTE_TIME_UTC;
    } else if (std::holds_alternative<pop3ana::SummaryDuration>(row.value)) {
        info.hfinfo.type = FT_RELATIVE_TIME;
    }
    return info;
}

constexpr int kNoteworthy = PI_NOTE, kAlerting = PI_WARN;

struct GroupAndSeverity {
    int group;
    int severity;
};

GroupAndSeverity expert_class(pop3ana::AnomalyClass about) {
    using pop3ana::AnomalyClass;
    switch (about) {
    case AnomalyClass::kProtocol: return {PI_PROTOCOL, PI_NOTE};
    case AnomalyClass::kMalformed: return {PI_MALFORMED, PI_NOTE};
    case AnomalyClass::kLoss: return {PI_SEQUENCE, PI_CHAT};
    case AnomalyClass::kSequence: return {PI_SEQUENCE, PI_NOTE};
    case AnomalyClass::kLimit: return {PI_RESPONSE_CODE, PI_NOTE};
    }
    return {PI_UNDECODED, PI_ERROR};
}

void register_all(std::vector<hf_register_info> &fields) {
    proto_register_field_array(field::protocol, fields.data(), static_cast<int>(fields.size()));
    for (const hf_register_info &info : fields)
        all_fields.push_back(*info.p_id);
}

void register_expert_information() {
    static std::vector<ei_register_info> infos{
        {&expert::login_failed,
         {"pop3ana.login_failed", PI_SECURITY, kNoteworthy, "POP3 login failed", EXPFILL}},
        {&expert::unexpected_command,
         {"pop3ana.unexpected_command", PI_SECURITY, kNoteworthy, "Unexpected POP3 command",
          EXPFILL}},
    };
    for (const pop3ana::AlertRow &row : pop3ana::kAlerts) {
        if (row.kind == POP3ANA_ALERT_NONE) continue;
        const bool is_errors = row.kind == POP3ANA_ALERT_ERRORS;
        const char *name = full_name(is_errors ? "threshold" : std::string("alert.") + row.name);
        infos.push_back(
            {&expert::alerts[row.kind], {name, PI_SECURITY, kAlerting, row.summary, EXPFILL}});
    }
    for (const pop3ana::AnomalyRow &row : pop3ana::kAnomalies) {
        if (row.kind == POP3ANA_ANOMALY_NONE) continue;
        const auto [group, severity] = expert_class(row.about);
        infos.push_back({&expert::anomalies[row.kind],
                         {full_name(std::string("anomaly.") + row.name), group, severity,
                          row.summary, EXPFILL}});
    }
    expert_register_field_array(expert_register_protocol(field::protocol), infos.data(),
                                static_cast<int>(infos.size()));
    for (const ei_register_info &info : infos)
        all_fields.push_back(info.ids->hf);
}

} // namespace

ExpertInfo expert_of(const pop3ana_event &event) {
    switch (event.type) {
    case POP3ANA_EVENT_LOGIN_FAILURE: return {&expert::login_failed, kNoteworthy};
    case POP3ANA_EVENT_UNEXPECTED: return {&expert::unexpected_command, kNoteworthy};
    case POP3ANA_EVENT_THRESHOLD_WARNING:
    case POP3ANA_EVENT_ALERT: return {&expert::alerts[event.alert], kAlerting};
    case POP3ANA_EVENT_ANOMALY:
        return {&expert::anomalies[event.anomaly],
                expert_class(pop3ana::kAnomalies[event.anomaly].about).severity};
    default: return {};
    }
}

void register_fields(int protocol) {
    field::protocol = protocol;
    all_fields.push_back(protocol);
    // Wireshark keeps pointers into both.
    static std::vector<hf_register_info> fields{
        {&field::session,
         {"Session", "pop3ana.session", FT_UINT32, BASE_DEC, nullptr, 0,
          "POP3 session number, as in the log of pop3dump", HFILL}},
        {&field::first_frame,
         {"First frame of the session", "pop3ana.first_frame", FT_FRAMENUM, BASE_NONE, nullptr, 0,
          nullptr, HFILL}},
        {&field::client,
         {"Client", "pop3ana.client", FT_IPv4, BASE_NONE, nullptr, 0, "IPv4 address of the client",
          HFILL}},
        {&field::client6,
         {"Client", "pop3ana.client6", FT_IPv6, BASE_NONE, nullptr, 0, "IPv6 address of the client",
          HFILL}},
        {&field::client_port,
         {"Client port", "pop3ana.client_port", FT_UINT16, BASE_DEC, nullptr, 0, nullptr, HFILL}},
        {&field::server,
         {"Server", "pop3ana.server", FT_IPv4, BASE_NONE, nullptr, 0, "IPv4 address of the server",
          HFILL}},
        {&field::server6,
         {"Server", "pop3ana.server6", FT_IPv6, BASE_NONE, nullptr, 0, "IPv6 address of the server",
          HFILL}},
        {&field::server_port,
         {"Server port", "pop3ana.server_port", FT_UINT16, BASE_DEC, nullptr, 0, nullptr, HFILL}},
        {&field::event,
         {"Event", "pop3ana.event", FT_STRING, BASE_NONE, nullptr, 0, nullptr, HFILL}},
        {&field::log,
         {"Log", "pop3ana.log", FT_STRING, BASE_NONE, nullptr, 0,
          "The line that pop3dump prints for this event", HFILL}},
        {&field::login,
         {"Login", "pop3ana.login", FT_STRING, BASE_NONE, nullptr, 0, "success or failure", HFILL}},
        {&field::alert,
         {"Alert", "pop3ana.alert", FT_STRING, BASE_NONE, nullptr, 0,
          "What raises an alert about this client", HFILL}},
        {&field::alert_summary,
         {"Summary of the alert", "pop3ana.alert.summary", FT_STRING, BASE_NONE, nullptr, 0,
          "The alert with its numbers, for a column", HFILL}},
        {&field::error_frame,
         {"-ERR reply in frame", "pop3ana.error_frame", FT_FRAMENUM, BASE_NONE, nullptr, 0,
          "An -ERR reply counted by this alert, newest first", HFILL}},
        {&field::errors,
         {"Errors", "pop3ana.errors", FT_UINT64, BASE_DEC, nullptr, 0,
          "Number of -ERR replies to the client's address up to this frame", HFILL}},
        {&field::response_in,
         {"Response in", "pop3ana.response_in", FT_FRAMENUM, BASE_NONE,
          FRAMENUM_TYPE(FT_FRAMENUM_RESPONSE), 0, "The first reply to the commands of this frame",
          HFILL}},
        {&field::session_end,
         {"Session end", "pop3ana.session_end", FT_STRING, BASE_NONE, nullptr, 0,
          "Why the connection of the session ended: see pop3ana.session_end.why", HFILL}},
    };
    static std::vector<hf_register_info> members;
    for (std::size_t row = 0; row < pop3ana::kMembers.size(); ++row)
        if (pop3ana::kMembers[row].field != nullptr && row_with_field(row) == row)
            members.push_back(field_info_of(pop3ana::kMembers[row], &member_fields[row]));
    for (std::size_t row = 0; row < pop3ana::kSummaryMembers.size(); ++row)
        members.push_back(field_info_of(pop3ana::kSummaryMembers[row], &summary_fields[row]));
    register_all(fields);
    register_all(members);

    static gint *trees[] = {&tree_of_protocol, &tree_of_event};
    proto_register_subtree_array(trees, static_cast<int>(G_N_ELEMENTS(trees)));
    register_expert_information();
}

void register_expert_readers() {
    static bool is_done = false;
    if (std::exchange(is_done, true)) return;
    for (const char *name :
         {"_ws.expert", "_ws.expert.message", "_ws.expert.group", "_ws.expert.severity"}) {
        const int id = proto_registrar_get_id_byname(name);
        if (id != -1) all_fields.push_back(id);
    }
}

bool has_readers(proto_tree *tree) {
    return tree != nullptr && std::any_of(all_fields.begin(), all_fields.end(), [tree](int id) {
               return proto_field_is_referenced(tree, id);
           });
}

bool has_session_readers(proto_tree *tree) {
    return tree != nullptr && (proto_field_is_referenced(tree, field::session) ||
                               proto_field_is_referenced(tree, field::protocol));
}

} // namespace pop3ana_plugin
