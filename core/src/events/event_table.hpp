// One row for each event type and each kind of anomaly. Names, counters, JSON and its schema, the
// manual page and the fields of Wireshark are generated from these rows and from those of
// their members.
// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include "events/summary_table.hpp"
#include "pop3ana/pop3ana.h"

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>
#include <type_traits>
#include <utility>
#include <variant>

namespace pop3ana {

/// Whether events of a type have a log line.
enum class LogLine : std::uint8_t {
    kNever,
    kAlways,
    kUnlessIgnored, ///< by configuration (K10), or because the end of its text was not captured
};

/// Its size is a power of two, so that row_of_event() need not multiply.
struct alignas(64) EventRow {
    pop3ana_event_type type;
    const char *name; ///< returned by pop3ana_event_name()
    /// Counts events of this type; NULL: another counter covers them, or none does.
    std::uint64_t pop3ana_counters::*counter;
    const char *counter_name; ///< in --stats
    LogLine line;             ///< the first event that has one numbers the session
    const char *summary;      ///< a sentence, for the manual
};

/// What an anomaly is about; decides its group and severity in Wireshark.
enum class AnomalyClass : std::uint8_t {
    kProtocol,  ///< an odd line
    kMalformed, ///< a line that does not decode
    kLoss,      ///< packets missing in the capture
    kSequence,  ///< segments that contradict others
    kLimit,     ///< a limit of the analyzer was reached
};

struct AnomalyRow {
    pop3ana_anomaly_kind kind;
    const char *name; ///< returned by pop3ana_anomaly_name()
    /// Any line can cause it, and a line may be one byte long, so the number of events is bounded.
    /// The others each need a packet, or replace a login.
    bool is_of_a_line;
    AnomalyClass about;
    const char *summary; ///< without a full stop
};

/// A kind of alert, or a reason.
template <class Kind> struct KindRow {
    Kind kind;
    const char *name;
    const char *summary; ///< without a full stop
};
using ReasonRow = KindRow<pop3ana_reason>;
using AlertRow = KindRow<pop3ana_alert_kind>;

// clang-format off
inline constexpr std::array kEvents{
    EventRow{POP3ANA_EVENT_NEW_CONNECTION, "new_connection", nullptr, nullptr, LogLine::kAlways,
             "A session begins; precedes its first other event that has a log line."},
    EventRow{POP3ANA_EVENT_REQUEST, "request", &pop3ana_counters::requests, "requests", LogLine::kUnlessIgnored,
             "A command was accepted."},
    EventRow{POP3ANA_EVENT_REPLY, "reply", &pop3ana_counters::replies, "replies", LogLine::kUnlessIgnored,
             "The server sent a status indicator."},
    EventRow{POP3ANA_EVENT_LOGIN_SUCCESS, "login_success", &pop3ana_counters::logins_succeeded, "logins_succeeded", LogLine::kAlways,
             "A login succeeded."},
    EventRow{POP3ANA_EVENT_LOGIN_FAILURE, "login_failure", &pop3ana_counters::logins_failed, "logins_failed", LogLine::kAlways,
             "A login failed."},
    EventRow{POP3ANA_EVENT_UNEXPECTED, "unexpected", &pop3ana_counters::unexpected_commands, "unexpected_commands", LogLine::kAlways,
             "A command was sent in a phase that does not allow it, or a +OK shows that the phase was a different one."},
    EventRow{POP3ANA_EVENT_THRESHOLD_WARNING, "threshold_warning", &pop3ana_counters::warnings, "warnings", LogLine::kAlways,
             "The client's error count exceeds --error-threshold: the alert on errors."},
    EventRow{POP3ANA_EVENT_TLS_STARTED, "terminated", &pop3ana_counters::terminated, "terminated", LogLine::kNever,
             "STLS was accepted: the rest of the session is TLS."},
    EventRow{POP3ANA_EVENT_ANOMALY, "anomaly", &pop3ana_counters::anomalies, "anomalies", LogLine::kNever,
             "Something is odd or missing."},
    EventRow{POP3ANA_EVENT_ALERT, "alert", &pop3ana_counters::alerts, "alerts", LogLine::kAlways,
             "Another alert than the one on errors: see ALERTS."},
    EventRow{POP3ANA_EVENT_PROXIED, "proxied", &pop3ana_counters::proxied, "proxied", LogLine::kNever,
             "A proxy tells the address of its client, which --trusted-proxies may make that of the session."},
    EventRow{POP3ANA_EVENT_SESSION_END, "session_end", nullptr, nullptr, LogLine::kNever,
             "The connection of a session is over: what was seen of it."},
    EventRow{POP3ANA_EVENT_TLS, "tls", &pop3ana_counters::tls_handshakes, "tls_handshakes", LogLine::kAlways,
             "What a TLS handshake tells without any key; one a session."},
    EventRow{POP3ANA_EVENT_STLS_OFFER, "stls_offer", nullptr, nullptr, LogLine::kNever,
             "With --fleet-key: the response to CAPA says whether the server offers STLS."},
};

inline constexpr std::array kAnomalies{
    AnomalyRow{POP3ANA_ANOMALY_NONE, "none", true, AnomalyClass::kProtocol, ""},
    AnomalyRow{POP3ANA_ANOMALY_UNKNOWN_COMMAND, "unknown_command", true, AnomalyClass::kProtocol,
               "Unknown POP3 command"},
    AnomalyRow{POP3ANA_ANOMALY_UNKNOWN_REPLY, "unknown_reply", true, AnomalyClass::kProtocol,
               "POP3 server line without a status indicator"},
    AnomalyRow{POP3ANA_ANOMALY_COMMAND_FROM_SERVER, "command_from_server", true, AnomalyClass::kProtocol,
               "POP3 command sent by the server"},
    AnomalyRow{POP3ANA_ANOMALY_BAD_BASE64, "bad_base64", true, AnomalyClass::kMalformed,
               "SASL line is not valid base64"},
    AnomalyRow{POP3ANA_ANOMALY_MALFORMED_SASL, "malformed_sasl", true, AnomalyClass::kMalformed,
               "SASL PLAIN message without its two NULs"},
    AnomalyRow{POP3ANA_ANOMALY_GAP, "gap", false, AnomalyClass::kLoss,
               "Bytes of the POP3 session were not captured"},
    AnomalyRow{POP3ANA_ANOMALY_LINE_TOO_LONG, "line_too_long", false, AnomalyClass::kProtocol,
               "POP3 line exceeds the length limit"},
    AnomalyRow{POP3ANA_ANOMALY_PENDING_OVERFLOW, "pending_overflow", true, AnomalyClass::kProtocol,
               "POP3 command dropped: too many await a reply"},
    AnomalyRow{POP3ANA_ANOMALY_REPLIES_LOST, "replies_lost", false, AnomalyClass::kLoss,
               "Replies to POP3 commands were not captured"},
    AnomalyRow{POP3ANA_ANOMALY_RESET_IGNORED, "reset_ignored", false, AnomalyClass::kSequence,
               "RST outside the window of the POP3 session"},
    AnomalyRow{POP3ANA_ANOMALY_OVERLAP_DIFFERS, "overlap_differs", false, AnomalyClass::kSequence,
               "Overlapping segments of the POP3 session differ"},
    AnomalyRow{POP3ANA_ANOMALY_EVICTED, "evicted", false, AnomalyClass::kLimit,
               "POP3 session evicted: too many connections"},
    AnomalyRow{POP3ANA_ANOMALY_UNCERTAIN, "uncertain", false, AnomalyClass::kLoss,
               "POP3 login result withheld: uncertain which command was answered"},
};

inline constexpr std::array kReasons{
    ReasonRow{POP3ANA_REASON_NONE, "none", ""},
    ReasonRow{POP3ANA_REASON_CREDENTIALS, "credentials", "Wrong user or password (response code AUTH)"},
    ReasonRow{POP3ANA_REASON_IN_USE, "in_use", "The maildrop is locked, mostly by another session (IN-USE, or the text says so)"},
    ReasonRow{POP3ANA_REASON_DELAY, "delay", "The last login was too short ago (LOGIN-DELAY)"},
    ReasonRow{POP3ANA_REASON_SYSTEM, "system", "Trouble of the server or the account (SYS/TEMP, SYS/PERM)"},
    ReasonRow{POP3ANA_REASON_OTHER, "other", "Another response code"},
    ReasonRow{POP3ANA_REASON_UNKNOWN, "unknown", "No response code"},
    ReasonRow{POP3ANA_REASON_NOT_TRIED, "not_tried", "Refused before the client sent a password, digest or SASL line"},
};

inline constexpr std::array kAlerts{
    AlertRow{POP3ANA_ALERT_NONE, "none", ""},
    AlertRow{POP3ANA_ALERT_ERRORS, "errors", "A POP3 client's error count exceeds the threshold"},
    AlertRow{POP3ANA_ALERT_GUESSING, "guessing", "Many different POP3 logins of one client failed"},
    AlertRow{POP3ANA_ALERT_SPRAYING, "spraying", "One client tried to log in as many POP3 users"},
    AlertRow{POP3ANA_ALERT_DISTRIBUTED, "distributed", "POP3 logins of one user failed from many clients"},
    AlertRow{POP3ANA_ALERT_BREACH, "breach", "A POP3 login succeeded after many that failed"},
    AlertRow{POP3ANA_ALERT_STLS, "stls", "A POP3 server's STLS was withdrawn or refused, or clear text took the place of TLS"},
};

/// The text of the alert of this kind that a fleet judges.
inline constexpr std::string_view kStlsWithdrawn = "STLS is no longer offered";
// clang-format on

/// Event types start at 1.
consteval bool types_are_in_order() {
    for (std::size_t i = 0; i < kEvents.size(); ++i)
        if (kEvents[i].type != i + 1) return false;
    return true;
}
/// Kinds start at 0.
consteval bool kinds_are_in_order(const auto &rows) {
    for (std::size_t i = 0; i < rows.size(); ++i)
        if (rows[i].kind != i) return false;
    return true;
}
static_assert(types_are_in_order() && kinds_are_in_order(kAnomalies) &&
                  kinds_are_in_order(kAlerts) && kinds_are_in_order(kReasons),
              "rows are found by their number");

/// The row of an event type; NULL if there is no such type.
constexpr const EventRow *find_event_row(std::uint32_t type) {
    return type - 1 < kEvents.size() ? &kEvents[type - 1] : nullptr;
}

/// The row of a kind of anomaly; NULL if there is no such kind.
constexpr const AnomalyRow *find_anomaly_row(std::uint32_t kind) {
    return kind < kAnomalies.size() ? &kAnomalies[kind] : nullptr;
}

/// The row of a type that is known to exist.
constexpr const EventRow &row_of_event(std::uint32_t type) {
    return kEvents[type - 1];
}

/// Whether it is the result of a login.
inline bool is_login(const pop3ana_event &event) {
    return event.type == POP3ANA_EVENT_LOGIN_SUCCESS || event.type == POP3ANA_EVENT_LOGIN_FAILURE;
}

// ---------------------------------------------------------------- members

/// A count.
struct CountMember {
    std::uint64_t pop3ana_event::*member;
};
/// A TCP sequence number.
struct SequenceMember {
    std::uint32_t pop3ana_event::*member;
};
/// The number of an earlier frame.
struct FrameMember {
    std::uint64_t pop3ana_event::*member;
};
/// Bytes as they were on the wire.
struct TextMember {
    pop3ana_slice pop3ana_event::*member;
};
/// An index into `names`; names[0] means none.
struct NameMember {
    std::uint32_t pop3ana_event::*member;
    std::span<const char *const> names;
};
/// Yes or no.
struct FlagMember {
    std::uint8_t pop3ana_event::*member;
};
/// An IP address; family 0: none.
struct AddressMember {
    std::uint8_t pop3ana_event::*family;
    std::uint8_t (pop3ana_event::*address)[16];
};
struct PortMember {
    std::uint16_t pop3ana_event::*member;
};
/// Nanoseconds.
struct DurationMember {
    std::uint64_t pop3ana_event::*member;
};
/// A session as a whole: see kSummaryMembers.
struct SummaryMember {
    const pop3ana_session_summary *pop3ana_event::*member;
};
/// Implied by the type of the event.
struct ConstantMember {
    bool value;
};

using MemberValue =
    std::variant<CountMember, SequenceMember, FrameMember, TextMember, NameMember, FlagMember,
                 AddressMember, PortMember, DurationMember, SummaryMember, ConstantMember>;

/// When an event has a member.
enum class Presence : std::uint8_t {
    kAlways,
    kUnlessEmpty, ///< if it is neither 0 nor an empty text
    kNullIfEmpty, ///< always in JSON, there null if empty
};

/// Types of events as bits.
using EventSet = std::uint32_t;

template <class... Types> constexpr EventSet events(Types... types) {
    return ((EventSet{1} << types) | ...);
}

struct MemberRow {
    const char *name; ///< in JSON
    MemberValue value;
    EventSet carried_by;
    Presence presence;
    bool is_secret;    ///< hidden by redaction
    const char *field; ///< in Wireshark, after "pop3ana."; NULL: no field of its own
    const char *title; ///< of that field
    const char *words; ///< description for the manual: sentences
};

/// A name by its number.
constexpr const char *name_of(std::uint32_t number, std::span<const char *const> names) {
    return number < names.size() ? names[number] : "unknown";
}

inline constexpr std::array kStatusNames{"none", "OK", "ERR"};

template <class Row, std::size_t N>
consteval std::array<const char *, N> names_of(const std::array<Row, N> &rows) {
    std::array<const char *, N> names{};
    for (std::size_t i = 0; i < N; ++i)
        names[i] = rows[i].name;
    return names;
}
/// By POP3ANA_TOLD_BY_*.
inline constexpr std::array kToldByNames{"none", "proxy_v1", "proxy_v2", "sslproxy", "xclient"};

inline constexpr auto kAnomalyNames = names_of(kAnomalies);
inline constexpr auto kAlertNames = names_of(kAlerts);
inline constexpr auto kReasonNames = names_of(kReasons);

/// In JSON order.
inline constexpr std::array kMembers = [] {
    using E = pop3ana_event;
    constexpr EventSet kRequest = events(POP3ANA_EVENT_REQUEST);
    constexpr EventSet kReply = events(POP3ANA_EVENT_REPLY);
    constexpr EventSet kSuccess = events(POP3ANA_EVENT_LOGIN_SUCCESS);
    constexpr EventSet kFailure = events(POP3ANA_EVENT_LOGIN_FAILURE);
    constexpr EventSet kLogin = kSuccess | kFailure;
    constexpr EventSet kUnexpected = events(POP3ANA_EVENT_UNEXPECTED);
    constexpr EventSet kWarning = events(POP3ANA_EVENT_THRESHOLD_WARNING);
    constexpr EventSet kAlert = events(POP3ANA_EVENT_ALERT);
    constexpr EventSet kProxied = events(POP3ANA_EVENT_PROXIED);
    constexpr EventSet kSessionEnd = events(POP3ANA_EVENT_SESSION_END);
    constexpr EventSet kTlsStarted = events(POP3ANA_EVENT_TLS_STARTED);
    constexpr EventSet kAnomaly = events(POP3ANA_EVENT_ANOMALY);
    constexpr EventSet kTls = events(POP3ANA_EVENT_TLS);
    constexpr EventSet kStlsOffer = events(POP3ANA_EVENT_STLS_OFFER);
    constexpr Presence kAlways = Presence::kAlways;
    constexpr Presence kUnlessEmpty = Presence::kUnlessEmpty;
    constexpr const char *kErrors =
        "Number of -ERR replies to the client's address, including this "
        "one; reset after --expire without one.";
    constexpr const char *kCommandFrame = "Packet of the command that caused this event.";
    // clang-format off
    return std::array{
        MemberRow{"command", TextMember{&E::command}, kRequest, kAlways, false,
                  "command", "Command", "Command word in capitals."},
        MemberRow{"command", TextMember{&E::command}, kReply, kUnlessEmpty, false,
                  "reply.command", "Command answered", "The command that is answered."},
        MemberRow{"command", TextMember{&E::command}, kLogin | kTlsStarted, kUnlessEmpty, false,
                  nullptr, "", "The command that is answered."},
        MemberRow{"command", TextMember{&E::command}, kUnexpected, kAlways, false,
                  "unexpected.command", "Unexpected command", "Command word in capitals; OK for a success."},
        MemberRow{"arg", TextMember{&E::text}, kRequest, kAlways, false,
                  "argument", "Argument", "Text after the command word; may be empty."},
        MemberRow{"status", NameMember{&E::status, kStatusNames}, kReply, kAlways, false,
                  "status", "Status", "Status indicator without its sign."},
        MemberRow{"msg", TextMember{&E::text}, kReply, kAlways, false,
                  "message", "Message", "Text after the status indicator; may be empty."},
        MemberRow{"response_code", TextMember{&E::response_code}, kReply | kLogin, kUnlessEmpty, false,
                  "response_code", "Response code", "Of the reply (RFC 2449 section 8), in capitals."},
        MemberRow{"reply_end", SequenceMember{&E::reply_end}, kReply | kLogin | kStlsOffer, kUnlessEmpty, false,
                  nullptr, "", "TCP sequence number behind the line of a reply: of -ERR, of what a login is answered with, and of the end of a response to CAPA."},
        MemberRow{"reply_s", DurationMember{&E::reply_ns}, kReply, kUnlessEmpty, false,
                  "time", "Response time", "Seconds from the command to its reply."},
        MemberRow{"user", TextMember{&E::user}, kLogin, Presence::kNullIfEmpty, false,
                  "user", "User", "User name; null: hidden by the SASL mechanism."},
        MemberRow{"password", TextMember{&E::password}, kLogin, Presence::kNullIfEmpty, true,
                  "password", "Password", "Password as sent; null: not seen on the wire, or empty; <redacted>: hidden by --redact."},
        MemberRow{"login_hash", TextMember{&E::login_hash}, kFailure, kUnlessEmpty, false,
                  nullptr, "", "With --fleet-key: KEY:HASH, keyed hashes that tell the key, and user and secret, from others; of an inferred login the lengths of its lines."},
        MemberRow{"success", ConstantMember{true}, kSuccess, kAlways, false, nullptr, "", "true."},
        MemberRow{"success", ConstantMember{false}, kFailure, kAlways, false, nullptr, "", "false."},
        MemberRow{"mechanism", TextMember{&E::mechanism}, kLogin, kUnlessEmpty, false,
                  "mechanism", "Mechanism", "USER (with PASS), APOP, or the SASL mechanism of AUTH; left out where the login was inferred."},
        MemberRow{"authzid", TextMember{&E::authzid}, kLogin, kUnlessEmpty, false,
                  "authzid", "Authorization identity", "As whom the user wants to act, if the mechanism tells."},
        MemberRow{"cleartext", FlagMember{&E::cleartext}, kLogin, kAlways, false,
                  "cleartext", "In the clear", "Whether the password or token crossed the wire in the clear."},
        MemberRow{"inferred", FlagMember{&E::inferred}, kLogin, kUnlessEmpty, false,
                  "inferred", "Inferred", "True: the session is TLS without keys; lengths of its records tell the result, and neither user nor password."},
        MemberRow{"reason", NameMember{&E::reason, kReasonNames}, kFailure, kAlways, false,
                  "reason", "Reason", "Why the login failed: see REASONS."},
        MemberRow{"detail", TextMember{&E::text}, kUnexpected, kAlways, false,
                  "unexpected", "Unexpected", "Why the command was unexpected, or its argument or text; may be empty."},
        MemberRow{"errors", CountMember{&E::error_count}, kReply, kUnlessEmpty, false,
                  nullptr, "", kErrors},
        MemberRow{"errors", CountMember{&E::error_count}, kWarning, kAlways, false,
                  nullptr, "", kErrors},
        MemberRow{"alert", NameMember{&E::alert, kAlertNames}, kWarning | kAlert, kAlways, false,
                  "alert.kind", "Kind of alert", "Kind of alert: see ALERTS."},
        MemberRow{"user", TextMember{&E::user}, kAlert, kUnlessEmpty, false,
                  nullptr, "", "The user whose login gave rise to it."},
        MemberRow{"count", CountMember{&E::count}, kAlert, kUnlessEmpty, false,
                  "count", "Count", "What the alert counts."},
        MemberRow{"detail", TextMember{&E::text}, kAlert, kUnlessEmpty, false,
                  nullptr, "", "stls: what happened."},
        MemberRow{"truncated", FlagMember{&E::truncated}, kReply, kUnlessEmpty, false,
                  nullptr, "", "The end of the text was not captured; the event has no log line."},
        MemberRow{"proxy.client_h", AddressMember{&E::told_family, &E::told_address}, kProxied, kAlways, false,
                  "proxy.client", "Client told by a proxy", "Address of the client that the proxy tells."},
        MemberRow{"proxy.client_p", PortMember{&E::told_port}, kProxied, kAlways, false,
                  "proxy.client_port", "Its port", "Port of that client; 0: not told."},
        MemberRow{"proxy.source", NameMember{&E::told_by, kToldByNames}, kProxied, kAlways, false,
                  "proxy.source", "Told by", "How it is told: a preface of the connection, or the command XCLIENT."},
        MemberRow{"proxy.trusted", FlagMember{&E::told_is_trusted}, kProxied, kAlways, false,
                  "proxy.trusted", "Trusted", "Whether it is the client of the session from now on: --trusted-proxies has the proxy."},
        MemberRow{"client", AddressMember{&E::told_family, &E::told_address}, kSessionEnd, kUnlessEmpty, false,
                  nullptr, "", "Address of the client that a proxy has told, trusted or not."},
        MemberRow{"summary", SummaryMember{&E::summary}, kSessionEnd, kAlways, false, nullptr, "", ""},
        MemberRow{"tls.version", TextMember{&E::tls_version}, kTls, kUnlessEmpty, false,
                  "tls.version", "TLS version", "TLSv1.0 to TLSv1.3, as the server chose."},
        MemberRow{"tls.cipher", TextMember{&E::tls_cipher}, kTls, kUnlessEmpty, false,
                  "tls.cipher", "Cipher suite", "IANA's name of the cipher suite that the server chose, or its number."},
        MemberRow{"tls.server_name", TextMember{&E::server_name}, kTls, kUnlessEmpty, false,
                  "tls.server_name", "Server name", "The name that the client asks for (SNI)."},
        MemberRow{"tls.alpn", TextMember{&E::alpn}, kTls, kUnlessEmpty, false,
                  "tls.alpn", "ALPN", "The protocol that the server chose; TLS 1.3 hides it."},
        MemberRow{"tls.ja4", TextMember{&E::ja4}, kTls, kUnlessEmpty, false,
                  "tls.ja4", "JA4", "Fingerprint of the client by its ClientHello."},
        MemberRow{"tls.resumed", FlagMember{&E::tls_resumed}, kTls, kAlways, false,
                  "tls.resumed", "Resumed", "Whether an earlier TLS session goes on."},
        MemberRow{"tls.alert", TextMember{&E::tls_alert}, kTls, kUnlessEmpty, false,
                  "tls.alert", "Fatal alert", "The fatal alert that ended the handshake, of either side."},
        MemberRow{"stls.offered", FlagMember{&E::stls_offered}, kStlsOffer, kAlways, false,
                  nullptr, "", "Whether the response to CAPA lists STLS; false: in AUTHORIZATION, and outside of TLS, it does not."},
        MemberRow{"anomaly", NameMember{&E::anomaly, kAnomalyNames}, kAnomaly, kAlways, false,
                  "anomaly", "Anomaly", "Kind of anomaly: see ANOMALIES."},
        MemberRow{"detail", TextMember{&E::text}, kAnomaly, kUnlessEmpty, false,
                  "line", "Line", "The offending line."},
        MemberRow{"lost_bytes", CountMember{&E::lost_bytes}, kAnomaly, kUnlessEmpty, false,
                  "lost_bytes", "Lost bytes", "gap, line_too_long: number of missing bytes, if known."},
        MemberRow{"lost_commands", CountMember{&E::lost_commands}, kAnomaly, kUnlessEmpty, false,
                  "lost_commands", "Commands without reply", "replies_lost: number of commands whose replies are given up."},
        MemberRow{"left_out", CountMember{&E::left_out}, kAnomaly, kUnlessEmpty, false,
                  "left_out", "Anomalies left out", "Number of anomalies of the session omitted before this one."},
        MemberRow{"request_frame", FrameMember{&E::request_frame}, kReply | kLogin | kUnexpected, kUnlessEmpty, false,
                  "request_in", "Request in", kCommandFrame},
        MemberRow{"request_frame", FrameMember{&E::request_frame}, kRequest | kWarning | kAlert | kTlsStarted | kStlsOffer,
                  kUnlessEmpty, false, nullptr, "", kCommandFrame},
    };
    // clang-format on
}();

/// Calls visit() for each member of events of a type, in order, with its row number as a
/// std::integral_constant, so that each member gets its own code.
template <class Visit> constexpr void for_each_member(std::uint32_t type, Visit &&visit) {
    const auto visit_members_of = [&]<std::size_t Row, std::size_t... Member>(
        std::integral_constant<std::size_t, Row>, std::index_sequence<Member...>) {
        constexpr EventSet kType = events(kEvents[Row].type);
        const auto visit_one = [&]<std::size_t One>(std::integral_constant<std::size_t, One> one) {
            if constexpr ((kMembers[One].carried_by & kType) != 0) visit(one);
        };
        (visit_one(std::integral_constant<std::size_t, Member>{}), ...);
    };
    [&]<std::size_t... Row>(std::index_sequence<Row...>) {
        (void)((type == kEvents[Row].type &&
                (visit_members_of(std::integral_constant<std::size_t, Row>{},
                                  std::make_index_sequence<kMembers.size()>{}),
                 true)) ||
               ...);
    }
    (std::make_index_sequence<kEvents.size()>{});
}

/// The value of a row, at compile time.
template <std::size_t Row>
inline constexpr auto kMemberValue = std::get<kMembers[Row].value.index()>(kMembers[Row].value);

/// Whether the struct stores the value.
template <class Value>
inline constexpr bool kIsStored = !std::is_same_v<std::remove_const_t<Value>, ConstantMember>;

/// Whether a value is 0 or an empty text.
inline bool is_empty(const pop3ana_event &event, TextMember value) {
    return (event.*value.member).len == 0;
}
inline bool is_empty(const pop3ana_event & /*event*/, ConstantMember /*value*/) {
    return false;
}
inline bool is_empty(const pop3ana_event &event, SummaryMember value) {
    return event.*value.member == nullptr;
}
inline bool is_empty(const pop3ana_event &event, AddressMember value) {
    return event.*value.family == 0;
}
template <class Value> bool is_empty(const pop3ana_event &event, Value value) {
    return event.*value.member == 0;
}

inline void clear(pop3ana_event & /*event*/, ConstantMember /*value*/) {}
inline void clear(pop3ana_event &event, AddressMember value) {
    event.*value.family = 0;
}
template <class Value> void clear(pop3ana_event &event, Value value) {
    event.*value.member = {};
}

/// Clears the members of events of these types, one by one: assigning a temporary would write in
/// small pieces and copy in large ones, which stalls store forwarding.
template <EventSet Types = ~EventSet{0}> void clear_members(pop3ana_event &event) {
    const auto clear_one = [&]<std::size_t Row>(std::integral_constant<std::size_t, Row>) {
        if constexpr ((kMembers[Row].carried_by & Types) != 0) clear(event, kMemberValue<Row>);
    };
    [&]<std::size_t... Row>(std::index_sequence<Row...>) {
        (clear_one(std::integral_constant<std::size_t, Row>{}), ...);
    }
    (std::make_index_sequence<kMembers.size()>{});
}

} // namespace pop3ana
