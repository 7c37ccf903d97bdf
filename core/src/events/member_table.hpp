// The members of events besides type, time, session and connection: one row each.
// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include "events/event_table.hpp"

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <type_traits>
#include <utility>
#include <variant>

namespace pop3ana {

/// A count.
struct CountMember {
    std::uint64_t pop3ana_event::*member;
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
/// Implied by the type of the event.
struct ConstantMember {
    bool value;
};

using MemberValue =
    std::variant<CountMember, FrameMember, TextMember, NameMember, FlagMember, ConstantMember>;

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

inline constexpr std::array kStatusNames{"none", "OK", "ERR"};

inline constexpr auto kAnomalyNames = [] {
    std::array<const char *, kAnomalies.size()> names{};
    for (std::size_t i = 0; i < names.size(); ++i)
        names[i] = kAnomalies[i].name;
    return names;
}();

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
    constexpr EventSet kTlsStarted = events(POP3ANA_EVENT_TLS_STARTED);
    constexpr EventSet kAnomaly = events(POP3ANA_EVENT_ANOMALY);
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
                  "command", "Command", "The command that is answered."},
        MemberRow{"command", TextMember{&E::command}, kLogin, kUnlessEmpty, false,
                  nullptr, "", "The command that is answered."},
        MemberRow{"command", TextMember{&E::command}, kUnexpected, kAlways, false,
                  "command", "Command", "Command word in capitals; OK for a success."},
        MemberRow{"arg", TextMember{&E::text}, kRequest, kAlways, false,
                  "argument", "Argument", "Text after the command word; may be empty."},
        MemberRow{"status", NameMember{&E::status, kStatusNames}, kReply, kAlways, false,
                  "status", "Status", "Status indicator without its sign."},
        MemberRow{"msg", TextMember{&E::text}, kReply, kAlways, false,
                  "message", "Message", "Text after the status indicator; may be empty."},
        MemberRow{"user", TextMember{&E::user}, kLogin, Presence::kNullIfEmpty, false,
                  "user", "User", "User name; null: hidden by the SASL mechanism."},
        MemberRow{"password", TextMember{&E::password}, kLogin, Presence::kNullIfEmpty, true,
                  "password", "Password", "Password as sent; null: not seen on the wire, or empty; <redacted>: hidden by --redact."},
        MemberRow{"success", ConstantMember{true}, kSuccess, kAlways, false, nullptr, "", "true."},
        MemberRow{"success", ConstantMember{false}, kFailure, kAlways, false, nullptr, "", "false."},
        MemberRow{"detail", TextMember{&E::text}, kUnexpected, kAlways, false,
                  "unexpected", "Unexpected", "Why the command was unexpected, or its argument or text; may be empty."},
        MemberRow{"errors", CountMember{&E::error_count}, kReply, kUnlessEmpty, false,
                  "errors", "Errors", kErrors},
        MemberRow{"errors", CountMember{&E::error_count}, kWarning, kAlways, false,
                  "errors", "Errors", kErrors},
        MemberRow{"alert", ConstantMember{true}, kWarning, kAlways, false, nullptr, "", "true."},
        MemberRow{"truncated", FlagMember{&E::truncated}, kReply, kUnlessEmpty, false,
                  nullptr, "", "The end of the text was not captured; the event has no log line."},
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
                  "request_frame", "Command in frame", kCommandFrame},
        MemberRow{"request_frame", FrameMember{&E::request_frame}, kRequest | kWarning | kTlsStarted,
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

/// Clears all members, one by one: assigning a temporary would write in small pieces and copy in
/// large ones, which stalls store forwarding.
inline void clear_members(pop3ana_event &event) {
    const auto clear = [&event](auto value) {
        if constexpr (kIsStored<decltype(value)>) event.*value.member = {};
    };
    [&]<std::size_t... Row>(std::index_sequence<Row...>) {
        (clear(kMemberValue<Row>), ...);
    }
    (std::make_index_sequence<kMembers.size()>{});
}

} // namespace pop3ana
