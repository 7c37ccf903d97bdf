// What lengths tell of a reply, and of the commands of a client: all that is kept of them.
// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <algorithm>
#include <compare>
#include <cstdint>
#include <limits>

namespace pop3ana {

/// A reply, by the lengths of its records. Two replies of one shape count as alike.
struct ReplyLengths {
    std::uint32_t records = 0; ///< 0: there is no reply
    std::uint32_t first = 0;   ///< lengths of the first two, and of all together
    std::uint32_t second = 0;
    std::uint32_t bytes = 0;

    friend auto operator<=>(const ReplyLengths &, const ReplyLengths &) = default;

    static constexpr ReplyLengths of(std::uint32_t length) { return {1, length, 0, length}; }

    [[nodiscard]] bool is_empty() const { return records == 0; }
    /// Written in one record, as most are.
    [[nodiscard]] bool is_single() const { return records == 1; }

    void add(std::uint32_t length) {
        constexpr std::uint32_t kMost = std::numeric_limits<std::uint32_t>::max() / 2;
        records = std::min(records + 1, kMost);
        if (records == 1) first = length;
        if (records == 2) second = length;
        bytes = std::min(bytes + std::min(length, kMost), kMost);
    }
};

/// The shortest reply is "+OK" with its line end.
inline constexpr std::uint32_t kShortestReplyBytes = 5;
/// A status line has this many bytes at most (RFC 2449 s.4): a longer reply has several lines.
inline constexpr std::uint32_t kLongestLineBytes = 512;
/// Longer than any line of the client or of a login: a record of it is a ticket (RFC 8446 s.4.6.1).
inline constexpr std::uint32_t kTicketBytes = 60;

/// A command with its reply, or several that cannot be told apart.
struct ShadowExchange {
    enum class Kind : std::uint8_t {
        kOne,     ///< a command
        kTwo,     ///< two, with their replies in one record
        kMany,    ///< some, all of them short: `command` is the longest one
        kUnknown, ///< some
    };
    std::uint32_t command = 0; ///< its length
    std::uint32_t second = 0;  ///< of the second command; kMany: of the first
    ReplyLengths reply;
    Kind kind = Kind::kOne;
    /// Commands that were sent together and are answered one by one: the first of them has their
    /// number, the others 0.
    std::uint16_t sent_together = 1;

    [[nodiscard]] bool is_alone() const { return kind == Kind::kOne && sent_together == 1; }
};

} // namespace pop3ana
