// What events tell beside their type, time, session and connection: a row for each member.
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

/// How many of something.
struct CountMember {
    std::uint64_t pop3ana_event::*member;
};
/// An earlier frame, by its number.
struct FrameMember {
    std::uint64_t pop3ana_event::*member;
};
/// Bytes as they were on the wire.
struct TextMember {
    pop3ana_slice pop3ana_event::*member;
};
/// One of several names, found by its number; the first of them stands for none.
struct NameMember {
    std::uint32_t pop3ana_event::*member;
    std::span<const char *const> names;
};
/// Yes or no.
struct FlagMember {
    std::uint8_t pop3ana_event::*member;
};
/// What the type of the event says already.
struct ConstantMember {
    bool value;
};

using MemberValue =
    std::variant<CountMember, FrameMember, TextMember, NameMember, FlagMember, ConstantMember>;

/// When a member is there.
enum class Presence : std::uint8_t {
    kAlways,
    kUnlessEmpty, ///< neither 0 nor an empty text
    kNullIfEmpty, ///< in JSON always there
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
    bool is_secret;    ///< hidden on demand
    const char *field; ///< in Wireshark, behind "pop3ana."; NULL: it has none of its own
    const char *title; ///< of that field
    const char *words; ///< sentences for the manual
};

inline constexpr std::array kStatusNames{"none", "OK", "ERR"};

inline constexpr auto kAnomalyNames = [] {
    std::array<const char *, kAnomalies.size()> names{};
    for (std::size_t i = 0; i < names.size(); ++i)
        names[i] = kAnomalies[i].name;
    return names;
}();

/// In the order in which JSON has them.
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
    constexpr const char *kErrors = "-ERR replies that the client's address has drawn, this one "
                                    "included, until --expire passes without one.";
    constexpr const char *kCommandFrame = "Packet of the command that this is due to.";
    // clang-format off
    return std::array{
        MemberRow{"command", TextMember{&E::command}, kRequest, kAlways, false,
                  "command", "Command", "Word in capitals."},
        MemberRow{"command", TextMember{&E::command}, kReply, kUnlessEmpty, false,
                  "command", "Command", "Of the command that is answered."},
        MemberRow{"command", TextMember{&E::command}, kLogin, kUnlessEmpty, false,
                  nullptr, "", "Of the command that is answered."},
        MemberRow{"command", TextMember{&E::command}, kUnexpected, kAlways, false,
                  "command", "Command", "Word in capitals; OK for a success."},
        MemberRow{"arg", TextMember{&E::text}, kRequest, kAlways, false,
                  "argument", "Argument", "What follows the command word; may be empty."},
        MemberRow{"status", NameMember{&E::status, kStatusNames}, kReply, kAlways, false,
                  "status", "Status", "Status indicator without its sign."},
        MemberRow{"msg", TextMember{&E::text}, kReply, kAlways, false,
                  "message", "Message", "The text behind the status indicator; may be empty."},
        MemberRow{"user", TextMember{&E::user}, kLogin, Presence::kNullIfEmpty, false,
                  "user", "User", "Whose mailbox it is; null: the mechanism hides it."},
        MemberRow{"password", TextMember{&E::password}, kLogin, Presence::kNullIfEmpty, true,
                  "password", "Password", "As it was sent; null: not seen on the wire, or empty; <redacted>: --redact was given."},
        MemberRow{"success", ConstantMember{true}, kSuccess, kAlways, false, nullptr, "", "true."},
        MemberRow{"success", ConstantMember{false}, kFailure, kAlways, false, nullptr, "", "false."},
        MemberRow{"detail", TextMember{&E::text}, kUnexpected, kAlways, false,
                  "unexpected", "Unexpected", "Why the command was not expected, its argument or its text; may be empty."},
        MemberRow{"errors", CountMember{&E::error_count}, kReply, kUnlessEmpty, false,
                  "errors", "Errors", kErrors},
        MemberRow{"errors", CountMember{&E::error_count}, kWarning, kAlways, false,
                  "errors", "Errors", kErrors},
        MemberRow{"alert", ConstantMember{true}, kWarning, kAlways, false, nullptr, "", "true."},
        MemberRow{"truncated", FlagMember{&E::truncated}, kReply, kUnlessEmpty, false,
                  nullptr, "", "The end of the text was not captured; the event has no line."},
        MemberRow{"anomaly", NameMember{&E::anomaly, kAnomalyNames}, kAnomaly, kAlways, false,
                  "anomaly", "Anomaly", "What is odd: see ANOMALIES."},
        MemberRow{"detail", TextMember{&E::text}, kAnomaly, kUnlessEmpty, false,
                  "line", "Line", "The line that is odd."},
        MemberRow{"lost_bytes", CountMember{&E::lost_bytes}, kAnomaly, kUnlessEmpty, false,
                  "lost_bytes", "Lost bytes", "gap, line_too_long: bytes that are missing, when known."},
        MemberRow{"lost_commands", CountMember{&E::lost_commands}, kAnomaly, kUnlessEmpty, false,
                  "lost_commands", "Commands without reply", "replies_lost: commands that wait no longer for a reply."},
        MemberRow{"left_out", CountMember{&E::left_out}, kAnomaly, kUnlessEmpty, false,
                  "left_out", "Anomalies left out", "So many anomalies of the session before this one were left out."},
        MemberRow{"request_frame", FrameMember{&E::request_frame}, kReply | kLogin | kUnexpected, kUnlessEmpty, false,
                  "request_frame", "Command in frame", kCommandFrame},
        MemberRow{"request_frame", FrameMember{&E::request_frame}, kRequest | kWarning | kTlsStarted,
                  kUnlessEmpty, false, nullptr, "", kCommandFrame},
    };
    // clang-format on
}();

/// Calls visit() with the row number of each member that events of a type carry, in their order: as
/// a std::integral_constant, so that each member gets code of its own.
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

/// What a row's value is, known when compiling.
template <std::size_t Row>
inline constexpr auto kMemberValue = std::get<kMembers[Row].value.index()>(kMembers[Row].value);

/// Whether a value is kept in a member of the struct.
template <class Value>
inline constexpr bool kIsStored = !std::is_same_v<std::remove_const_t<Value>, ConstantMember>;

/// Empties all members. One by one: a temporary would be written in small pieces and copied in
/// large ones.
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
