// One row for each member of pop3ana_session_summary, as events/event_table.hpp has those of
// events.
// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include "pop3ana/pop3ana.h"

#include <array>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <span>
#include <utility>
#include <variant>

namespace pop3ana {

/// A number of things or bytes.
struct SummaryCount {
    std::uint64_t pop3ana_session_summary::*member;
};
/// A number of things or bytes; kNotKnown: it is left out.
struct SummaryKnownCount {
    std::uint64_t pop3ana_session_summary::*member;
    static constexpr std::uint64_t kNotKnown = std::numeric_limits<std::uint64_t>::max();
    /// What is not known counts as nothing.
    static constexpr std::uint64_t or_zero(std::uint64_t count) {
        return count != kNotKnown ? count : 0;
    }
};
/// Yes; left out where it is not.
struct SummaryFlag {
    std::uint8_t pop3ana_session_summary::*member;
};
/// The number of a frame.
struct SummaryFrame {
    std::uint64_t pop3ana_session_summary::*member;
};
/// Since 1970-01-01 UTC.
struct SummaryTime {
    std::int64_t pop3ana_session_summary::*member;
};
/// A number of things. Negative: not certain.
struct SummaryCertain {
    std::int64_t pop3ana_session_summary::*member;
};
/// Negative: not known.
struct SummaryDuration {
    std::int64_t pop3ana_session_summary::*member;
};
/// Bytes as they were on the wire; empty: there are none.
struct SummaryText {
    pop3ana_slice pop3ana_session_summary::*member;
    bool is_null_if_empty; ///< in JSON; else it is left out
};
/// An index into `names`; names[0] means none.
struct SummaryName {
    std::uint32_t pop3ana_session_summary::*member;
    std::span<const char *const> names;
};
/// The names of the flags that are set.
struct SummaryFlags {
    struct Flag {
        std::uint8_t pop3ana_session_summary::*member;
        const char *name;
    };
    std::array<Flag, 3> flags;
};

using SummaryValue =
    std::variant<SummaryCount, SummaryKnownCount, SummaryFlag, SummaryFrame, SummaryCertain,
                 SummaryTime, SummaryDuration, SummaryText, SummaryName, SummaryFlags>;

struct SummaryRow {
    const char *name; ///< in JSON
    SummaryValue value;
    const char *title; ///< in Wireshark
    const char *words; ///< description for the manual: a sentence

    /// Whether JSON leaves it out where there is nothing to tell.
    [[nodiscard]] constexpr bool is_optional() const {
        const auto *const text = std::get_if<SummaryText>(&value);
        return std::holds_alternative<SummaryDuration>(value) ||
               std::holds_alternative<SummaryCertain>(value) ||
               std::holds_alternative<SummaryKnownCount>(value) ||
               std::holds_alternative<SummaryFlag>(value) ||
               (text != nullptr && !text->is_null_if_empty);
    }
};

/// By POP3ANA_END_*.
inline constexpr std::array kEndNames{"none", "quit", "fin", "rst", "idle", "replaced", "evicted"};

/// In JSON order.
inline constexpr std::array kSummaryMembers = [] {
    using S = pop3ana_session_summary;
    // clang-format off
    return std::array{
        SummaryRow{"user", SummaryText{&S::user, true}, "User", "User of the last login that succeeded; null: none did, or the mechanism hides it."},
        SummaryRow{"mechanism", SummaryText{&S::mechanism, false}, "Mechanism", "Mechanism of that login."},
        SummaryRow{"inferred", SummaryFlag{&S::inferred}, "Inferred", "True: lengths of TLS records alone tell of its logins and messages."},
        SummaryRow{"failed_logins", SummaryKnownCount{&S::failed_logins}, "Failed logins", "Logins that failed. This, and what else the text would tell, is left out of a session in TLS that is not decrypted, unless it was inferred."},
        SummaryRow{"commands", SummaryKnownCount{&S::commands}, "Commands", "Commands of the client, unknown ones too."},
        SummaryRow{"ok", SummaryKnownCount{&S::replies_ok}, "+OK replies", "Replies with +OK."},
        SummaryRow{"err", SummaryKnownCount{&S::replies_err}, "-ERR replies", "Replies with -ERR."},
        SummaryRow{"anomalies", SummaryCount{&S::anomalies}, "Anomalies", "Anomalies, those left out too."},
        SummaryRow{"gaps", SummaryCount{&S::gaps}, "Gaps", "Gaps in the captured bytes."},
        SummaryRow{"gap_bytes", SummaryCount{&S::gap_bytes}, "Missing bytes", "Bytes missing there, as far as known."},
        SummaryRow{"retr", SummaryKnownCount{&S::retr}, "Messages fetched", "Messages that were seen to be fetched whole by RETR; left out where they were inferred and that is not certain."},
        SummaryRow{"retr_bytes", SummaryKnownCount{&S::retr_bytes}, "Bytes of them", "Bytes of them, as in the mailbox; as sent where they were inferred (dots are doubled there), and left out where that is not certain."},
        SummaryRow{"top", SummaryKnownCount{&S::top}, "Answers to TOP", "Answers to TOP that were seen whole."},
        SummaryRow{"top_bytes", SummaryKnownCount{&S::top_bytes}, "Bytes of these", "Bytes of them."},
        SummaryRow{"deleted", SummaryCertain{&S::deleted}, "Messages deleted", "Messages that were marked as deleted when QUIT succeeded; not there where packets were lost, or it is not certain what was answered."},
        SummaryRow{"orig_bytes", SummaryCount{&S::originator_bytes}, "Bytes of the client", "Bytes that the client sent; of TLS too."},
        SummaryRow{"resp_bytes", SummaryCount{&S::responder_bytes}, "Bytes of the server", "Bytes that the server sent."},
        SummaryRow{"greeting_s", SummaryDuration{&S::greeting_ns}, "Time to the greeting", "Seconds from the client's SYN to the greeting."},
        SummaryRow{"login_s", SummaryDuration{&S::login_ns}, "Time of the login", "Seconds from the first command of the last login to its result."},
        SummaryRow{"reply_s", SummaryDuration{&S::reply_ns}, "Time to replies, sum", "Seconds from commands to their replies: sum."},
        SummaryRow{"reply_max_s", SummaryDuration{&S::longest_reply_ns}, "Longest time to a reply", "The longest of them."},
        SummaryRow{"why", SummaryName{&S::why, kEndNames}, "Why", "quit (closed or reset after QUIT succeeded), fin (closed), rst (reset), idle (for 24 hours), replaced (its ends serve a new connection) or evicted (for another, by a limit)."},
        SummaryRow{"first_ts", SummaryTime{&S::first_ts_ns}, "First time", "Time of the connection's first packet."},
        SummaryRow{"last_ts", SummaryTime{&S::last_ts_ns}, "Last time", "Time of its last packet."},
        SummaryRow{"first_frame", SummaryFrame{&S::first_frame}, "First frame", "Number of its first packet."},
        SummaryRow{"last_frame", SummaryFrame{&S::last_frame}, "Last frame", "Number of its last packet."},
        SummaryRow{"stls", SummaryFlags{{SummaryFlags::Flag{&S::stls_offered, "offered"}, {&S::stls_refused, "refused"}, {&S::stls_used, "used"}}}, "STLS", "STLS was offered by CAPA, refused, used."},
    };
    // clang-format on
}();

/// The value of a row, at compile time.
template <std::size_t Row>
inline constexpr auto
    kSummaryValue = std::get<kSummaryMembers[Row].value.index()>(kSummaryMembers[Row].value);

/// Calls visit() for each row, in order, with its number as a std::integral_constant.
template <class Visit> constexpr void for_each_summary_member(Visit &&visit) {
    [&]<std::size_t... Row>(std::index_sequence<Row...>) {
        (visit(std::integral_constant<std::size_t, Row>{}), ...);
    }
    (std::make_index_sequence<kSummaryMembers.size()>{});
}

} // namespace pop3ana
