// The commands of POP3 as a table: docs/semantics.md section 4, RFC 1939, 1734, 2449, 2595, 6856.
// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <cstdint>
#include <string_view>

namespace pop3ana {

/// Phase of a session; the values are those of POP3ANA_PHASE_*.
enum class Phase : std::uint8_t {
    kStart,
    kAuthorization,
    kTransaction,
    kUpdate,
    kFinished,
    kUnknown,
};

enum class Command : std::uint8_t {
    kUser,
    kPass,
    kApop,
    kAuth,     ///< with an argument: a SASL exchange
    kAuthList, ///< alone: lists the mechanisms
    kStat,
    kList,
    kUidl,
    kRetr,
    kTop,
    kDele,
    kRset,
    kNoop,
    kLast,
    kXsender,
    kQuit,
    kCapa,
    kStls,
    kUtf8,
    kLang,
    kXclient,
    kUnknown,
};

enum class ReplyShape : std::uint8_t { kOneLine, kMultiLine, kMultiLineWithoutArgument };

/// What the reply to an accepted command does.
enum class ReplyEffect : std::uint8_t {
    kNone,
    kUser,
    kLogin,
    kInTransaction, ///< its success shows that the session is authorised
    kQuit,
    kStartTls,
    kTellClient,
};

/// Phases as bits.
using PhaseSet = std::uint8_t;
constexpr PhaseSet phase_bit(Phase phase) {
    return static_cast<PhaseSet>(1U << static_cast<unsigned>(phase));
}

/// Its size is a power of two, so that row_of() need not multiply.
struct alignas(64) CommandRow {
    Command command;
    std::string_view word;
    PhaseSet accepted_in;          ///< UNKNOWN accepts every command
    std::string_view refused_text; ///< detail of the `unexpected cmd` line
    bool ok_implies_login;         ///< refused, yet answered +OK: the session was authorised unseen
    ReplyShape reply_shape;
    ReplyEffect effect;
};

/// The row of a command that is not kUnknown.
const CommandRow &row_of(Command command);

/// The command of `word` in any case; `has_argument` tells the two forms of AUTH apart. kUnknown
/// when it is none.
Command find_command(std::string_view word, bool has_argument);

/// Whether a client may begin with the command `word`: AUTHORIZATION accepts it, without another
/// one before it.
bool may_come_first(std::string_view word);

/// Whether a multi-line response may answer the command with +OK.
bool may_open_response(Command command, bool has_argument);

/// What the first word of a line is to the analyzer, whichever side sent it.
enum class WordKind : std::uint8_t { kOther, kCommand, kOk, kErr };
WordKind classify_word(std::string_view word);

} // namespace pop3ana
