// Which members the JSON object of an event has.
// SPDX-License-Identifier: GPL-2.0-or-later
#include "output/json_output.hpp"

#include "output/event_text.hpp"

#include <cstdint>
#include <string_view>

namespace pop3dump {
namespace {

/// The names of all members, in the order in which they are written.
namespace key {
constexpr std::string_view kTime = "ts";
constexpr std::string_view kEvent = "event";
constexpr std::string_view kSession = "session";
constexpr std::string_view kFrame = "frame";
constexpr std::string_view kOriginator = "id.orig_h";
constexpr std::string_view kOriginatorPort = "id.orig_p";
constexpr std::string_view kResponder = "id.resp_h";
constexpr std::string_view kResponderPort = "id.resp_p";
constexpr std::string_view kPhase = "phase";
constexpr std::string_view kCommand = "command";
constexpr std::string_view kArgument = "arg";
constexpr std::string_view kStatus = "status";
constexpr std::string_view kMessage = "msg";
constexpr std::string_view kUser = "user";
constexpr std::string_view kPassword = "password";
constexpr std::string_view kSuccess = "success";
constexpr std::string_view kErrors = "errors";
constexpr std::string_view kAlert = "alert";
constexpr std::string_view kAnomaly = "anomaly";
constexpr std::string_view kDetail = "detail";
constexpr std::string_view kLostBytes = "lost_bytes";
constexpr std::string_view kLostCommands = "lost_commands";
constexpr std::string_view kLeftOut = "left_out";
constexpr std::string_view kTruncated = "truncated";
constexpr std::string_view kRequestFrame = "request_frame";
constexpr std::string_view kLine = "line";
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

/// What only some types of events have.
void put_details(JsonLine &line, const pop3ana_event &event) {
    switch (event.type) {
    case POP3ANA_EVENT_REQUEST:
        line.text(key::kCommand, view(event.command));
        line.text(key::kArgument, view(event.text));
        break;
    case POP3ANA_EVENT_REPLY:
        line.text_if(key::kCommand, view(event.command));
        line.text(key::kStatus, event.status == POP3ANA_STATUS_OK ? "OK" : "ERR");
        line.text(key::kMessage, view(event.text));
        if (event.status == POP3ANA_STATUS_ERR) line.number(key::kErrors, event.error_count);
        if (event.truncated != 0) line.boolean(key::kTruncated, true);
        break;
    case POP3ANA_EVENT_LOGIN_SUCCESS:
    case POP3ANA_EVENT_LOGIN_FAILURE:
        line.text_if(key::kCommand, view(event.command));
        if (event.user.len == 0) {
            line.null(key::kUser);
        } else {
            line.text(key::kUser, view(event.user));
        }
        if (event.password.len == 0) {
            line.null(key::kPassword);
        } else {
            line.text(key::kPassword, view(event.password));
        }
        line.boolean(key::kSuccess, event.type == POP3ANA_EVENT_LOGIN_SUCCESS);
        break;
    case POP3ANA_EVENT_UNEXPECTED:
        line.text(key::kCommand, view(event.command));
        line.text(key::kDetail, view(event.text));
        break;
    case POP3ANA_EVENT_THRESHOLD_WARNING:
        line.number(key::kErrors, event.error_count);
        line.boolean(key::kAlert, true);
        break;
    case POP3ANA_EVENT_ANOMALY:
        line.text(key::kAnomaly, pop3ana_anomaly_name(event.anomaly));
        line.text_if(key::kDetail, view(event.text));
        line.number_if(key::kLostBytes, event.lost_bytes);
        line.number_if(key::kLostCommands, event.lost_commands);
        line.number_if(key::kLeftOut, event.left_out);
        break;
    default: break;
    }
    line.number_if(key::kRequestFrame, event.request_frame);
}

} // namespace

void JsonOutput::on_event(const pop3ana_event &event) {
    JsonLine &line = line_;
    line.begin();
    line.digits(key::kTime, time_text(event.ts_ns));
    line.text(key::kEvent, pop3ana_event_name(event.type));
    line.number(key::kSession, event.session);
    line.number(key::kFrame, event.frame);
    line.text(key::kOriginator, originator_text(event));
    line.number(key::kOriginatorPort, event.originator_port);
    line.text(key::kResponder, responder_text(event));
    line.number(key::kResponderPort, event.responder_port);
    line.text(key::kPhase, phase_name(event.phase));
    put_details(line, event);
    if (event.in_log != 0) {
        assign_log_line(log_line_, event);
        line.text(key::kLine, log_line_);
    }
    line.end();
}

} // namespace pop3dump
