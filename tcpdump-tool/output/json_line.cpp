// The members in their order.
// SPDX-License-Identifier: GPL-2.0-or-later
#include "output/json_line.hpp"

#include "output/event_text.hpp"
#include "output/json_writer.hpp"

#include <array>
#include <cstdint>

namespace pop3dump {
namespace {

/// The names of all members, in the order in which they are written.
namespace key {
constexpr JsonKey kTime("ts");
constexpr JsonKey kEvent("event");
constexpr JsonKey kSession("session");
constexpr JsonKey kFrame("frame");
constexpr JsonKey kOriginator("id.orig_h");
constexpr JsonKey kOriginatorPort("id.orig_p");
constexpr JsonKey kResponder("id.resp_h");
constexpr JsonKey kResponderPort("id.resp_p");
constexpr JsonKey kPhase("phase");
constexpr JsonKey kCommand("command");
constexpr JsonKey kArgument("arg");
constexpr JsonKey kStatus("status");
constexpr JsonKey kMessage("msg");
constexpr JsonKey kUser("user");
constexpr JsonKey kPassword("password");
constexpr JsonKey kSuccess("success");
constexpr JsonKey kErrors("errors");
constexpr JsonKey kAlert("alert");
constexpr JsonKey kAnomaly("anomaly");
constexpr JsonKey kDetail("detail");
constexpr JsonKey kLostBytes("lost_bytes");
constexpr JsonKey kLostCommands("lost_commands");
constexpr JsonKey kLeftOut("left_out");
constexpr JsonKey kTruncated("truncated");
constexpr JsonKey kRequestFrame("request_frame");
constexpr JsonKey kLine("line");
constexpr std::size_t kCount = 26;
} // namespace key

std::string_view phase_name(std::uint32_t phase) {
    switch (phase) {
    case POP3ANA_PHASE_START: return "start";
    case POP3ANA_PHASE_AUTHORIZATION: return "authorization";
    case POP3ANA_PHASE_TRANSACTION: return "transaction";
    case POP3ANA_PHASE_UPDATE: return "update";
    case POP3ANA_PHASE_FINISHED: return "finished";
    default: return "unknown";
    }
}

void number_if(JsonWriter &json, const JsonKey &key, std::uint64_t value) {
    if (value != 0) json.number(key, value);
}

void text_if(JsonWriter &json, const JsonKey &key, pop3ana_slice value) {
    if (value.len != 0) json.text(key, view(value));
}

void text_or_null(JsonWriter &json, const JsonKey &key, pop3ana_slice value) {
    value.len == 0 ? json.null(key) : json.text(key, view(value));
}

/// What only some types of events have.
void put_details(JsonWriter &json, const pop3ana_event &event) {
    switch (event.type) {
    case POP3ANA_EVENT_REQUEST:
        json.text(key::kCommand, view(event.command));
        json.text(key::kArgument, view(event.text));
        break;
    case POP3ANA_EVENT_REPLY:
        text_if(json, key::kCommand, event.command);
        json.text(key::kStatus, event.status == POP3ANA_STATUS_OK ? "OK" : "ERR");
        json.text(key::kMessage, view(event.text));
        if (event.status == POP3ANA_STATUS_ERR) json.number(key::kErrors, event.error_count);
        if (event.truncated != 0) json.boolean(key::kTruncated, true);
        break;
    case POP3ANA_EVENT_LOGIN_SUCCESS:
    case POP3ANA_EVENT_LOGIN_FAILURE:
        text_if(json, key::kCommand, event.command);
        text_or_null(json, key::kUser, event.user);
        text_or_null(json, key::kPassword, event.password);
        json.boolean(key::kSuccess, event.type == POP3ANA_EVENT_LOGIN_SUCCESS);
        break;
    case POP3ANA_EVENT_UNEXPECTED:
        json.text(key::kCommand, view(event.command));
        json.text(key::kDetail, view(event.text));
        break;
    case POP3ANA_EVENT_THRESHOLD_WARNING:
        json.number(key::kErrors, event.error_count);
        json.boolean(key::kAlert, true);
        break;
    case POP3ANA_EVENT_ANOMALY:
        json.text(key::kAnomaly, pop3ana_anomaly_name(event.anomaly));
        text_if(json, key::kDetail, event.text);
        number_if(json, key::kLostBytes, event.lost_bytes);
        number_if(json, key::kLostCommands, event.lost_commands);
        number_if(json, key::kLeftOut, event.left_out);
        break;
    default: break;
    }
    number_if(json, key::kRequestFrame, event.request_frame);
}

void put_address(JsonWriter &json, const JsonKey &key, std::uint8_t family,
                 const std::uint8_t *address) {
    AddressBuffer buffer;
    json.text(key, address_text(buffer, family, address));
}

} // namespace

std::size_t longest_json_line(const pop3ana_event &event, std::string_view log_line) {
    // Names of events, phases and anomalies, and addresses, count as escaped too.
    constexpr std::size_t kNamesBytes = 3 * 24 + 2 * (INET6_ADDRSTRLEN - 1);
    constexpr std::size_t kFixedBytes = sizeof("{}\n") + key::kCount * JsonWriter::kMemberBytes +
                                        JsonWriter::kLongestEscape * kNamesBytes +
                                        JsonWriter::kSlack;
    return kFixedBytes +
           JsonWriter::kLongestEscape * (event.command.len + event.text.len + event.user.len +
                                         event.password.len + log_line.size());
}

char *write_json_line(char *to, const pop3ana_event &event, std::string_view log_line) {
    constexpr std::uint64_t kMicrosecondNs = 1000; // parts of it are cut, as in the log
    JsonWriter json(to);
    json.begin_object();
    json.seconds(key::kTime, static_cast<std::uint64_t>(event.ts_ns) / kMicrosecondNs);
    json.text(key::kEvent, pop3ana_event_name(event.type));
    json.number(key::kSession, event.session);
    json.number(key::kFrame, event.frame);
    put_address(json, key::kOriginator, event.address_family, event.originator_address);
    json.number(key::kOriginatorPort, event.originator_port);
    put_address(json, key::kResponder, event.address_family, event.responder_address);
    json.number(key::kResponderPort, event.responder_port);
    json.text(key::kPhase, phase_name(event.phase));
    put_details(json, event);
    if (event.in_log != 0) json.text(key::kLine, log_line);
    json.end_object();
    *json.end() = '\n';
    return json.end() + 1;
}

} // namespace pop3dump
