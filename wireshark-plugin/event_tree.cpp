// SPDX-License-Identifier: GPL-2.0-or-later
#include "event_tree.hpp"

#include "preferences.hpp"

#include <algorithm>
#include <arpa/inet.h>
#include <array>
#include <epan/expert.h>
#include <utility>
#include <vector>

namespace pop3ana_plugin {
namespace {

int protocol = -1;

namespace field {
int session = -1;
int first_frame = -1;
int client = -1;
int event = -1;
int log = -1;
int command = -1;
int argument = -1;
int status = -1;
int message = -1;
int login = -1;
int user = -1;
int password = -1;
int unexpected = -1;
int errors = -1;
int alert = -1;
int error_frame = -1;
int request_frame = -1;
int anomaly = -1;
int lost_bytes = -1;
int lost_commands = -1;
int left_out = -1;
int line = -1;
} // namespace field

int tree_of_protocol = -1;
int tree_of_event = -1;

expert_field threshold = EI_INIT;
expert_field login_failed = EI_INIT;
expert_field unexpected_command = EI_INIT;

/// The expert information of an anomaly.
struct Anomaly {
    std::uint32_t kind;
    const char *name; ///< of the filter
    int severity;
    int group;
    const char *summary;
    expert_field field;
};

std::array anomalies{
    Anomaly{POP3ANA_ANOMALY_UNKNOWN_COMMAND, "pop3ana.anomaly.unknown_command", PI_NOTE,
            PI_PROTOCOL, "Unknown POP3 command", EI_INIT},
    Anomaly{POP3ANA_ANOMALY_UNKNOWN_REPLY, "pop3ana.anomaly.unknown_reply", PI_NOTE, PI_PROTOCOL,
            "Server line without a status indicator", EI_INIT},
    Anomaly{POP3ANA_ANOMALY_COMMAND_FROM_SERVER, "pop3ana.anomaly.command_from_server", PI_NOTE,
            PI_PROTOCOL, "POP3 command from the server", EI_INIT},
    Anomaly{POP3ANA_ANOMALY_BAD_BASE64, "pop3ana.anomaly.bad_base64", PI_NOTE, PI_MALFORMED,
            "SASL line is no base64", EI_INIT},
    Anomaly{POP3ANA_ANOMALY_MALFORMED_SASL, "pop3ana.anomaly.malformed_sasl", PI_NOTE, PI_MALFORMED,
            "SASL PLAIN without its two NUL", EI_INIT},
    Anomaly{POP3ANA_ANOMALY_GAP, "pop3ana.anomaly.gap", PI_CHAT, PI_SEQUENCE,
            "Bytes of the POP3 session were not captured", EI_INIT},
    Anomaly{POP3ANA_ANOMALY_LINE_TOO_LONG, "pop3ana.anomaly.line_too_long", PI_NOTE, PI_PROTOCOL,
            "POP3 line beyond the limit", EI_INIT},
    Anomaly{POP3ANA_ANOMALY_PENDING_OVERFLOW, "pop3ana.anomaly.pending_overflow", PI_NOTE,
            PI_PROTOCOL, "Too many POP3 commands wait for a reply", EI_INIT},
    Anomaly{POP3ANA_ANOMALY_REPLIES_LOST, "pop3ana.anomaly.replies_lost", PI_CHAT, PI_SEQUENCE,
            "POP3 commands whose replies were not captured", EI_INIT},
    Anomaly{POP3ANA_ANOMALY_RESET_IGNORED, "pop3ana.anomaly.reset_ignored", PI_NOTE, PI_SEQUENCE,
            "RST outside of the window of the POP3 session", EI_INIT},
    Anomaly{POP3ANA_ANOMALY_OVERLAP_DIFFERS, "pop3ana.anomaly.overlap_differs", PI_NOTE,
            PI_SEQUENCE, "Two copies of bytes of the POP3 session differ", EI_INIT},
    Anomaly{POP3ANA_ANOMALY_EVICTED, "pop3ana.anomaly.evicted", PI_NOTE, PI_RESPONSE_CODE,
            "POP3 session gave way: too many connections", EI_INIT},
    Anomaly{POP3ANA_ANOMALY_UNCERTAIN, "pop3ana.anomaly.uncertain", PI_CHAT, PI_SEQUENCE,
            "Login without a result: which command was answered is not certain", EI_INIT},
};

/// All fields that events add to a tree.
std::vector<int> all_fields;

/// The tree that fields go to, the item that it belongs to, and what is needed with them.
struct Place {
    proto_tree *tree;
    proto_item *owner;
    tvbuff_t *tvb;
    packet_info *packet;

    /// Whether anybody asks for the field: nothing is formatted for a tree that is not shown.
    [[nodiscard]] bool wants(int which) const { return proto_field_is_referenced(tree, which); }
};

/// The item of the field; that of the tree when nobody asks for the field.
proto_item *add_text(const Place &place, int which, const char *text) {
    if (!place.wants(which)) return place.owner;
    proto_item *item = proto_tree_add_string(place.tree, which, place.tvb, 0, 0, text);
    proto_item_set_generated(item);
    return item;
}

proto_item *add_text(const Place &place, int which, pop3ana_slice text) {
    if (!place.wants(which)) return place.owner;
    return add_text(place, which, escaped(text, place.packet->pool));
}

void add_number(const Place &place, int which, std::uint64_t number) {
    if (!place.wants(which)) return;
    proto_item_set_generated(proto_tree_add_uint(place.tree, which, place.tvb, 0, 0,
                                                 static_cast<guint32>(MIN(number, G_MAXUINT32))));
}

void add_frame(const Place &place, int which, std::uint64_t frame) {
    if (frame != 0) add_number(place, which, frame);
}

const char *log_line(const pop3ana_event &event, wmem_allocator_t *pool) {
    const std::size_t length = pop3ana_format_log_line(&event, nullptr, 0);
    if (length == 0) return nullptr;
    auto *line = static_cast<char *>(wmem_alloc(pool, length + 1));
    pop3ana_format_log_line(&event, line, length + 1);
    return line;
}

void show_request(const Place &place, const pop3ana_event &event) {
    add_text(place, field::command, event.command);
    if (event.text.len != 0) add_text(place, field::argument, event.text);
}

void show_reply(const Place &place, const pop3ana_event &event) {
    const bool is_error = event.status == POP3ANA_STATUS_ERR;
    add_text(place, field::status, is_error ? "ERR" : "OK");
    if (event.text.len != 0) add_text(place, field::message, event.text);
    if (event.command.len != 0) add_text(place, field::command, event.command);
    add_frame(place, field::request_frame, event.request_frame);
    if (is_error) add_number(place, field::errors, event.error_count);
}

void show_login(const Place &place, const pop3ana_event &event) {
    const bool success = event.type == POP3ANA_EVENT_LOGIN_SUCCESS;
    proto_item *item = add_text(place, field::login, success ? "success" : "failure");
    add_text(place, field::user, event.user);
    if (event.password.len != 0) add_text(place, field::password, event.password);
    add_frame(place, field::request_frame, event.request_frame);
    if (!success)
        expert_add_info_format(place.packet, item, &login_failed, "POP3 login failed: user %s",
                               escaped(event.user, place.packet->pool));
}

void show_unexpected(const Place &place, const pop3ana_event &event) {
    add_text(place, field::command, event.command);
    proto_item *item = add_text(place, field::unexpected, event.text);
    add_frame(place, field::request_frame, event.request_frame);
    expert_add_info_format(
        place.packet, item, &unexpected_command, "Unexpected POP3 command: %s: %s",
        escaped(event.command, place.packet->pool), escaped(event.text, place.packet->pool));
}

void show_alert(const Place &place, const pop3ana_event &event, const EventStore &store) {
    proto_item *item = add_text(place, field::alert, "error count exceeds threshold");
    add_number(place, field::errors, event.error_count);
    expert_add_info_format(place.packet, item, &threshold,
                           "POP3 client %s: error count exceeds threshold",
                           client_text(event, place.packet->pool));
    if (!place.wants(field::error_frame)) return;
    constexpr std::size_t kLinks = 32;
    std::uint32_t frames[kLinks];
    const std::size_t room = MIN(kLinks, event.error_count);
    std::size_t count = 0;
    try {
        count = store.error_frames(event, place.packet->pool, frames, room);
    } catch (...) { // Out of memory: no links.
    }
    for (std::size_t i = 0; i < count; ++i)
        add_frame(place, field::error_frame, frames[i]);
}

void show_anomaly(const Place &place, const pop3ana_event &event) {
    proto_item *item = add_text(place, field::anomaly, pop3ana_anomaly_name(event.anomaly));
    if (event.text.len != 0) add_text(place, field::line, event.text);
    if (event.lost_bytes != 0) add_number(place, field::lost_bytes, event.lost_bytes);
    if (event.lost_commands != 0) add_number(place, field::lost_commands, event.lost_commands);
    if (event.left_out != 0) add_number(place, field::left_out, event.left_out);
    for (Anomaly &anomaly : anomalies)
        if (anomaly.kind == event.anomaly) expert_add_info(place.packet, item, &anomaly.field);
}

void show_details(const Place &place, const StoredEvent &stored, const EventStore &store) {
    const pop3ana_event &event = stored.event;
    switch (event.type) {
    case POP3ANA_EVENT_REQUEST: return show_request(place, event);
    case POP3ANA_EVENT_REPLY: return show_reply(place, event);
    case POP3ANA_EVENT_LOGIN_SUCCESS:
    case POP3ANA_EVENT_LOGIN_FAILURE: return show_login(place, event);
    case POP3ANA_EVENT_UNEXPECTED: return show_unexpected(place, event);
    case POP3ANA_EVENT_THRESHOLD_WARNING: return show_alert(place, event, store);
    case POP3ANA_EVENT_ANOMALY: return show_anomaly(place, event);
    default: return;
    }
}

void show_session(const Place &place, const pop3ana_event &event) {
    add_number(place, field::session, event.session);
    if (place.wants(field::client))
        add_text(place, field::client, client_text(event, place.packet->pool));
    add_frame(place, field::first_frame, event.first_frame);
}

} // namespace

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

const char *escaped(pop3ana_slice text, wmem_allocator_t *pool) {
    const std::size_t length = pop3ana_escape(text, nullptr, 0);
    auto *result = static_cast<char *>(wmem_alloc(pool, length + 1));
    pop3ana_escape(text, result, length + 1);
    return result;
}

const char *client_text(const pop3ana_event &event, wmem_allocator_t *pool) {
    auto *text = static_cast<char *>(wmem_alloc0(pool, INET6_ADDRSTRLEN));
    if (event.address_family != 0)
        inet_ntop(event.address_family == 4 ? AF_INET : AF_INET6, event.originator_address, text,
                  INET6_ADDRSTRLEN);
    return text;
}

void show_events(const StoredEvents &stored, const EventStore &store, tvbuff_t *tvb,
                 packet_info *packet, proto_tree *tree) {
    proto_item *top = proto_tree_add_item(tree, protocol, tvb, 0, 0, ENC_NA);
    proto_item_set_generated(top);
    const Place outer{proto_item_add_subtree(top, tree_of_protocol), top, tvb, packet};
    std::uint64_t session = 0;
    for (std::size_t i = 0; i < stored.count; ++i) {
        const pop3ana_event &event = stored.events[i].event;
        if (event.session != session && event.session != 0) {
            if (session == 0)
                proto_item_append_text(top, ", Session: %" G_GUINT64_FORMAT,
                                       guint64{event.session});
            session = event.session;
            show_session(outer, event);
        }
        proto_item *item = add_text(outer, field::event, pop3ana_event_name(event.type));
        const bool has_own_tree = item != top;
        const Place inner{has_own_tree ? proto_item_add_subtree(item, tree_of_event) : outer.tree,
                          item, tvb, packet};
        const char *line = inner.wants(field::log) ? log_line(event, packet->pool) : nullptr;
        if (line != nullptr) {
            add_text(inner, field::log, line);
            if (has_own_tree) proto_item_append_text(item, ": %s", line);
        }
        show_details(inner, stored.events[i], store);
    }
}

void register_fields(int registered_protocol) {
    protocol = registered_protocol;
    static hf_register_info fields[] = {
        {&field::session,
         {"Session", "pop3ana.session", FT_UINT32, BASE_DEC, nullptr, 0,
          "Number of the POP3 session, in the order of their first lines", HFILL}},
        {&field::first_frame,
         {"First frame of the session", "pop3ana.first_frame", FT_FRAMENUM, BASE_NONE, nullptr, 0,
          nullptr, HFILL}},
        {&field::client,
         {"Client", "pop3ana.client", FT_STRING, BASE_NONE, nullptr, 0,
          "Address of the originator of the connection", HFILL}},
        {&field::event,
         {"Event", "pop3ana.event", FT_STRING, BASE_NONE, nullptr, 0, nullptr, HFILL}},
        {&field::log,
         {"Log", "pop3ana.log", FT_STRING, BASE_NONE, nullptr, 0,
          "The line that pop3dump prints for this event", HFILL}},
        {&field::command,
         {"Command", "pop3ana.command", FT_STRING, BASE_NONE, nullptr, 0,
          "The command, or that which is answered", HFILL}},
        {&field::argument,
         {"Argument", "pop3ana.argument", FT_STRING, BASE_NONE, nullptr, 0, nullptr, HFILL}},
        {&field::status,
         {"Status", "pop3ana.status", FT_STRING, BASE_NONE, nullptr, 0,
          "Status indicator without its sign: OK or ERR", HFILL}},
        {&field::message,
         {"Message", "pop3ana.message", FT_STRING, BASE_NONE, nullptr, 0,
          "Text after the status indicator", HFILL}},
        {&field::login,
         {"Login", "pop3ana.login", FT_STRING, BASE_NONE, nullptr, 0, "success or failure", HFILL}},
        {&field::user, {"User", "pop3ana.user", FT_STRING, BASE_NONE, nullptr, 0, nullptr, HFILL}},
        {&field::password,
         {"Password", "pop3ana.password", FT_STRING, BASE_NONE, nullptr, 0, nullptr, HFILL}},
        {&field::unexpected,
         {"Unexpected", "pop3ana.unexpected", FT_STRING, BASE_NONE, nullptr, 0,
          "Why the command was not expected", HFILL}},
        {&field::errors,
         {"Errors", "pop3ana.errors", FT_UINT32, BASE_DEC, nullptr, 0,
          "-ERR replies that the client's address has drawn, this one included", HFILL}},
        {&field::alert,
         {"Alert", "pop3ana.alert", FT_STRING, BASE_NONE, nullptr, 0,
          "The client's address is under suspicion", HFILL}},
        {&field::error_frame,
         {"-ERR reply in frame", "pop3ana.error_frame", FT_FRAMENUM, BASE_NONE, nullptr, 0,
          "A reply that the alert counts, the newest first", HFILL}},
        {&field::request_frame,
         {"Command in frame", "pop3ana.request_frame", FT_FRAMENUM, BASE_NONE,
          FRAMENUM_TYPE(FT_FRAMENUM_REQUEST), 0, nullptr, HFILL}},
        {&field::anomaly,
         {"Anomaly", "pop3ana.anomaly", FT_STRING, BASE_NONE, nullptr, 0,
          "Something odd that is not in the log", HFILL}},
        {&field::lost_bytes,
         {"Lost bytes", "pop3ana.lost_bytes", FT_UINT32, BASE_DEC, nullptr, 0, nullptr, HFILL}},
        {&field::lost_commands,
         {"Commands without reply", "pop3ana.lost_commands", FT_UINT32, BASE_DEC, nullptr, 0,
          nullptr, HFILL}},
        {&field::left_out,
         {"Anomalies left out", "pop3ana.left_out", FT_UINT32, BASE_DEC, nullptr, 0,
          "So many of the session before this one are not shown", HFILL}},
        {&field::line,
         {"Line", "pop3ana.line", FT_STRING, BASE_NONE, nullptr, 0, "The odd line", HFILL}},
    };
    proto_register_field_array(protocol, fields, static_cast<int>(G_N_ELEMENTS(fields)));

    static gint *trees[] = {&tree_of_protocol, &tree_of_event};
    proto_register_subtree_array(trees, static_cast<int>(G_N_ELEMENTS(trees)));

    static ei_register_info verdicts[] = {
        {&threshold,
         {"pop3ana.threshold", PI_SECURITY, PI_WARN, "POP3 error count exceeds the threshold",
          EXPFILL}},
        {&login_failed,
         {"pop3ana.login_failed", PI_SECURITY, PI_NOTE, "POP3 login failed", EXPFILL}},
        {&unexpected_command,
         {"pop3ana.unexpected_command", PI_SECURITY, PI_NOTE, "Unexpected POP3 command", EXPFILL}},
    };
    static std::array<ei_register_info, anomalies.size()> oddities;
    for (std::size_t i = 0; i < anomalies.size(); ++i)
        oddities[i] = {&anomalies[i].field,
                       {anomalies[i].name, anomalies[i].group, anomalies[i].severity,
                        anomalies[i].summary, EXPFILL}};
    expert_module_t *expert = expert_register_protocol(protocol);
    expert_register_field_array(expert, verdicts, static_cast<int>(G_N_ELEMENTS(verdicts)));
    expert_register_field_array(expert, oddities.data(), static_cast<int>(oddities.size()));

    all_fields.push_back(protocol);
    for (const hf_register_info &info : fields)
        all_fields.push_back(*info.p_id);
    for (const expert_field *verdict : {&threshold, &login_failed, &unexpected_command})
        all_fields.push_back(verdict->hf);
    for (const Anomaly &anomaly : anomalies)
        all_fields.push_back(anomaly.field.hf);
}

} // namespace pop3ana_plugin
