// SPDX-License-Identifier: GPL-2.0-or-later
#include "pop3/command.hpp"

#include "base/byte_word.hpp"

#include <array>
#include <cstddef>

namespace pop3ana {
namespace {

constexpr PhaseSet kAuth = phase_bit(Phase::kAuthorization);
constexpr PhaseSet kTrans = phase_bit(Phase::kTransaction);
constexpr PhaseSet kQuitPhases = phase_bit(Phase::kStart) | kAuth | kTrans;
constexpr PhaseSet kBeforeLogin = phase_bit(Phase::kStart) | kAuth;
constexpr PhaseSet kEverywhere = 0xff;

constexpr std::string_view kNeedsAuth = "not allowed in other state than 'authorization'";
constexpr std::string_view kNeedsTrans = "not allowed in other state than 'transaction'";

using enum ReplyShape;
using E = ReplyEffect;

// clang-format off
constexpr std::array kRows{
    //         command             word       accepted in  refused text  ok_implies_login  reply shape                effect
    CommandRow{Command::kUser,     "USER",    kAuth,       kNeedsAuth,   false, kOneLine,                  E::kUser},
    CommandRow{Command::kPass,     "PASS",    kAuth,       kNeedsAuth,   false, kOneLine,                  E::kLogin}, // and after USER: Pop3Session::PassRule
    CommandRow{Command::kApop,     "APOP",    kAuth,       kNeedsAuth,   false, kOneLine,                  E::kLogin},
    CommandRow{Command::kAuth,     "AUTH",    kAuth,       kNeedsAuth,   false, kOneLine,                  E::kLogin},
    CommandRow{Command::kAuthList, "AUTH",    kAuth,       kNeedsAuth,   false, kMultiLine,                E::kNone},  // K4: no login
    CommandRow{Command::kStat,     "STAT",    kTrans,      kNeedsTrans,  false, kOneLine,                  E::kInTransaction},
    CommandRow{Command::kList,     "LIST",    kTrans,      kNeedsTrans,  true,  kMultiLineWithoutArgument, E::kInTransaction},
    CommandRow{Command::kUidl,     "UIDL",    kTrans,      kNeedsTrans,  true,  kMultiLineWithoutArgument, E::kInTransaction},
    CommandRow{Command::kRetr,     "RETR",    kTrans,      kNeedsTrans,  true,  kMultiLine,                E::kInTransaction},
    CommandRow{Command::kTop,      "TOP",     kTrans,      kNeedsTrans,  true,  kMultiLine,                E::kInTransaction},
    CommandRow{Command::kDele,     "DELE",    kTrans,      kNeedsTrans,  true,  kOneLine,                  E::kInTransaction},
    CommandRow{Command::kRset,     "RSET",    kTrans,      kNeedsTrans,  true,  kOneLine,                  E::kInTransaction},
    CommandRow{Command::kNoop,     "NOOP",    kTrans,      kNeedsTrans,  true,  kOneLine,                  E::kInTransaction},
    CommandRow{Command::kLast,     "LAST",    kTrans,      kNeedsTrans,  true,  kOneLine,                  E::kInTransaction}, // RFC 1460
    CommandRow{Command::kXsender,  "XSENDER", kTrans,      kNeedsTrans,  true,  kOneLine,                  E::kInTransaction}, // the original knows it
    CommandRow{Command::kQuit,     "QUIT",    kQuitPhases, kNeedsTrans,  true,  kOneLine,                  E::kQuit},
    CommandRow{Command::kCapa,     "CAPA",    kEverywhere, "",           false, kMultiLine,                E::kNone},  // RFC 2449 s.5
    CommandRow{Command::kStls,     "STLS",    kEverywhere, "",           false, kOneLine,                  E::kStartTls},
    CommandRow{Command::kUtf8,     "UTF8",    kBeforeLogin, kNeedsAuth,  false, kOneLine,                  E::kNone},  // RFC 6856 s.2
    CommandRow{Command::kLang,     "LANG",    kAuth | kTrans, kNeedsTrans, false,            kMultiLineWithoutArgument, E::kNone}, // RFC 6856 s.3
    CommandRow{Command::kXclient,  "XCLIENT", kBeforeLogin, kNeedsAuth,  false, kOneLine,                  E::kTellClient},  // a proxy tells the client's address
};
// clang-format on

consteval bool rows_are_in_order() {
    for (std::size_t i = 0; i < kRows.size(); ++i)
        if (static_cast<std::size_t>(kRows[i].command) != i) return false;
    return kRows.size() == static_cast<std::size_t>(Command::kUnknown);
}
static_assert(rows_are_in_order(), "row_of() takes the command as an index");

constexpr std::size_t kLongestWord = 7;

// A word and its length as one number; 0 when it is too long for a command.
constexpr std::uint64_t packed(std::string_view word) {
    if (word.size() > kLongestWord) return 0;
    return load_short(word) | std::uint64_t{word.size()} << 56;
}

// A slot for each command word, found by one multiplication. With kFactor no two words share one.
constexpr std::size_t kSlots = 64;

constexpr std::size_t slot_of(std::uint64_t packed_word, std::uint64_t factor) {
    return packed_word * factor >> 58;
}

struct Slot {
    std::uint64_t packed_word = 0;
    Command command = Command::kUnknown;
};
using Slots = std::array<Slot, kSlots>;

// AUTH has two rows: the first one is found.
constexpr bool fill_slots(Slots &slots, std::uint64_t factor) {
    for (const CommandRow &row : kRows) {
        Slot &slot = slots[slot_of(packed(row.word), factor)];
        if (slot.packed_word == packed(row.word)) continue;
        if (slot.packed_word != 0) return false;
        slot = {packed(row.word), row.command};
    }
    return true;
}

constexpr std::uint64_t kFactor = [] {
    std::uint64_t factor = 0x5851f42d4c957f2d;
    for (Slots slots{}; !fill_slots(slots, factor); slots = {})
        factor *= 0x5851f42d4c957f2d;
    return factor;
}();

constexpr Slots kWords = [] {
    Slots slots{};
    fill_slots(slots, kFactor);
    return slots;
}();

// In any case; most are in capitals.
Command find_packed(std::uint64_t packed_word) {
    const Slot &as_sent = kWords[slot_of(packed_word, kFactor)];
    if (as_sent.packed_word == packed_word) return as_sent.command;
    const std::uint64_t capitals = in_capitals(packed_word);
    const Slot &slot = kWords[slot_of(capitals, kFactor)];
    return slot.packed_word == capitals ? slot.command : Command::kUnknown;
}

// Commands as bits that a multi-line response may answer, with an argument and without one: which
// command comes is random, and a branch on it would be mispredicted.
consteval std::uint32_t openers(bool has_argument) {
    std::uint32_t bits = 0;
    for (const CommandRow &row : kRows)
        if (row.reply_shape == kMultiLine ||
            (row.reply_shape == kMultiLineWithoutArgument && !has_argument))
            bits |= std::uint32_t{1} << static_cast<unsigned>(row.command);
    return bits;
}
constexpr std::uint32_t kOpeners = openers(true), kOpenersAlone = openers(false);
static_assert(static_cast<unsigned>(Command::kUnknown) < 32);

} // namespace

const CommandRow &row_of(Command command) {
    return kRows[static_cast<std::size_t>(command)];
}

Command find_command(std::string_view word, bool has_argument) {
    const Command command = find_packed(packed(word));
    return command == Command::kAuth && !has_argument ? Command::kAuthList : command;
}

// PASS needs USER.
bool may_come_first(std::string_view word) {
    const Command command = find_packed(packed(word));
    return command != Command::kUnknown && command != Command::kPass &&
           (row_of(command).accepted_in & kAuth) != 0;
}

bool may_open_response(Command command, bool has_argument) {
    return ((has_argument ? kOpeners : kOpenersAlone) >> static_cast<unsigned>(command) & 1) != 0;
}

WordKind classify_word(std::string_view word) {
    constexpr int kCapital = 0xdf; // takes off what makes a letter small
    if (word.size() == 2 && (word[0] & kCapital) == 'O' && (word[1] & kCapital) == 'K')
        return WordKind::kOk;
    const std::uint64_t wanted = packed(word);
    if (in_capitals(wanted) == packed("ERR")) return WordKind::kErr;
    return find_packed(wanted) == Command::kUnknown ? WordKind::kOther : WordKind::kCommand;
}

} // namespace pop3ana
